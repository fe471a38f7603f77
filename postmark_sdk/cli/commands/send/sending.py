"""The call, and its problems under the names of the options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import InvalidMessageError, Problem

if TYPE_CHECKING:
    from .... import PostmarkClient
    from ....models import Email, SendResult, TemplatedEmail

__all__ = ["sent"]

_OPTIONS = {
    "from_": "--from",
    "to": "--to",
    "cc": "--cc",
    "bcc": "--bcc",
    "reply_to": "--reply-to",
    "subject": "--subject",
    "text_body": "--text",
    "html_body": "--html",
    "template_alias": "--template",
    "template_id": "--template",
    "template_model": "--model",
    "message_stream": "--stream",
    "tag": "--tag",
    "metadata": "--metadata",
    "headers": "--header",
    "attachments": "--attach",
    "track_links": "--track-links",
}


def sent(client: PostmarkClient, mail: Email | TemplatedEmail, *, trace: bool) -> SendResult:
    """Send the mail.

    Raises:
        InvalidMessageError: What is wrong with it, by option; nothing was sent.
        PostmarkError: As for every send.
    """
    from ....models import TemplatedEmail  # noqa: PLC0415 - --help needs none

    try:
        if isinstance(mail, TemplatedEmail):
            return client.emails.send_with_template(mail, trace=trace)
        return client.emails.send(mail, trace=trace)
    except InvalidMessageError as error:
        error.problems = [Problem(_option(problem.field), problem.message) for problem in error.problems]
        error.args = ("\n".join(map(str, error.problems)),)
        raise


def _option(field: str) -> str:
    name = field.partition("[")[0].partition(".")[0]
    return _OPTIONS.get(name, name) + field[len(name) :]
