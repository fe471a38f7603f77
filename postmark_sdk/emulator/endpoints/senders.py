"""Sender signatures: single addresses that may send."""

from __future__ import annotations

from ..http.call import Call, handles
from ..http.fields import at_most, need, need_body
from ..mail.addresses import is_address
from ..reference.problems import Json, Problem, confirmation
from ..state.paging import page_of
from ..state.records import ACCOUNT, public
from .domains import check_return_path, is_public, new_authentication, rotate_keys

_SHORT = ("Domain", "EmailAddress", "ReplyToEmailAddress", "Name", "Confirmed", "ID")
_MAX_NOTE = 400
_MAX_TEXT = 255


def _find(call: Call) -> dict[str, Json]:
    found = call.state.records.get("signature", ACCOUNT, call.path["signature_id"])
    if found is None:
        raise Problem(501, "This signature was not found.", status=404)
    return found


def _save(call: Call, document: dict[str, Json]) -> dict[str, Json]:
    return public(call.state.records.put("signature", ACCOUNT, document["ID"], document))


@handles("sender_signatures_list")
def list_signatures(call: Call) -> Json:
    """Signatures in short form."""
    found = call.state.records.all("signature", ACCOUNT)
    short = [{name: each[name] for name in _SHORT} for each in page_of(found, call.query)]
    return {"TotalCount": len(found), "SenderSignatures": short}


@handles("sender_signatures_get")
def get_signature(call: Call) -> Json:
    """One signature."""
    return public(_find(call))


def _check_texts(body: dict[str, Json]) -> None:
    for name in ("FromEmail", "Name", "ReplyToEmail"):
        at_most(body, name, _MAX_TEXT, 521)
    at_most(body, "ConfirmationPersonalNote", _MAX_NOTE, 521)
    for name in ("FromEmail", "ReplyToEmail"):
        if body.get(name) and not is_address(body[name]):
            raise Problem(522, f"The '{name}' field is not a valid email address.")


def _check_create(call: Call) -> None:
    body = call.body
    need_body(call, 502)
    need(body, "FromEmail", 520)
    need(body, "Name", 520)
    _check_texts(body)
    domain = body["FromEmail"].rpartition("@")[2]
    if is_public(domain):
        raise Problem(503, f"'{domain}' is a public mail domain.")
    check_return_path(body, domain)


@handles("sender_signatures_create", check=_check_create)
def create_signature(call: Call) -> Json:
    """A new signature; it has to be confirmed by mail before it sends."""
    body = call.body
    email = body["FromEmail"].strip()
    if any(each["EmailAddress"].lower() == email.lower() for each in call.state.records.all("signature", ACCOUNT)):
        raise Problem(504, f"A sender signature for '{email}' already exists.")
    number = call.state.records.next_number("signature")
    domain = email.rpartition("@")[2]
    document = {
        "Domain": domain,
        "EmailAddress": email,
        "ReplyToEmailAddress": body.get("ReplyToEmail", ""),
        "Name": body["Name"],
        "Confirmed": False,
        **new_authentication(call.state, domain, number),
        "ID": number,
        "ConfirmationPersonalNote": body.get("ConfirmationPersonalNote", ""),
    }
    document["ReturnPathDomain"] = body.get("ReturnPathDomain", "")
    return _save(call, document)


def _check_update(call: Call) -> None:
    need_body(call, 502)
    _check_texts(call.body)


@handles("sender_signatures_update", check=_check_update)
def update_signature(call: Call) -> Json:
    """Everything but the address."""
    old, body = _find(call), call.body
    check_return_path(body, old["Domain"])
    new = {
        **old,
        "Name": body.get("Name") or old["Name"],
        "ReplyToEmailAddress": body.get("ReplyToEmail", old["ReplyToEmailAddress"]),
        "ReturnPathDomain": body.get("ReturnPathDomain", old["ReturnPathDomain"]),
        "ConfirmationPersonalNote": body.get("ConfirmationPersonalNote", old["ConfirmationPersonalNote"]),
    }
    new["ReturnPathDomainVerified"] = (
        old["ReturnPathDomainVerified"] and new["ReturnPathDomain"] == old["ReturnPathDomain"]
    )
    return _save(call, new)


@handles("sender_signatures_delete")
def delete_signature(call: Call) -> Json:
    """Forget it."""
    signature = _find(call)
    call.state.records.remove("signature", ACCOUNT, signature["ID"])
    return confirmation(f"Signature {signature['EmailAddress']} removed.")


@handles("sender_signatures_resend_confirmation")
def resend_confirmation(call: Call) -> Json:
    """Another confirmation mail."""
    signature = _find(call)
    if signature["Confirmed"]:
        raise Problem(506, "This sender signature is already confirmed.")
    return confirmation(f"Confirmation email for Sender Signature {signature['EmailAddress']} was re-sent.")


@handles("sender_signatures_verify_spf")
def verify_spf(call: Call) -> Json:
    """SPF records no longer matter to Postmark; the call still answers."""
    return _save(call, {**_find(call), "SPFVerified": call.state.settings.dns_verified})


@handles("sender_signatures_request_new_dkim")
def request_new_dkim(call: Call) -> Json:
    """A new key for the address's domain."""
    signature = _find(call)
    _save(call, rotate_keys(call.state, signature, signature["Domain"]))
    return confirmation(f"DKIM for Sender Signature {signature['EmailAddress']} is being renewed.")
