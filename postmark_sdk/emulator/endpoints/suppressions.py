"""The suppression list of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..mail.addresses import is_address
from ..mail.outcomes import reactivate, suppress
from ..reference import dates
from ..reference.limits import MAX_SUPPRESSIONS
from ..reference.problems import Json, Problem
from ..state.paging import Filter
from .streams import find_stream

if TYPE_CHECKING:
    from ..state.state import State

_INVALID = "An invalid email address was provided."
REMOVABLE = {("ManualSuppression", "Customer"), ("HardBounce", "Recipient")}
"""Reason and origin of what may be taken off a list again; complaints and unsubscribes stay for good."""
NO_AUTHORITY = "You do not have the required authority to change this suppression."


@handles("suppressions_list")
def list_suppressions(call: Call) -> Json:
    """The whole list in one answer."""
    query = call.query
    stream = find_stream(call.state, call.server, call.path["stream_id"])
    chosen = Filter(["server = ?", "stream = ?"], [call.server, stream["ID"]])
    if "suppressionreason" in query:
        chosen.add("reason = ?", query["suppressionreason"])
    if "origin" in query:
        chosen.add("origin = ?", query["origin"])
    if "emailaddress" in query:
        chosen.add("address = ?", query["emailaddress"].lower())
    chosen.between(query, 1407)
    return {"Suppressions": find_suppressions(call.state, chosen)}


def find_suppressions(state: State, chosen: Filter) -> list[dict[str, Json]]:
    """Entries, newest first."""
    rows = state.store.rows(
        f"SELECT address, reason, origin, at FROM suppressions{chosen.where} ORDER BY at DESC, address",  # noqa: S608
        chosen.values,
    )
    return [
        {
            "EmailAddress": address,
            "SuppressionReason": reason,
            "Origin": origin,
            "CreatedAt": dates.eastern_seconds(at),
        }
        for address, reason, origin, at in rows
    ]


def _check_entries(call: Call) -> None:
    entries = call.body.get("Suppressions") if isinstance(call.body, dict) else None
    if not entries:
        raise Problem(1409, "The request body must contain a list of suppressions.")
    if len(entries) > MAX_SUPPRESSIONS:
        raise Problem(1410, f"You may only change up to {MAX_SUPPRESSIONS} suppressions in a single request.")
    if any("EmailAddress" not in entry for entry in entries):
        raise Problem(1411, "The 'EmailAddress' field is required.")


@handles("suppressions_create", check=_check_entries)
def create_suppressions(call: Call) -> Json:
    """Suppress addresses by hand; each entry has its own outcome."""
    stream = find_stream(call.state, call.server, call.path["stream_id"])
    return {"Suppressions": [_create(call, stream["ID"], entry["EmailAddress"]) for entry in call.body["Suppressions"]]}


def _create(call: Call, stream: str, address: str) -> dict[str, Json]:
    if not is_address(address):
        return _outcome(address, "Failed", _INVALID)
    suppress(call.state, call.server, stream, address.strip().lower(), "ManualSuppression", "Customer")
    return _outcome(address, "Suppressed", None)


@handles("suppressions_delete", check=_check_entries)
def delete_suppressions(call: Call) -> Json:
    """Reactivate addresses; complaints stay for good."""
    stream = find_stream(call.state, call.server, call.path["stream_id"])
    return {"Suppressions": [_delete(call, stream["ID"], entry["EmailAddress"]) for entry in call.body["Suppressions"]]}


def _delete(call: Call, stream: str, address: str) -> dict[str, Json]:
    if not is_address(address):
        return _outcome(address, "Failed", _INVALID)
    if not remove_suppression(call.state, call.server, stream, address.strip().lower()):
        return _outcome(address, "Failed", NO_AUTHORITY)
    return _outcome(address, "Deleted", None)


def add_suppression(state: State, server: int, stream: str, address: str, reason: str, origin: str) -> str:
    """Suppress an address for any reason, by hand or not; the stream's id."""
    if reason not in {"HardBounce", "SpamComplaint", "ManualSuppression"}:
        raise Problem(1404, "Invalid suppression reason.")
    if origin not in {"Recipient", "Customer", "Admin"}:
        raise Problem(1405, "Invalid origin.")
    id_ = str(find_stream(state, server, stream)["ID"])
    suppress(state, server, id_, address.strip().lower(), reason, origin)
    return id_


def remove_suppression(state: State, server: int, stream: str, email: str) -> bool:
    """Reactivate an address; whether that was allowed. One that was never suppressed is."""
    row = state.store.row(
        "SELECT reason, origin FROM suppressions WHERE server = ? AND stream = ? AND address = ?",
        (server, stream, email),
    )
    if row is not None and tuple(row) not in REMOVABLE:
        return False
    reactivate(state, server, stream, email)
    return True


def _outcome(address: str, status: str, message: str | None) -> dict[str, Json]:
    return {"EmailAddress": address, "Status": status, "Message": message}
