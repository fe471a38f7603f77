"""Data removals: everything about one recipient is erased, some seconds later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..mail.addresses import is_address
from ..reference.problems import Json, Problem
from ..state.records import ACCOUNT

if TYPE_CHECKING:
    from ..state.state import State

_SECONDS = 5


def _check(call: Call) -> None:
    if not call.state.settings.may_remove_data:
        raise Problem(1302, "This account does not have permission to request data removals.")
    if not call.body:
        raise Problem(1300, "No data was found in the request body.")
    for name in ("RequestedBy", "RequestedFor"):
        if not is_address(str(call.body.get(name, ""))):
            raise Problem(1300, f"The '{name}' field must be an email address.")


@handles("data_removals_create", check=_check)
def create_removal(call: Call) -> Json:
    """Ask for it."""
    number = call.state.records.next_number("removal")
    due = call.state.clock.now() + call.state.delay(_SECONDS)
    document = {"ID": number, "_for": call.body["RequestedFor"].strip().lower(), "_due": due, "_done": False}
    call.state.records.put("removal", ACCOUNT, number, document)
    return {"ID": number, "Status": "Pending"}


@handles("data_removals_get")
def get_removal(call: Call) -> Json:
    """How far it is."""
    if not call.state.settings.may_remove_data:
        raise Problem(1302, "This account does not have permission to request data removals.")
    found = call.state.records.get("removal", ACCOUNT, call.path["data_removal_id"])
    if found is None:
        raise Problem(1301, "The data removal request was not found.")
    return {"ID": found["ID"], "Status": "Done" if found["_done"] else "Pending"}


def next_removal(state: State) -> int | None:
    """When the next one is due."""
    return min((each["_due"] for each in state.records.all("removal", ACCOUNT) if not each["_done"]), default=None)


def run_removals(state: State) -> None:
    """Erase for those that are due."""
    with state.lock:
        now = state.clock.now()
        for document in state.records.all("removal", ACCOUNT):
            if not document["_done"] and document["_due"] <= now:
                with state.change():
                    _erase(state, document["_for"])
                    state.records.put("removal", ACCOUNT, document["ID"], {**document, "_done": True})


def _erase(state: State, address: str) -> None:
    keys = state.store.rows("SELECT DISTINCT message FROM recipients WHERE address = ?", (address,))
    for table, column in (
        ("messages", "key"),
        ("contents", "message"),
        ("metadata", "message"),
        ("events", "message"),
        ("engagements", "message"),
        ("recipients", "message"),
    ):
        state.store.write_many(f"DELETE FROM {table} WHERE {column} = ?", keys)  # noqa: S608 - our own names
    state.store.write("DELETE FROM bounces WHERE email = ?", (address,))
    state.store.write("DELETE FROM inbound WHERE sender = ?", (address,))
