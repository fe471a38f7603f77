"""Webhooks of a server: kept, verified, counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

from ..http.call import Call, handles, handles_async
from ..http.fields import merged, need_body
from ..reference import dates
from ..reference.dates import TICKS_PER_SECOND
from ..reference.json_text import dumps
from ..reference.limits import MAX_WEBHOOKS
from ..reference.problems import Json, Problem, confirmation
from ..webhooks import events
from ..webhooks.hooks import enabled, verified, webhook_target, with_statuses
from ..webhooks.post import Outcome, post
from .server import is_url
from .streams import find_stream

if TYPE_CHECKING:
    from ..state.state import State
    from ..state.store import Row

TRIGGERS: dict[str, dict[str, Json]] = {
    "Open": {"Enabled": False, "PostFirstOpenOnly": False},
    "Click": {"Enabled": False},
    "Delivery": {"Enabled": False},
    "Bounce": {"Enabled": False, "IncludeContent": False},
    "SpamComplaint": {"Enabled": False, "IncludeContent": False},
    "SubscriptionChange": {"Enabled": False},
}
_OK = 200
_HOURS = 24
_SLOW_MS = 1000
_VERY_SLOW_MS = 5000
_ORDER = ("ID", "Url", "MessageStream", "Status", "HttpAuth", "HttpHeaders", "Triggers")


def webhook_answer(webhook: dict[str, Json]) -> dict[str, Json]:
    """A webhook as the API shows it."""
    return {name: webhook[name] for name in _ORDER if webhook.get(name) is not None}


def _find(call: Call) -> dict[str, Json]:
    found = call.state.records.get("webhook", call.server, call.path["webhook_id"])
    if found is None:
        raise Problem(1352, "The webhook for the provided 'ID' was not found.")
    return found


@handles("webhooks_list")
def list_webhooks(call: Call) -> Json:
    """Webhooks of one stream, or of all."""
    found = call.state.records.all("webhook", call.server)
    if "messagestream" in call.query:
        stream = find_stream(call.state, call.server, call.query["messagestream"])["ID"]
        found = [webhook for webhook in found if webhook["MessageStream"] == stream]
    return {"Webhooks": [webhook_answer(webhook) for webhook in found]}


@handles("webhooks_get")
def get_webhook(call: Call) -> Json:
    """One webhook."""
    return webhook_answer(_find(call))


@handles("webhooks_delete")
def delete_webhook(call: Call) -> Json:
    """Forget it."""
    webhook = _find(call)
    call.state.records.remove("webhook", call.server, webhook["ID"])
    return confirmation(f"Webhook {webhook['ID']} removed.")


def _given(call: Call) -> dict[str, Json]:
    given = call.given if isinstance(call.given, dict) else {}
    return {name.lower(): value for name, value in given.items() if value is not None}


def _check(call: Call) -> None:
    need_body(call, 1355)
    given = _given(call)
    if "status" in given:
        raise Problem(1363, "The 'Status' field is read-only.")
    if "Url" in call.body and not is_url(call.body["Url"]):
        raise Problem(1354, "The 'Url' field is not a valid URL.")
    for header in call.body.get("HttpHeaders") or ():
        if not str(header.get("Name") or "").strip():
            raise Problem(1358, "Every entry of 'HttpHeaders' needs a 'Name'.")
        text = f"{header['Name']}{header.get('Value') or ''}"
        if "\r" in text or "\n" in text:
            raise Problem(1358, f"The header '{header['Name'].split()[0]}' must not contain line breaks.")


def _check_create(call: Call) -> None:
    _check(call)
    if "id" in _given(call):
        raise Problem(1356, "The 'ID' field cannot be set when creating a webhook.")
    if "Url" not in call.body:
        raise Problem(1354, "The 'Url' field is required.")


def _check_update(call: Call) -> None:
    _check(call)
    for name in ("id", "messagestream"):
        if name in _given(call):
            raise Problem(1357, "The 'ID' and 'MessageStream' of a webhook cannot be changed.")


def _check_stream(call: Call, stream_id: str) -> str:
    stream = find_stream(call.state, call.server, stream_id)
    if stream["ArchivedAt"] is not None:
        raise Problem(1350, f"The message stream '{stream_id}' is archived.")
    if stream["MessageStreamType"] == "Inbound":
        raise Problem(1351, f"The message stream '{stream_id}' is an inbound stream.")
    return str(stream["ID"])


def _triggers(old: dict[str, Json], given: dict[str, Json]) -> dict[str, Json]:
    """Trigger by trigger, field by field: what is not given stays."""
    return {kind: {**fields, **(given.get(kind) or {})} for kind, fields in old.items()}


@handles_async("webhooks_create", check=_check_create)
async def create_webhook(call: Call) -> Json:
    """A new webhook; unless told otherwise it is tried before it is kept."""
    return await _keep(call, new_webhook(call))


def new_webhook(call: Call) -> dict[str, Json]:
    """A webhook that nobody has tried or kept yet."""
    stream = _check_stream(call, call.body.get("MessageStream") or "outbound")
    taken = [each for each in call.state.records.all("webhook", call.server) if each["MessageStream"] == stream]
    if len(taken) >= MAX_WEBHOOKS:
        raise Problem(1359, f"The message stream '{stream}' has reached its limit of {MAX_WEBHOOKS} webhooks.")
    return {
        "ID": call.state.records.next_number("webhook"),
        "Url": call.body["Url"],
        "MessageStream": stream,
        "Status": "unverified",
        "HttpAuth": call.body.get("HttpAuth"),
        "HttpHeaders": call.body.get("HttpHeaders", []),
        "Triggers": _triggers(TRIGGERS, call.body.get("Triggers", {})),
    }


@handles_async("webhooks_update", check=_check_update)
async def update_webhook(call: Call) -> Json:
    """Change what is given; unless told otherwise it is tried before it is kept."""
    old = _find(call)
    new = merged(old, call.body, ("Url", "HttpAuth", "HttpHeaders"))
    new["Triggers"] = _triggers(old["Triggers"], call.body.get("Triggers", {}))
    return await _keep(call, new)


def _wants_verification(call: Call) -> bool:
    if "Verify" in call.body:
        return bool(call.body["Verify"])
    return call.given_query.get("verify", "true").lower() not in {"false", "0"}


async def _keep(call: Call, webhook: dict[str, Json]) -> Json:
    passed: list[str] = []
    if _wants_verification(call):
        outcomes = await _try_all(call.state, call.server, webhook)
        report = _report(webhook, outcomes)
        # What may not be called from here cannot be judged either: programs that set up their real webhooks go on.
        if not report["Success"] and not any(outcome.out_of_reach for outcome in outcomes.values()):
            raise Problem(1364, report["Message"], body=report)
        passed = _passed(outcomes)
    with call.state.change():
        new = with_statuses(webhook, passed, checked=_wants_verification(call))
        saved = call.state.records.put("webhook", call.server, webhook["ID"], new)
    return webhook_answer(saved)


async def _try_all(state: State, server: int, webhook: dict[str, Json]) -> dict[str, Outcome]:
    """Post a sample per enabled trigger."""
    kinds = enabled(webhook)
    outcomes = await asyncio.gather(*(_try(state, server, webhook, kind) for kind in kinds))
    return dict(zip(kinds, outcomes, strict=True))


def _passed(outcomes: dict[str, Outcome]) -> list[str]:
    return [kind for kind, outcome in outcomes.items() if outcome.status == _OK]


def _report(webhook: dict[str, Json], outcomes: dict[str, Outcome]) -> dict[str, Json]:
    """Each call must have been answered with exactly 200."""
    good = len(_passed(outcomes))
    return {
        "Id": webhook["ID"],
        "Url": webhook["Url"],
        "Success": good == len(outcomes),
        "Results": [_result(kind, outcome) for kind, outcome in outcomes.items()],
        "Message": f"{good}/{len(outcomes)} triggers verified successfully",
    }


async def _try(state: State, server: int, webhook: dict[str, Json], kind: str) -> Outcome:
    target = webhook_target(webhook, kind)
    headers = {
        **dict(target.headers),
        "Content-Type": "application/json",
        "User-Agent": "Postmark",
        "X-PM-Retries-Remaining": "0",
        "X-PM-Webhook-Trace-Id": str(uuid4()),
    }
    body = dumps(events.sample(state, server, webhook["MessageStream"], kind)).encode()
    settings = state.settings
    return await post(webhook["Url"], headers, body, timeout=settings.webhook_timeout, allowed=settings.allowed_hosts)


def _result(kind: str, outcome: Outcome) -> dict[str, Json]:
    success = outcome.status == _OK
    text = "OK" if success else outcome.error or f"Remote server returned an HTTP status code of {outcome.status}."
    return {"TriggerType": kind, "Success": success, "StatusCode": outcome.status, "Message": text}


@handles_async("webhooks_verify")
async def verify_webhook(call: Call) -> Json:
    """Try it again; the outcome is the answer, and becomes the status of each trigger."""
    webhook = _find(call)
    outcomes = await _try_all(call.state, call.server, webhook)
    with call.state.change():
        if call.state.records.get("webhook", call.server, webhook["ID"]) is not None:
            new = with_statuses(webhook, _passed(outcomes), checked=True)
            call.state.records.put("webhook", call.server, webhook["ID"], new)
    return _report(webhook, outcomes)


@handles("webhooks_get_statistics")
def get_statistics(call: Call) -> Json:
    """Attempts of the last 24 hours."""
    webhook = _find(call)
    end = call.state.clock.now()
    start = end - _HOURS * 3600 * TICKS_PER_SECOND
    rows = call.state.store.rows(
        "SELECT kind, attempts.status, milliseconds, final,"
        " attempts.key > (SELECT MIN(key) FROM attempts AS earlier WHERE earlier.delivery = attempts.delivery)"
        " FROM attempts JOIN deliveries ON deliveries.key = attempts.delivery WHERE webhook = ? AND server = ?"
        " AND attempts.at BETWEEN ? AND ?",
        (webhook["ID"], call.server, start, end),
    )
    kinds = [kind for kind in TRIGGERS if any(row[0] == kind for row in rows)]
    return {
        "WebhookId": webhook["ID"],
        "ServerId": call.server,
        "MessageStreamId": webhook["MessageStream"],
        "Url": webhook["Url"],
        "Statuses": {kind: "verified" if kind in verified(webhook) else "unverified" for kind in enabled(webhook)},
        "TimeRange": {"StartTime": dates.utc_full(start), "EndTime": dates.utc_full(end), "Hours": _HOURS},
        "Metrics": _metrics(rows),
        "MetricsByTrigger": {kind: _metrics([row for row in rows if row[0] == kind]) for kind in kinds},
    }


def _metrics(rows: list[Row]) -> dict[str, Json]:
    good = sum(1 for row in rows if row[1] is not None and 200 <= row[1] < 300)  # noqa: PLR2004 - the successful ones
    return {
        "TotalRequests": len(rows),
        "SuccessCount": good,
        "FailureCount": len(rows) - good,
        "RetryCount": sum(1 for row in rows if row[4]),
        "SuccessRate": round(100 * good / len(rows), 2) if rows else 0,
        "SlowCount": sum(1 for row in rows if _SLOW_MS <= row[2] < _VERY_SLOW_MS),
        "VerySlowCount": sum(1 for row in rows if row[2] >= _VERY_SLOW_MS),
        "AverageTerminalResponseTimeMs": _average([row[2] for row in rows if row[3]]),
        "AverageRetryResponseTimeMs": _average([row[2] for row in rows if not row[3]]),
    }


def _average(times: list[float]) -> float | None:
    return round(sum(times) / len(times), 3) if times else None
