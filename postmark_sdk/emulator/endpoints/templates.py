"""Templates: stored, listed, validated, pushed to another server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...templates import Parts, PartValidation, count_placeholders, parse, parse_layout, validate
from ..http.call import Call, handles
from ..http.fields import at_most, merged, need, need_body, one_of
from ..mail.rendering import find_alias, find_template
from ..reference.problems import Json, Problem, confirmation
from ..state.paging import page_of
from ..state.records import ACCOUNT

if TYPE_CHECKING:
    from ..state.state import State

_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_TYPES = ("Standard", "Layout")
_PARTS = ("Subject", "HtmlBody", "TextBody")
_BODIES = ("HtmlBody", "TextBody")
_SUMMARY = ("TemplateId", "Name", "Active", "Alias", "TemplateType", "LayoutTemplate")
_FULL = (
    "TemplateId",
    "Name",
    "Subject",
    "HtmlBody",
    "TextBody",
    "AssociatedServerId",
    "Active",
    "Alias",
    "TemplateType",
    "LayoutTemplate",
)
_EDITABLE = ("Name", "Alias", "Subject", "HtmlBody", "TextBody", "LayoutTemplate")
_MAX_NAME = 255


def _summary(template: dict[str, Json]) -> dict[str, Json]:
    return {name: template[name] for name in _SUMMARY}


def template_answer(template: dict[str, Json]) -> dict[str, Json]:
    """A whole template."""
    return {name: template[name] for name in _FULL}


def active_templates(state: State, server: int) -> list[dict[str, Json]]:
    """All that were not deleted."""
    return [template for template in state.records.all("template", server) if template["Active"]]


@handles("templates_list")
def list_templates(call: Call) -> Json:
    """Active templates, layouts last: whoever deletes them as listed has removed what uses a layout before it."""
    query = call.query
    kind = query.get("templatetype", "All")
    layout = query.get("layouttemplate")
    chosen = [
        template
        for template in active_templates(call.state, call.server)
        if kind in {"All", template["TemplateType"]}
        and (layout is None or (template["LayoutTemplate"] or "").lower() == layout.lower())
    ]
    chosen.sort(key=lambda template: template["TemplateType"] == "Layout")
    return {"TotalCount": len(chosen), "Templates": [_summary(each) for each in page_of(chosen, query)]}


@handles("templates_get")
def get_template(call: Call) -> Json:
    """One template, also a deleted one."""
    return template_answer(find_template(call.state, call.server, call.path["template_id_or_alias"]))


def _check_create(call: Call) -> None:
    body = call.body
    need_body(call, 1109)
    need(body, "Name", 1120)
    at_most(body, "Name", _MAX_NAME, 1121)
    one_of(body, "TemplateType", _TYPES, 1122)
    if body.get("TemplateType") == "Layout":
        _check_layout_fields(body)
    else:
        need(body, "Subject", 1120)
    if not any(body.get(name) for name in _BODIES):
        raise Problem(1120, "Either the 'HtmlBody' or the 'TextBody' field is required.")


def _check_layout_fields(body: dict[str, Json]) -> None:
    for name in ("Subject", "LayoutTemplate"):
        if body.get(name):
            raise Problem(1123, f"The '{name}' field cannot be used with a layout.")


@handles("templates_create", check=_check_create)
def create_template(call: Call) -> Json:
    """A new template."""
    return _summary(add_template(call, call.state.records.next_number("template")))


def add_template(call: Call, number: int) -> dict[str, Json]:
    """A template with this number."""
    limit = call.state.settings.max_templates
    if len(active_templates(call.state, call.server)) >= limit:
        raise Problem(1105, f"This server has reached its limit of {limit} templates.")
    body = call.body
    kind = body.get("TemplateType", "Standard")
    alias = body.get("Alias")
    template: dict[str, Json] = {
        "TemplateId": number,
        "Name": body["Name"],
        "Subject": body.get("Subject") or None,
        "HtmlBody": body.get("HtmlBody"),
        "TextBody": body.get("TextBody"),
        "AssociatedServerId": call.server,
        "Active": True,
        "Alias": f"layout-{number}" if kind == "Layout" and not alias else alias,
        "TemplateType": kind,
        "LayoutTemplate": body.get("LayoutTemplate") or None,
    }
    _check_template(call.state, call.server, template)
    return call.state.records.put("template", call.server, number, template)


def _check_edit(call: Call) -> None:
    need_body(call, 1109)
    at_most(call.body, "Name", _MAX_NAME, 1121)


@handles("templates_update", check=_check_edit)
def update_template(call: Call) -> Json:
    """Change what is given; an empty ``LayoutTemplate`` takes the layout away."""
    old = find_template(call.state, call.server, call.path["template_id_or_alias"], active=True)
    new = merged(old, call.body, _EDITABLE)
    new["LayoutTemplate"] = new["LayoutTemplate"] or None
    if old["TemplateType"] == "Layout":
        _check_layout_fields(new)
    if not any(new.get(name) for name in _BODIES):
        raise Problem(1120, "Either the 'HtmlBody' or the 'TextBody' field is required.")
    need(new, "Name", 1120)
    _check_template(call.state, call.server, new)
    _follow_alias(call.state, call.server, old, new)
    return _summary(call.state.records.put("template", call.server, new["TemplateId"], new))


def _follow_alias(state: State, server: int, old: dict[str, Json], new: dict[str, Json]) -> None:
    """Templates name their layout by alias, so a new alias travels to them."""
    if old["TemplateType"] != "Layout" or old["Alias"] == new["Alias"]:
        return
    for template in _dependents(state, server, old):
        state.records.put("template", server, template["TemplateId"], {**template, "LayoutTemplate": new["Alias"]})


def _dependents(state: State, server: int, layout: dict[str, Json]) -> list[dict[str, Json]]:
    alias = (layout["Alias"] or "").lower()
    return [each for each in active_templates(state, server) if (each["LayoutTemplate"] or "").lower() == alias]


def _check_template(state: State, server: int, template: dict[str, Json]) -> None:
    _check_alias(state, server, template)
    layout = _check_uses_layout(state, server, template)
    for name in _PARTS:
        source = template.get(name)
        if not source:
            continue
        if template["TemplateType"] == "Layout":
            parsed = parse_layout(source)
        else:
            parsed = parse(source, layout=layout.get(name))
        if parsed.errors:
            raise Problem(1122, f"The '{name}' field is not valid: {parsed.errors[0].message}")
        if template["TemplateType"] == "Layout" and count_placeholders(source) != 1:
            raise Problem(1131, f"The layout content placeholder must be present exactly once in the '{name}' field.")


def _check_alias(state: State, server: int, template: dict[str, Json]) -> None:
    alias = template["Alias"]
    if alias is None:
        return
    if not _ALIAS.fullmatch(alias):
        raise Problem(
            1122, "The 'Alias' field must begin with a letter and may contain letters, digits, '.', '-' and '_' only."
        )
    other = find_alias(state, server, alias)
    if other is not None and other["TemplateId"] != template["TemplateId"]:
        raise Problem(1122, f"The alias '{alias}' is already in use on this server.")


def _check_uses_layout(state: State, server: int, template: dict[str, Json]) -> dict[str, Json]:
    alias = template["LayoutTemplate"]
    if alias is None:
        return {}
    layout = find_alias(state, server, alias)
    if layout is None or layout["TemplateType"] != "Layout":
        raise Problem(1101, f"The layout template '{alias}' was not found.")
    return layout


@handles("templates_delete")
def delete_template(call: Call) -> Json:
    """Deactivate; the template stays readable by its number."""
    template = find_template(call.state, call.server, call.path["template_id_or_alias"], active=True)
    if template["TemplateType"] == "Layout" and _dependents(call.state, call.server, template):
        raise Problem(1130, "This layout is used by other templates and cannot be removed.")
    number = template["TemplateId"]
    call.state.records.put("template", call.server, number, {**template, "Active": False})
    return confirmation(f"Template {number} removed.")


def _check_validate(call: Call) -> None:
    need_body(call, 1109)
    one_of(call.body, "TemplateType", _TYPES, 1122)
    if not any(call.body.get(name) is not None for name in _PARTS):
        raise Problem(1120, "At least one of 'Subject', 'HtmlBody' and 'TextBody' is required.")


@handles("templates_validate", check=_check_validate)
def validate_template(call: Call) -> Json:
    """Parse, suggest a model, render; what is wrong with the template is part of the answer."""
    return validate_body(call.state, call.server, call.body)


def validate_body(state: State, server: int, body: dict[str, Json]) -> dict[str, Json]:
    """The answer for a body that has been judged."""
    layout: dict[str, Json] = {}
    is_layout = body.get("TemplateType") == "Layout"
    if body.get("LayoutTemplate"):
        if is_layout:
            raise Problem(1123, "The 'LayoutTemplate' field cannot be used with a layout.")
        layout = _check_uses_layout(state, server, {"LayoutTemplate": body["LayoutTemplate"]})
    outcome = validate(
        _parts(body),
        layout=_parts(layout),
        is_layout=is_layout,
        test_model=body.get("TestRenderModel"),
        inline_css=body.get("InlineCssForHtmlTestRender", True),
    )
    return {
        "AllContentIsValid": outcome.all_valid,
        "HtmlBody": _part(outcome.parts.html_body),
        "TextBody": _part(outcome.parts.text_body),
        "Subject": _part(outcome.parts.subject),
        "SuggestedTemplateModel": outcome.suggested_model,
    }


def _parts(source: dict[str, Json]) -> Parts[str]:
    return Parts(source.get("HtmlBody"), source.get("TextBody"), source.get("Subject"))


def _part(part: PartValidation | None) -> Json:
    if part is None:
        return None
    return {
        "ContentIsValid": part.is_valid,
        "ValidationErrors": [
            {"Message": error.message, "Line": error.line, "CharacterPosition": error.character_position}
            for error in part.errors
        ],
        "RenderedContent": part.rendered,
    }


@handles("templates_push")
def push_templates(call: Call) -> Json:
    """Copy templates with an alias from one server to another, matching by alias."""
    source, destination = call.body["SourceServerID"], call.body["DestinationServerID"]
    _check_servers(call.state, source, destination)
    pushed = [template for template in active_templates(call.state, source) if template["Alias"]]
    if not pushed:
        raise Problem(1124, "No templates with an alias were found on the source server.")
    pushed.sort(key=lambda template: template["TemplateType"] != "Layout")
    plan = [(template, find_alias(call.state, destination, template["Alias"])) for template in pushed]
    for template, target in plan:
        if target is not None and target["TemplateType"] != template["TemplateType"]:
            raise Problem(1125, f"The types of the templates with the alias '{template['Alias']}' differ.")
    new = sum(1 for _template, target in plan if target is None)
    if len(active_templates(call.state, destination)) + new > call.state.settings.max_templates:
        raise Problem(1124, "The destination server cannot hold that many templates.")
    perform = call.body["PerformChanges"]
    items = [_push(call.state, destination, template, target, perform=perform) for template, target in plan]
    return {"TotalCount": len(items), "Templates": items}


def _check_servers(state: State, source: int, destination: int) -> None:
    missing = [
        name
        for name, number in (("source", source), ("destination", destination))
        if state.records.get("server", ACCOUNT, number) is None
    ]
    if len(missing) > 1:
        raise Problem(601, "The source and destination servers were not found.")
    if missing:
        raise Problem(601, f"The {missing[0]} server was not found.")


def _push(
    state: State, destination: int, template: dict[str, Json], target: dict[str, Json] | None, *, perform: bool
) -> dict[str, Json]:
    number = target["TemplateId"] if target else None
    if perform:
        number = number or state.records.next_number("template")
        copied = {name: template[name] for name in (*_EDITABLE, "TemplateType", "Active")}
        state.records.put(
            "template",
            destination,
            number,
            {**copied, "TemplateId": number, "AssociatedServerId": destination},
        )
    return {
        "Action": "Edit" if target else "Create",
        "TemplateId": number,
        "Alias": template["Alias"],
        "Name": template["Name"],
        "TemplateType": template["TemplateType"],
    }
