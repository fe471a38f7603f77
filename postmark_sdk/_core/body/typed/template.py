"""A stored template and the type of its model, which ``postmark templates types`` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar

from .... import _types as _t
from ....errors import InvalidMessageError, Problem
from ...schema.generated import generated
from ..inputs import template_model

P = ParamSpec("P")
ModelT = TypeVar("ModelT", bound=Mapping[str, object])

_FILLED = ("template_id", "template_alias", "template_model")


class Handle(Protocol[P]):
    """What gives ``send_with_template`` its keywords: with ``P`` checkers read a model as the TypedDict that it is."""

    def _keywords(self, *args: P.args, **fields: P.kwargs) -> object: ...


class TypedTemplate(Generic[ModelT]):
    """A stored template, by its alias, and the type of the model that fills it.

    ``postmark templates types`` writes one for each template of a folder. Give it to ``emails.send_with_template``
    with the model as ``model``, or make mails of it with ``email`` for batches::

        client.emails.send_with_template(WELCOME, model={"name": "Ada"}, from_="a@example.com", to="b@example.org")
    """

    __slots__ = ("alias", "model")

    def __init__(self, alias: str, model: type[ModelT]) -> None:
        """Name a template.

        Args:
            alias: Its alias on the server.
            model: A TypedDict: the keys that the template needs, and their types.
        """
        self.alias: str = alias
        """The alias on the server."""

        self.model: type[ModelT] = model
        """The TypedDict of its model."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.alias!r}, {self.model.__name__})"

    def email(
        self,
        *,
        model: ModelT,
        check: bool = False,
        from_: _t.Recipient | None = None,
        to: _t.Recipients | None = None,
        cc: _t.Recipients | None = None,
        bcc: _t.Recipients | None = None,
        reply_to: _t.Recipients | None = None,
        tag: str | None = None,
        headers: _t.HeadersInput | None = None,
        track_opens: bool | None = None,
        track_links: _t.TrackLinks | str | None = None,
        metadata: _t.MetadataInput | None = None,
        attachments: Sequence[_t.Attachment | _t.AttachmentParams | _t.AttachmentWire] | None = None,
        message_stream: str | None = None,
        inline_css: bool | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> _t.TemplatedEmail:
        """Make a mail of this template, for ``send``, batches and ``send_many``.

        Args:
            model: The values of its variables.
            check: Compare the model with its type now; checkers of types have done that before.
            from_: This and all that follow are fields of ``TemplatedEmail``.
            to: As there.
            cc: As there.
            bcc: As there.
            reply_to: As there.
            tag: As there.
            headers: As there.
            track_opens: As there.
            track_links: As there.
            metadata: As there.
            attachments: As there.
            message_stream: As there.
            inline_css: As there.
            extra: As there.

        Raises:
            InvalidMessageError: With ``check``, the model lacks a key, has one too many or a value of another type.
        """
        if check:
            _check(self, model)
        email: _t.TemplatedEmail = generated("models.templated_email").MODEL(
            template_alias=self.alias,
            template_model=model,
            from_=from_,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=reply_to,
            tag=tag,
            headers=headers,
            track_opens=track_opens,
            track_links=track_links,
            metadata=metadata,
            attachments=attachments,
            message_stream=message_stream,
            inline_css=inline_css,
            extra=extra or {},
        )
        return email

    if TYPE_CHECKING:

        def _keywords(
            self,
            *,
            model: ModelT,
            check: bool = False,
            from_: _t.Recipient | None = None,
            to: _t.Recipients | None = None,
            cc: _t.Recipients | None = None,
            bcc: _t.Recipients | None = None,
            reply_to: _t.Recipients | None = None,
            tag: str | None = None,
            headers: _t.HeadersInput | None = None,
            track_opens: bool | None = None,
            track_links: _t.TrackLinks | str | None = None,
            metadata: _t.MetadataInput | None = None,
            attachments: Sequence[_t.Attachment | _t.AttachmentParams | _t.AttachmentWire] | None = None,
            message_stream: str | None = None,
            inline_css: bool | None = None,
            extra: Mapping[str, object] | None = None,
            trace: bool | str | None = False,
            timeout: _t.Timeout = None,
        ) -> object: ...


def filled(template: TypedTemplate[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the keywords that were given beside a typed template into those of a mail.

    Raises:
        InvalidMessageError: There is no model, the template is named again, or the model does not fit, with ``check``.
    """
    own = dict(fields)
    twice = [Problem(name, "given beside a typed template, which has it") for name in _FILLED if name in own]
    if "model" not in own:
        twice.append(Problem("model", f"missing; template {template.alias!r} takes a {template.model.__name__}"))
    if twice:
        raise InvalidMessageError(twice)
    model = own.pop("model")
    if own.pop("check", False):
        _check(template, model)
    return {**own, "template_alias": template.alias, "template_model": model}


def _check(template: TypedTemplate[Any], model: object) -> None:
    from .fit import misfits  # noqa: PLC0415 - few ask for it

    found = misfits(template_model(model), template.model, "template_model")
    if found:
        raise InvalidMessageError(found)
