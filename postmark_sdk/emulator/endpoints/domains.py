"""Domains of the account: DKIM keys and return paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..http.fields import at_most, need, need_body
from ..reference import dates
from ..reference.problems import Json, Problem, confirmation
from ..state.paging import page_of
from ..state.records import ACCOUNT, public

if TYPE_CHECKING:
    from ..state.state import State

_NAME = re.compile(r"(?=.{1,255}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}", re.IGNORECASE)
_PUBLIC = {"gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "icloud.com"}
_SHORT = ("Name", "SPFVerified", "DKIMVerified", "WeakDKIM", "ReturnPathDomainVerified", "ID")
_AFTER_ROTATION = (
    "Name",
    "DKIMVerified",
    "WeakDKIM",
    "DKIMHost",
    "DKIMTextValue",
    "DKIMPendingHost",
    "DKIMPendingTextValue",
    "DKIMRevokedHost",
    "DKIMRevokedTextValue",
    "SafeToRemoveRevokedKeyFromDNS",
    "DKIMUpdateStatus",
    "ID",
)


def new_authentication(state: State, domain: str, number: int) -> dict[str, Json]:
    """DNS records of a domain nobody has verified yet."""
    return {
        "SPFVerified": False,
        "SPFHost": domain,
        "SPFTextValue": "v=spf1 a mx include:spf.mtasv.net ~all",
        "DKIMVerified": False,
        "WeakDKIM": False,
        "DKIMHost": "",
        "DKIMTextValue": "",
        **_pending(state, domain, number),
        "DKIMRevokedHost": "",
        "DKIMRevokedTextValue": "",
        "SafeToRemoveRevokedKeyFromDNS": False,
        "DKIMUpdateStatus": "Pending",
        "ReturnPathDomain": "",
        "ReturnPathDomainVerified": False,
        "ReturnPathDomainCNAMEValue": "pm.mtasv.net",
    }


def _pending(state: State, domain: str, number: int) -> dict[str, Json]:
    stamp = dates.moment_of(state.clock.now()).strftime("%Y%m%d%H%M%S")
    return {
        "DKIMPendingHost": f"{stamp}pm._domainkey.{domain}",
        "DKIMPendingTextValue": f"k=rsa;p=emulated-key-{number}-{stamp}",
    }


def is_public(domain: str) -> bool:
    """Whether everybody can have an address there."""
    return domain.lower() in _PUBLIC


def is_domain(text: str) -> bool:
    """Whether this is a domain name."""
    return _NAME.fullmatch(text) is not None


def check_return_path(body: dict[str, Json], domain: str) -> None:
    """A return path lies below its domain."""
    path = body.get("ReturnPathDomain")
    if not path:
        return
    at_most(body, "ReturnPathDomain", 255, 521)
    if not is_domain(path) or not path.lower().endswith(f".{domain.lower()}"):
        raise Problem(522, f"The 'ReturnPathDomain' field must be a subdomain of '{domain}'.")


def verify_keys(state: State, document: dict[str, Json]) -> dict[str, Json]:
    """DNS was looked at: a pending key becomes the active one, the one before is revoked."""
    return with_active_key(document) if state.settings.dns_verified else document


def with_active_key(document: dict[str, Json]) -> dict[str, Json]:
    """Its pending key, if it has one, is found in DNS."""
    if not document["DKIMPendingHost"]:
        return document
    return {
        **document,
        "DKIMVerified": True,
        "DKIMRevokedHost": document["DKIMHost"],
        "DKIMRevokedTextValue": document["DKIMTextValue"],
        "SafeToRemoveRevokedKeyFromDNS": bool(document["DKIMHost"]),
        "DKIMHost": document["DKIMPendingHost"],
        "DKIMTextValue": document["DKIMPendingTextValue"],
        "DKIMPendingHost": "",
        "DKIMPendingTextValue": "",
        "DKIMUpdateStatus": "Verified",
    }


def rotate_keys(state: State, document: dict[str, Json], domain: str) -> dict[str, Json]:
    """A new pending key; code 505 while there is one already."""
    if document["DKIMPendingHost"]:
        raise Problem(505, "This DKIM is already being renewed.")
    return {**document, **_pending(state, domain, document["ID"]), "DKIMUpdateStatus": "Pending"}


def _answer(document: dict[str, Json]) -> dict[str, Json]:
    return public(document)


def _find(call: Call) -> dict[str, Json]:
    found = call.state.records.get("domain", ACCOUNT, call.path["domain_id"])
    if found is None:
        raise Problem(510, "The domain was not found.")
    return found


def _save(call: Call, document: dict[str, Json]) -> dict[str, Json]:
    return call.state.records.put("domain", ACCOUNT, document["ID"], document)


@handles("domains_list")
def list_domains(call: Call) -> Json:
    """Domains in short form."""
    found = call.state.records.all("domain", ACCOUNT)
    short = [{name: domain[name] for name in _SHORT} for domain in page_of(found, call.query)]
    return {"TotalCount": len(found), "Domains": short}


@handles("domains_get")
def get_domain(call: Call) -> Json:
    """One domain."""
    return _answer(_find(call))


def _check_create(call: Call) -> None:
    body = call.body
    need_body(call, 502)
    need(body, "Name", 514)
    at_most(body, "Name", 255, 515)
    if not is_domain(body["Name"]):
        raise Problem(516, "The 'Name' field is not a valid domain.")
    if is_public(body["Name"]):
        raise Problem(503, f"'{body['Name']}' is a public mail domain.")
    check_return_path(body, body["Name"])


@handles("domains_create", check=_check_create)
def create_domain(call: Call) -> Json:
    """A domain to send from."""
    name = call.body["Name"]
    if any(each["Name"].lower() == name.lower() for each in call.state.records.all("domain", ACCOUNT)):
        raise Problem(512, f"The domain '{name}' already exists.")
    number = call.state.records.next_number("domain")
    document = {"Name": name, **new_authentication(call.state, name, number), "ID": number}
    document["ReturnPathDomain"] = call.body.get("ReturnPathDomain", "")
    return _answer(_save(call, document))


@handles("domains_update")
def update_domain(call: Call) -> Json:
    """Another return path, or none."""
    old = _find(call)
    check_return_path(call.body, old["Name"])
    path = call.body.get("ReturnPathDomain", old["ReturnPathDomain"])
    verified = old["ReturnPathDomainVerified"] and path == old["ReturnPathDomain"]
    return _answer(_save(call, {**old, "ReturnPathDomain": path, "ReturnPathDomainVerified": verified}))


@handles("domains_delete")
def delete_domain(call: Call) -> Json:
    """Forget it."""
    domain = _find(call)
    call.state.records.remove("domain", ACCOUNT, domain["ID"])
    return confirmation(f"Domain {domain['Name']} removed.")


@handles("domains_verify_dkim")
def verify_dkim(call: Call) -> Json:
    """Look for the key in DNS; only the flags tell the outcome."""
    return _answer(_save(call, verify_keys(call.state, _find(call))))


@handles("domains_verify_return_path")
def verify_return_path(call: Call) -> Json:
    """Look for the CNAME in DNS; only the flag tells the outcome."""
    domain = _find(call)
    found = bool(domain["ReturnPathDomain"]) and call.state.settings.dns_verified
    return _answer(_save(call, {**domain, "ReturnPathDomainVerified": found}))


@handles("domains_verify_spf")
def verify_spf(call: Call) -> Json:
    """SPF records no longer matter to Postmark; the call still answers."""
    domain = _save(call, {**_find(call), "SPFVerified": call.state.settings.dns_verified})
    return {name: domain[name] for name in ("SPFHost", "SPFVerified", "SPFTextValue")}


@handles("domains_rotate_dkim")
def rotate_dkim(call: Call) -> Json:
    """A new key; the answer is the reduced form."""
    domain = _find(call)
    saved = _save(call, rotate_keys(call.state, domain, domain["Name"]))
    return {name: saved[name] for name in _AFTER_ROTATION}
