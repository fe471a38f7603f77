"""What a client adds to every mail; bulk requests to their end; what a result tells."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from postmark_sdk import (
    BulkMessage,
    ConfigurationError,
    Email,
    InactiveRecipientError,
    InvalidRequestError,
    MessageResult,
    PostmarkClient,
    RequestTimeoutError,
)
from tests.core.wire import MAIL, ROW, Line, problems_of

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
DEFAULTS: dict[str, Any] = {
    "from": ("Shop", "shop@example.com"),
    "message_stream": "orders",
    "track_opens": True,
    "TrackLinks": "HtmlOnly",
    "tag": "shop",
    "metadata": {"app": "shop", "Kind": "x"},
    "headers": {"X-App": "shop", "X-Kind": "x"},
}


@BOTH
def test_defaults_fill_in_what_a_call_leaves_open(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, defaults=DEFAULTS)
    mail = Email(to="a@b.example", text_body="x", tag="own", metadata={"kind": "y"}, headers=[("x-kind", "y")])
    line.call(lambda client: client.emails.send(mail))
    line.call(
        lambda client: client.with_options(retries=0).emails.send_batch([{"to": "a@b.example", "text_body": "x"}])
    )
    assert line.bodies[0] == {
        "From": "Shop <shop@example.com>",
        "To": "a@b.example",
        "Tag": "own",
        "Headers": [{"Name": "X-App", "Value": "shop"}, {"Name": "x-kind", "Value": "y"}],
        "TrackOpens": True,
        "TrackLinks": "HtmlOnly",
        "Metadata": {"app": "shop", "kind": "y"},
        "MessageStream": "orders",
        "TextBody": "x",
    }
    assert line.bodies[1][0]["Metadata"] == {"app": "shop", "Kind": "x"}
    assert (mail.from_, mail.metadata) == (None, {"kind": "y"}), "the caller's own mail is not changed"


def test_defaults_apply_to_templates_bulk_and_many_too() -> None:
    line = Line(defaults={"from_": "shop@example.com", "reply_to": "answers@example.com"})
    filled = {"to": "a@b.example", "template_id": 1, "template_model": {}}
    line.call(lambda client: client.emails.send_with_template(filled))
    line.call(lambda client: client.emails.send_bulk(text_body="x", messages=[BulkMessage(to="a@b.example")]))
    line.call(lambda client: client.emails.send_many([{"to": "a@b.example", "text_body": "x"}, filled]))
    first, second, *rest = line.bodies
    rows = [first, second, rest[0][0], rest[1]["Messages"][0]]
    assert {(row["From"], row["ReplyTo"]) for row in rows} == {("shop@example.com", "answers@example.com")}


TWICE = {"from": "a@b.example", "From": "c@d.example"}


@pytest.mark.parametrize("given", [{"to": "a@b.example"}, {"form": "a@b.example"}, TWICE, "from", [("from", "a")]])
def test_defaults_that_are_none_are_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="defaults"):
        PostmarkClient("t", defaults=given)


def test_wrong_defaults_are_named_with_the_mail() -> None:
    line = Line(defaults={"from": "nobody"})
    with pytest.raises(ValueError, match="from_: an entry without @"):
        line.call(lambda client: client.emails.send(to="a@b.example", text_body="x"))


def test_defaults_that_can_be_read_once_reach_every_mail() -> None:
    line = Line(defaults={"metadata": zip(["app"], ["shop"], strict=True), "headers": iter([("X-A", "1")])})
    line.call(lambda client: client.emails.send_many([MAIL, {**MAIL, "metadata": {"o": "1"}, "headers": {"X-B": "2"}}]))
    (first, second), *_ = line.bodies
    assert (first["Metadata"], second["Metadata"]) == ({"app": "shop"}, {"app": "shop", "o": "1"})
    assert [row["Name"] for row in second["Headers"]] == ["X-A", "X-B"]


@pytest.mark.parametrize("wrong", [5, [5], {1: "x"}, [("a", "b"), 5]], ids=str)
@pytest.mark.parametrize("name", ["metadata", "headers"])
def test_what_cannot_be_merged_is_named_wherever_it_stands(name: str, wrong: Any) -> None:
    fine: Any = {"x": "y"}
    once = iter(wrong) if isinstance(wrong, list) else wrong
    for default, own in ((wrong, fine), (fine, wrong), (fine, once)):
        fields = {**MAIL, name: own}
        found = problems_of(lambda client, fields=fields: client.emails.send(fields), defaults={name: default})  # type: ignore[misc]
        assert all(field.startswith(name) for field in found)


# --- bulk -----------------------------------------------------------------------------------------------------------


def waited(states: list[dict[str, Any]], *, asynchronous: bool, **options: Any) -> tuple[Any, list[str], list[float]]:
    pauses: list[float] = []
    seen: list[str] = []
    answers = list(states)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    def act(client: Any) -> Any:
        client._link.core().sleep = pause if asynchronous else pauses.append
        return client.emails.wait_for_bulk("id-1", on_progress=lambda state: seen.append(state.status), **options)

    answer = lambda _: httpx.Response(200, json=answers.pop(0) if len(answers) > 1 else answers[0])  # noqa: E731
    return Line(asynchronous=asynchronous, answer=answer).call(act), seen, pauses


@BOTH
@pytest.mark.parametrize("final", ["Completed", "Cancelled", "Failed", "completed"])
@pytest.mark.parametrize("key", ["Id", "ID"])
def test_a_bulk_request_is_followed_to_its_end(*, asynchronous: bool, final: str, key: str) -> None:
    states = [{key: "id-1", "Status": status} for status in ("Accepted", "Processing", final)]
    result, seen, pauses = waited(states, asynchronous=asynchronous)
    assert (result.id, result.status, result.finished) == ("id-1", final, True)
    assert seen == ["Accepted", "Processing", final]
    assert pauses == [1.0, 2.0]


@BOTH
def test_waiting_for_a_bulk_request_has_an_end(*, asynchronous: bool) -> None:
    with pytest.raises(RequestTimeoutError, match="still under way"):
        waited([{"Id": "id-1", "Status": "Processing"}], asynchronous=asynchronous, timeout=0)


@BOTH
def test_code_14_is_explained(*, asynchronous: bool) -> None:
    line = Line(
        asynchronous=asynchronous, answer=lambda _: httpx.Response(422, json={"ErrorCode": 14, "Message": "No."})
    )
    entries = [BulkMessage(to="a@b.example")]
    with pytest.raises(InvalidRequestError) as caught:
        line.call(lambda client: client.emails.send_bulk(from_="a@b.example", text_body="x", messages=entries))
    assert caught.value.error_code == 14
    assert "Postmark" in (caught.value.hint or "")


# --- results --------------------------------------------------------------------------------------------------------

WORDINGS = [
    (
        "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: a@x.example, "
        "b@x.example. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual "
        "suppression."
    ),
    (
        "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: a@x.example, "
        "b@x.example.\nInactive recipients are ones that have generated a hard bounce or a spam complaint. "
    ),
    "Found inactive addresses: a@x.example,b@x.example.",
    "Found inactive addresses: a@x.example, b@x.example",
    (
        "Message OK, but will not deliver to these inactive addresses: a@x.example, b@x.example. Inactive recipients "
        "are ones that have generated a hard bounce or a spam complaint."
    ),
]


@BOTH
@pytest.mark.parametrize("text", WORDINGS)
def test_inactive_recipients_are_read_from_every_wording(*, asynchronous: bool, text: str) -> None:
    wanted = ["a@x.example", "b@x.example"]
    refused = Line(
        asynchronous=asynchronous, answer=lambda _: httpx.Response(422, json={"ErrorCode": 406, "Message": text})
    )
    with pytest.raises(InactiveRecipientError) as caught:
        refused.call(lambda client: client.emails.send(MAIL))
    assert caught.value.addresses == wanted
    taken = Line(asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json={**ROW, "Message": text}))
    result = taken.call(lambda client: client.emails.send(MAIL))
    assert (result.success, result.inactive_recipients) == (True, wanted)


def test_a_result_is_a_success_by_code_or_by_id() -> None:
    assert MessageResult(error_code=0).success
    assert MessageResult(message_id="x").success
    assert not MessageResult(error_code=406, message_id="x").success
    assert MessageResult(error_code=406).hint
    assert MessageResult().unknown
    assert not MessageResult().success


@BOTH
def test_a_refusal_with_status_200_is_raised(*, asynchronous: bool) -> None:
    line = Line(
        asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json={"ErrorCode": 300, "Message": "x"})
    )
    with pytest.raises(InvalidRequestError) as caught:
        line.call(lambda client: client.emails.send(MAIL))
    assert caught.value.error_code == 300
