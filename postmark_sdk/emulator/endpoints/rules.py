"""Inbound rules, and the tag triggers of old."""

from __future__ import annotations

from ..http.call import Call, handles
from ..http.fields import merged, need, need_body
from ..mail.addresses import fault_of, is_address
from ..reference.problems import Json, Problem, confirmation
from ..state.paging import page_of
from ..state.records import public


@handles("inbound_rules_list")
def list_rules(call: Call) -> Json:
    """Senders whose mail is blocked."""
    rules = [public(rule) for rule in call.state.records.all("inbound_rule", call.server)]
    return {"TotalCount": len(rules), "InboundRules": page_of(rules, call.query)}


def _check_rule(call: Call) -> None:
    need_body(call, 809)
    need(call.body, "Rule", 809)
    rule = call.body["Rule"]
    if not is_address(rule) and fault_of(f"any@{rule}", "Rule") is not None:
        raise Problem(813, f"The rule '{rule}' is neither an email address nor a domain.")


@handles("inbound_rules_create", check=_check_rule)
def create_rule(call: Call) -> Json:
    """Block an address or a domain."""
    rule = call.body["Rule"]
    rules = call.state.records.all("inbound_rule", call.server)
    if any(each["Rule"].lower() == rule.lower() for each in rules):
        raise Problem(810, f"The rule '{rule}' already exists.")
    number = call.state.records.next_number("inbound_rule")
    return public(call.state.records.put("inbound_rule", call.server, number, {"ID": number, "Rule": rule}))


@handles("inbound_rules_delete")
def delete_rule(call: Call) -> Json:
    """Unblock."""
    rule = _find(call, "inbound_rule", call.path["rule_id"], "The inbound rule was not found.")
    call.state.records.remove("inbound_rule", call.server, rule["ID"])
    return confirmation(f"Rule {rule['Rule']} removed.")


def _find(call: Call, kind: str, number: str, refusal: str) -> dict[str, Json]:
    found = call.state.records.get(kind, call.server, number)
    if found is None:
        raise Problem(812, refusal)
    return found


def _trigger(document: dict[str, Json]) -> dict[str, Json]:
    """``TrackOpens`` is left out where it was never given."""
    return {name: value for name, value in public(document).items() if value is not None}


@handles("tag_triggers_list")
def list_triggers(call: Call) -> Json:
    """Tags with settings of their own."""
    name = call.query.get("match_name", "").lower()
    triggers = [_trigger(each) for each in call.state.records.all("tag_trigger", call.server)]
    chosen = [each for each in triggers if name in each["MatchName"].lower()]
    return {"TotalCount": len(chosen), "Tags": page_of(chosen, call.query)}


def _check_trigger(call: Call) -> None:
    need_body(call, 809)
    need(call.body, "MatchName", 809)


@handles("tag_triggers_create", check=_check_trigger)
def create_trigger(call: Call) -> Json:
    """A setting for one tag."""
    number = call.state.records.next_number("tag_trigger")
    document = {"ID": number, "MatchName": call.body["MatchName"], "TrackOpens": call.body.get("TrackOpens")}
    return _trigger(call.state.records.put("tag_trigger", call.server, number, document))


@handles("tag_triggers_get")
def get_trigger(call: Call) -> Json:
    """One of them."""
    return _trigger(_find_trigger(call))


def _find_trigger(call: Call) -> dict[str, Json]:
    return _find(call, "tag_trigger", call.path["trigger_id"], "The tag trigger was not found.")


@handles("tag_triggers_update")
def update_trigger(call: Call) -> Json:
    """Change it."""
    new = merged(_find_trigger(call), call.body, ("MatchName", "TrackOpens"))
    need(new, "MatchName", 809)
    return _trigger(call.state.records.put("tag_trigger", call.server, new["ID"], new))


@handles("tag_triggers_delete")
def delete_trigger(call: Call) -> Json:
    """Forget it."""
    trigger = _find_trigger(call)
    call.state.records.remove("tag_trigger", call.server, trigger["ID"])
    return confirmation(f"Tag {trigger['ID']} removed.")
