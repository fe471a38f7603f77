"""From a stored template and a model to subject and bodies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ...templates import RenderError, Template, as_document, parse
from ..reference.limits import as_number
from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from ..state.state import State

_NO_SUCH_ID = "The 'TemplateId' associated with this request is not valid or was not found."
_NO_SUCH_ALIAS = "The Template's 'Alias' associated with this request is not valid or was not found."
_RESERVED_PREFIX = "pm:"
_UNSUBSCRIBE = "https://unsubscribe.example.invalid/"


def check_templated(state: State, server: int, message: dict[str, Json]) -> None:
    """What a templated send must and must not carry."""
    if not message:
        raise Problem(1109, "No template data was found in the request.")
    if "TemplateId" not in message and not message.get("TemplateAlias"):
        raise Problem(1101, _NO_SUCH_ID)
    if "TemplateModel" not in message:
        _template_of(state, server, message)  # One that is unknown is told first.
        raise Problem(1120, "The 'TemplateModel' field is required.")
    excluded = [name for name in ("Subject", "HtmlBody", "TextBody") if _given(message, name)]
    if excluded:
        raise Problem(1123, f"The '{excluded[0]}' field cannot be used together with a template.")
    check_model(message["TemplateModel"])


def _given(message: dict[str, Json], name: str) -> bool:
    lower = name.lower()
    return any(key.lower() == lower and value is not None for key, value in message.items())


def check_model(model: Json) -> None:
    """Names beginning with ``pm:`` belong to Postmark; the vendor's list is unpublished."""
    if isinstance(model, dict):
        for key in model:
            if key.lower().startswith(_RESERVED_PREFIX):
                raise Problem(1122, f"The key '{key}' in 'TemplateModel' is reserved.")


def find_template(state: State, server: int, id_or_alias: int | str, *, active: bool = False) -> dict[str, Json]:
    """A template by number or alias; code 1101 if there is none."""
    text = str(id_or_alias)
    number = as_number(text)
    found = None if number is None else state.records.get("template", server, number)
    if found is None and not isinstance(id_or_alias, int):
        found = find_alias(state, server, text)
    if found is None or (active and not found["Active"]):
        raise Problem(1101, _NO_SUCH_ID if text.isdigit() else _NO_SUCH_ALIAS)
    return found


def find_alias(state: State, server: int, alias: str) -> dict[str, Json] | None:
    """The active template with this alias, without regard to case."""
    for template in state.records.all("template", server):
        if template["Active"] and (template["Alias"] or "").lower() == alias.lower():
            return template
    return None


def render_message(state: State, server: int, message: dict[str, Json], stream: str) -> dict[str, Json]:
    """Subject and bodies of a templated send."""
    template = _template_of(state, server, message)
    layout = _layout_of(state, server, template)
    return render_parts(
        template,
        layout,
        message["TemplateModel"],
        tokens=tokens_for(state, server, stream),
        inline=message.get("InlineCss", True),
    )


def _template_of(state: State, server: int, message: dict[str, Json]) -> dict[str, Json]:
    if "TemplateId" in message:
        template = find_template(state, server, message["TemplateId"], active=True)
    else:
        template = _by_alias(state, server, message["TemplateAlias"])
    if template["TemplateType"] == "Layout":
        raise Problem(1101, _NO_SUCH_ID)
    return template


def _by_alias(state: State, server: int, alias: str) -> dict[str, Json]:
    found = find_alias(state, server, alias)
    if found is None:
        raise Problem(1101, _NO_SUCH_ALIAS)
    return found


def _layout_of(state: State, server: int, template: dict[str, Json]) -> dict[str, Json]:
    alias = template.get("LayoutTemplate")
    return (find_alias(state, server, alias) if alias else None) or {}


def tokens_for(state: State, server: int, stream_id: str) -> dict[str, str]:
    """What ``pm:unsubscribe`` becomes: only broadcast streams have it."""
    stream = state.records.get("stream", server, stream_id)
    if not stream or stream["MessageStreamType"] != "Broadcasts":
        return {}
    return {"pm:unsubscribe": f'<a href="{_UNSUBSCRIBE}">Unsubscribe</a>', "pm:unsubscribe_url": _UNSUBSCRIBE}


def render_parts(
    template: dict[str, Json], layout: dict[str, Json], model: Json, *, tokens: dict[str, str], inline: bool
) -> dict[str, Json]:
    """Fill in whatever parts the template has; a model that does not fit is code 1122."""
    rendered: dict[str, Json] = {}
    try:
        for name in ("Subject", "HtmlBody", "TextBody"):
            source = template.get(name)
            if source:
                html = name == "HtmlBody"
                rendered[name] = _parsed(source, layout.get(name)).render(model, html=html, tokens=tokens)
    except RenderError as error:
        raise Problem(1122, str(error)) from None
    if inline and rendered.get("HtmlBody"):
        rendered["HtmlBody"] = as_document(rendered["HtmlBody"])
    return rendered


@lru_cache(maxsize=256)
def _parsed(source: str, layout: str | None) -> Template:
    return parse(source, layout=layout)
