"""Bounces, complaints, opens, clicks, and the webhooks they fire."""

from __future__ import annotations

import base64
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator import Emulator, EmulatorError
from postmark_sdk.emulator.webhooks.delivery import Deliveries
from tests.emulator.client import SERVER, client

if TYPE_CHECKING:
    import httpx

KINDS = ("Open", "Click", "Delivery", "Bounce", "SpamComplaint", "SubscriptionChange")
LINK = "https://example.com/path?a=1&b=2"
HTML = f'<a class="x" href="{LINK.replace("&", "&amp;")}">go</a>'


def enable(*kinds: str) -> dict[str, dict[str, bool]]:
    return {kind: {"Enabled": True} for kind in kinds}


@pytest.fixture
def hook(api: httpx.Client, receiver: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post("/webhooks", json={"Url": receiver.url(), "Triggers": enable(*KINDS)}).json()
    receiver.requests.clear()
    return made


def sent(api: httpx.Client, email: dict[str, Any], **fields: Any) -> str:
    number: str = api.post("/email", json={**email, **fields}).json()["MessageID"]
    return number


def code(response: httpx.Response) -> int:
    number: int = response.json().get("ErrorCode", 200)
    return number


@pytest.mark.usefixtures("hook")
def test_a_delivery_event_per_recipient(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    id_ = sent(api, email, Cc="copy@example.org", Tag="welcome", Metadata={"n": 5})
    postmark.settle()
    events = receiver.payloads("Delivery")
    assert sorted(event["Recipient"] for event in events) == ["copy@example.org", "receiver@example.org"]
    assert {(event["MessageID"], event["Tag"], event["Metadata"]["n"], event["ServerID"]) for event in events} == {
        (id_, "welcome", "5", SERVER)
    }


@pytest.mark.usefixtures("hook")
def test_a_hard_bounce_suppresses_and_tells_twice(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    id_ = sent(api, email)
    number = postmark.bounce(id_)
    postmark.settle()
    [bounce] = receiver.payloads("Bounce")
    assert (bounce["ID"], bounce["Type"], bounce["TypeCode"], bounce["Inactive"]) == (number, "HardBounce", 1, True)
    assert (bounce["From"], bounce["Email"]) == ("sender@example.com", "receiver@example.org")
    [change] = receiver.payloads("SubscriptionChange")
    assert (change["MessageID"], change["SuppressSending"], change["SuppressionReason"]) == (id_, True, "HardBounce")
    receiver.requests.clear()
    answer = api.put(f"/bounces/{number}/activate").json()
    assert answer["Message"] == "OK"
    assert answer["Bounce"]["Inactive"] is False
    postmark.settle()
    [change] = receiver.payloads("SubscriptionChange")
    assert {
        name: change[name] for name in ("MessageID", "SuppressSending", "SuppressionReason", "Tag", "Metadata")
    } == {
        "MessageID": None,
        "SuppressSending": False,
        "SuppressionReason": None,
        "Tag": None,
        "Metadata": {},
    }
    assert code(api.put(f"/bounces/{number}/activate")) == 1003
    assert api.post("/email", json=email).status_code == 200


@pytest.mark.usefixtures("hook")
def test_a_complaint_cannot_be_reactivated(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    number = postmark.complain(sent(api, email))
    postmark.settle()
    [complaint] = receiver.payloads("SpamComplaint")
    assert (complaint["Type"], complaint["TypeCode"], complaint["CanActivate"]) == ("SpamComplaint", 100001, False)
    assert receiver.payloads("Bounce") == []
    assert code(api.put(f"/bounces/{number}/activate")) == 1003
    assert api.get("/stats/outbound/spam").json()["SpamComplaint"] == 1


def test_bounces_are_searched(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    first = sent(api, email, Tag="a")
    second = sent(api, email, To="second@example.net", MessageStream="broadcast")
    postmark.bounce(first, type="soft_bounce")
    postmark.bounce(second)

    def found(query: str) -> list[str]:
        answer = api.get(f"/bounces?count=10&offset=0&{query}").json()
        assert answer["TotalCount"] == len(answer["Bounces"])
        return [bounce["Email"] for bounce in answer["Bounces"]]

    assert found("") == ["receiver@example.org"]
    assert found("messagestream=broadcast") == ["second@example.net"]
    assert found("type=SoftBounce&inactive=false&tag=a&emailFilter=RECEIVER") == ["receiver@example.org"]
    assert found("inactive=True") == []
    assert found("emailFilter=%25") == []
    assert found(f"messageID={first}") == ["receiver@example.org"]
    assert code(api.get("/bounces?count=1&offset=0&type=Nonsense")) in {200, 1000}
    assert code(api.get("/bounces?count=1&offset=0&messagestream=none")) == 1226
    assert code(api.get("/bounces?count=1&offset=0&fromdate=yesterday")) == 1000
    assert code(api.get("/bounces/1")) == 1001
    stats = api.get("/deliverystats").json()
    assert stats["InactiveMails"] == 1
    assert stats["Bounces"][0] == {"Name": "All", "Count": 2}
    assert {row["Type"] for row in stats["Bounces"][1:]} == {"SoftBounce", "HardBounce"}


def test_dumps_are_kept_for_30_days(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    number = postmark.bounce(sent(api, email))
    assert "Hello there" in api.get(f"/bounces/{number}/dump").json()["Body"]
    assert "Content" in api.get(f"/bounces/{number}").json()
    postmark.advance(31 * 86_400)
    assert api.get(f"/bounces/{number}/dump").json() == {"Body": ""}
    assert api.get(f"/bounces/{number}").json()["DumpAvailable"] is False


@pytest.mark.usefixtures("hook")
def test_opens_and_clicks_come_from_the_rendered_mail(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    from postmark_sdk.emulator.control import reading

    id_ = sent(api, email, HtmlBody=HTML, TrackOpens=True, TrackLinks="HtmlAndText")
    html = reading.rendered_html(postmark.state, id_, None, postmark.base_url)
    click, pixel = (part.split('"')[0] for part in html.split(postmark.base_url)[1:])
    agent = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17) AppleWebKit/605"}
    for _ in range(2):
        assert api.get(pixel, headers=agent).headers["content-type"] == "image/gif"
        answer = api.get(click, headers=agent)
        assert (answer.status_code, answer.headers["location"]) == (302, LINK)
    postmark.settle()
    assert sorted(event["FirstOpen"] for event in receiver.payloads("Open")) == [False, True]
    [clicked] = receiver.payloads("Click")
    assert (clicked["OriginalLink"], clicked["ClickLocation"], clicked["Platform"]) == (LINK, "HTML", "Mobile")
    assert "ServerID" not in clicked
    assert api.get("/stats/outbound/clicks").json()["Clicks"] == 2
    assert api.get("/stats/outbound/clicks").json()["Unique"] == 1
    assert api.get(f"/messages/outbound/opens/{id_}?count=5&offset=0").json()["TotalCount"] == 1
    assert api.get("/messages/outbound/opens?count=5&offset=0&platform=mobile").json()["TotalCount"] == 2
    assert api.get("/messages/outbound/opens?count=5&offset=0&os_name=Windows").json()["TotalCount"] == 0
    types = [event["Type"] for event in api.get(f"/messages/outbound/{id_}/details").json()["MessageEvents"]]
    assert types == ["Delivered", "Opened", "LinkClicked", "Opened"]
    assert api.get(f"/_emulator/open/{id_}/stranger@example.org").status_code == 404


def test_untracked_mail_is_left_alone(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    from postmark_sdk.emulator.control import reading

    id_ = sent(api, email, HtmlBody=HTML)
    assert reading.rendered_html(postmark.state, id_, None, postmark.base_url) == HTML
    api.get(f"/_emulator/open/{id_}/receiver@example.org")
    assert api.get("/messages/outbound/opens?count=5&offset=0").json()["TotalCount"] == 0
    api.put("/server", json={"TrackOpens": True, "TrackLinks": "HtmlOnly"})
    id_ = sent(api, email, HtmlBody=HTML, TrackOpens=False)
    assert "/_emulator/open/" in reading.rendered_html(postmark.state, id_, None, postmark.base_url)


def test_requests_carry_trace_id_auth_and_own_headers(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    hook = {
        "Url": receiver.url("/in?token=t", user="user:p%40ss@"),
        "HttpHeaders": [{"Name": "X-Secret", "Value": "s"}],
        "Triggers": enable("Delivery"),
    }
    api.post("/webhooks", json=hook)
    receiver.requests.clear()
    receiver.statuses = [500]
    postmark.freeze_clock()
    sent(api, email)
    postmark.settle()
    postmark.advance(60)
    (path, first, payload), (_, second, again) = receiver.requests
    assert path == "/in?token=t"
    assert first["Authorization"] == "Basic " + base64.b64encode(b"user:p@ss").decode()
    assert first["X-Secret"] == "s"
    assert first["X-PM-Webhook-Trace-Id"] == second["X-PM-Webhook-Trace-Id"]
    assert (first["X-PM-Retries-Remaining"], second["X-PM-Retries-Remaining"]) == ("6", "5")
    assert payload == again


@pytest.mark.parametrize(
    ("status", "attempts"),
    [(200, 1), (204, 1), (404, 1), (403, 1), (422, 1), (408, 7), (429, 7), (500, 7), (503, 7)],
)
def test_outbound_events_are_repeated_on_schedule(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any], status: int, attempts: int
) -> None:
    api.post("/webhooks", json={"Url": receiver.url(), "Triggers": enable("Delivery")})
    receiver.requests.clear()
    receiver.statuses = [status] * 20
    postmark.freeze_clock()
    sent(api, email)
    postmark.settle()
    for minutes in (1, 5, 10, 10, 10, 15):
        before = len(receiver.requests)
        postmark.advance(60 * minutes - 1)
        assert len(receiver.requests) == before
        postmark.advance(1)
    postmark.advance(86_400)
    assert len(receiver.requests) == attempts
    [delivery] = postmark.deliveries()
    assert delivery["State"] == ("delivered" if status < 300 else "failed")
    assert [attempt["StatusCode"] for attempt in delivery["Attempts"]] == [status] * attempts


def test_one_advance_covers_several_repeats(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    api.post("/webhooks", json={"Url": receiver.url(), "Triggers": enable("Delivery")})
    receiver.requests.clear()
    receiver.statuses = [500, 500, 200]
    sent(api, email)
    postmark.advance(3600)
    assert len(receiver.requests) == 3


def test_redirects_are_followed_ten_times(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    api.post("/webhooks", json={"Url": receiver.url(), "Triggers": enable("Delivery")})
    receiver.requests.clear()
    receiver.redirect = "/next"
    receiver.statuses = [307, 308]
    sent(api, email)
    postmark.settle()
    assert [path for path, _headers, _body in receiver.requests] == ["/hook", "/next", "/next"]
    receiver.statuses = [307] * 100
    postmark.freeze_clock()
    sent(api, email)
    postmark.settle()
    [failed] = [each for each in postmark.deliveries() if each["State"] == "pending"]
    assert "redirects" in failed["Attempts"][0]["Error"]
    assert len(receiver.requests) == 3 + 11
    receiver.statuses = []
    postmark.advance(60)


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "[2001:db8::1]"])  # noqa: S104
def test_nothing_but_loopback_is_called(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any], host: str
) -> None:
    hook = {"Url": f"http://{host}:9/hook", "Triggers": enable("Delivery")}
    kept = api.post("/webhooks", json=hook).json()
    assert kept["Status"] == "unverified"
    assert api.put(f"/webhooks/{kept['ID']}", json=hook).json() == kept
    sent(api, email)
    assert postmark.deliveries() == []
    report = api.post(f"/webhooks/{kept['ID']}/verify").json()
    assert report["Success"] is False
    assert "--allow-webhook-host" in report["Results"][0]["Message"]
    assert api.get("/webhooks").json() == {"Webhooks": [kept]}


def test_a_webhook_that_fails_its_test_is_not_kept(api: httpx.Client, receiver: Any) -> None:
    receiver.statuses = [200, 204]
    answer = api.post("/webhooks", json={"Url": receiver.url(), "Triggers": enable("Bounce", "Delivery")})
    assert (answer.status_code, answer.headers["x-pm-apierrorcode"]) == (422, "1364")
    body = answer.json()
    assert list(body) == ["Id", "Url", "Success", "Results", "Message"]
    assert body["Message"] == "1/2 triggers verified successfully"
    assert {each["Message"] for each in body["Results"]} == {
        "OK",
        "Remote server returned an HTTP status code of 204.",
    }
    assert api.get("/webhooks").json() == {"Webhooks": []}


@pytest.mark.parametrize("query", [False, True])
def test_an_unverified_webhook_gets_nothing_until_it_is_verified(
    postmark: Emulator,
    api: httpx.Client,
    receiver: Any,
    email: dict[str, Any],
    query: bool,  # noqa: FBT001
) -> None:
    body: dict[str, Any] = {"Url": receiver.url(), "Triggers": enable("Delivery")}
    made = (
        api.post("/webhooks?verify=false", json=body)
        if query
        else api.post("/webhooks", json={**body, "Verify": False})
    ).json()
    assert made["Status"] == "unverified"
    sent(api, email)
    postmark.settle()
    assert receiver.requests == []
    receiver.statuses = [500]
    report = api.post(f"/webhooks/{made['ID']}/verify")
    assert (report.status_code, report.json()["Success"]) == (200, False)
    assert api.post(f"/webhooks/{made['ID']}/verify").json()["Success"] is True
    assert api.get(f"/webhooks/{made['ID']}").json()["Status"] == "verified"


def test_edits_merge_trigger_by_trigger(api: httpx.Client, receiver: Any) -> None:
    body = {
        "Url": receiver.url(),
        "Triggers": {**enable("Click"), "Bounce": {"Enabled": True, "IncludeContent": True}},
        "HttpHeaders": [{"Name": "A", "Value": "b"}],
        "HttpAuth": {"Username": "u", "Password": "p"},
    }
    made = api.post("/webhooks", json=body).json()
    change = {"Url": None, "Triggers": {"Click": {"Enabled": False}, "Open": None}, "HttpHeaders": None}
    edited = api.put(f"/webhooks/{made['ID']}", json=change).json()
    assert edited["Triggers"]["Click"] == {"Enabled": False}
    assert edited["Triggers"]["Bounce"] == {"Enabled": True, "IncludeContent": True}
    assert (edited["Url"], edited["HttpAuth"]) == (made["Url"], made["HttpAuth"])
    assert edited["HttpHeaders"] == made["HttpHeaders"]
    assert api.put(f"/webhooks/{made['ID']}", json={"HttpHeaders": []}).json()["HttpHeaders"] == []
    assert api.delete(f"/webhooks/{made['ID']}").json()["Message"] == f"Webhook {made['ID']} removed."
    unknown = api.delete(f"/webhooks/{made['ID']}").json()
    assert unknown == {"ErrorCode": 1352, "Message": "The webhook for the provided 'ID' was not found."}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"MessageStream": "inbound"}, 1351),
        ({"MessageStream": "none"}, 1226),
        ({"Url": None}, 1354),
        ({"Url": "ftp://127.0.0.1/"}, 1354),
        ({"Url": "http://[::1"}, 1354),
        ({"ID": 5}, 1356),
        ({"Status": "verified"}, 1363),
        ({"HttpHeaders": [{"Value": "x"}]}, 1358),
        ({"Triggers": {"Open": {"Enabled": "yes"}}}, 403),
    ],
)
def test_rules_of_webhooks(api: httpx.Client, receiver: Any, change: dict[str, Any], expected: int) -> None:
    assert code(api.post("/webhooks", json={"Url": receiver.url(), **change})) == expected


def test_more_rules_of_webhooks(api: httpx.Client, receiver: Any) -> None:
    assert code(api.post("/webhooks", json={})) == 1355
    made = [api.post("/webhooks", json={"Url": receiver.url()}).json() for _ in range(11)]
    assert made[-1]["ErrorCode"] == 1359
    assert code(api.put("/webhooks/1", json={"MessageStream": "broadcast"})) == 1357
    assert code(api.put("/webhooks/1", json={"ID": 2})) == 1357
    assert len(api.get("/webhooks?MessageStream=outbound").json()["Webhooks"]) == 10
    assert api.get("/webhooks?MessageStream=broadcast").json() == {"Webhooks": []}
    assert code(api.get("/webhooks?messageStream=none")) == 1226
    api.post("/message-streams", json={"ID": "own", "Name": "Own", "MessageStreamType": "Broadcasts"})
    api.post("/message-streams/own/archive")
    assert code(api.post("/webhooks", json={"Url": receiver.url(), "MessageStream": "own"})) == 1350


def test_hook_urls_of_old_still_work(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any]
) -> None:
    api.put(
        "/server",
        json={"DeliveryHookUrl": receiver.url("/old"), "OpenHookUrl": receiver.url("/old"), "PostFirstOpenOnly": True},
    )
    id_ = sent(api, email)
    postmark.open(id_)
    postmark.open(id_)
    postmark.settle()
    assert sorted(event["RecordType"] for event in receiver.payloads()) == ["Delivery", "Open"]


def test_live_style_leaves_empty_metadata_out(
    postmark: Emulator, api: httpx.Client, receiver: Any, hook: dict[str, Any], email: dict[str, Any]
) -> None:
    assert hook["Status"] == "verified"
    postmark.change_settings(live_style=True)
    sent(api, email)
    postmark.settle()
    [event] = receiver.payloads()
    assert "Metadata" not in event
    assert "." not in event["DeliveredAt"]
    assert event["Tag"] == ""


def test_statistics_of_a_webhook_count_its_attempts(
    postmark: Emulator, api: httpx.Client, receiver: Any, hook: dict[str, Any], email: dict[str, Any]
) -> None:
    receiver.statuses = [500]
    sent(api, email)
    postmark.advance(120)
    answer = api.get(f"/webhooks/{hook['ID']}/statistics").json()
    metrics = answer["Metrics"]
    assert (metrics["TotalRequests"], metrics["SuccessCount"], metrics["FailureCount"]) == (2, 1, 1)
    assert (metrics["RetryCount"], metrics["SuccessRate"]) == (1, 50)
    assert list(answer["MetricsByTrigger"]) == ["Delivery"]
    postmark.advance(86_400)
    assert api.get(f"/webhooks/{hook['ID']}/statistics").json()["MetricsByTrigger"] == {}


def answer(connection: socket.socket) -> None:
    """200 to whatever was asked."""
    with connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_an_attempt_from_before_a_reset_changes_nothing_made_after_it(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    record, recorded = Deliveries._record, threading.Event()

    def then_say_so(*given: Any) -> None:
        record(*given)
        recorded.set()

    def under_way() -> socket.socket:
        api.put("/server", json={"DeliveryHookUrl": f"http://127.0.0.1:{silent.getsockname()[1]}/"})
        sent(api, email)
        return silent.accept()[0]

    monkeypatch.setattr(Deliveries, "_record", then_say_so)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        before = under_way()
        postmark.reset()
        postmark.settle()
        after = under_way()
        revision = postmark.state.revision
        answer(before)
        assert recorded.wait(60)
        assert [(each["State"], each["Attempts"]) for each in postmark.deliveries()] == [("pending", [])]
        assert postmark.state.revision == revision
        answer(after)
        postmark.settle()
    assert [each["State"] for each in postmark.deliveries()] == ["delivered"]


def test_a_paused_trigger_gets_nothing_until_it_is_verified_and_the_others_go_on(
    postmark: Emulator, api: httpx.Client, receiver: Any, email: dict[str, Any], hook: dict[str, Any]
) -> None:
    def statuses() -> dict[str, str]:
        found: dict[str, str] = api.get(f"/webhooks/{hook['ID']}/statistics").json()["Statuses"]
        return found

    postmark.pause_webhook(hook["ID"], "Bounce")
    assert statuses() == {**dict.fromkeys(KINDS, "verified"), "Bounce": "unverified"}
    assert api.get(f"/webhooks/{hook['ID']}").json()["Status"] == "verified"
    postmark.bounce(sent(api, email), type="SoftBounce")
    postmark.settle()
    assert {each["RecordType"] for each in receiver.payloads()} == {"Delivery"}
    assert api.post(f"/webhooks/{hook['ID']}/verify").json()["Success"] is True
    assert statuses() == dict.fromkeys(KINDS, "verified")
    receiver.requests.clear()
    postmark.bounce(sent(api, email), type="SoftBounce")
    postmark.settle()
    assert {each["RecordType"] for each in receiver.payloads()} == {"Delivery", "Bounce"}


def test_a_check_that_one_trigger_fails_pauses_this_one(api: httpx.Client, receiver: Any, hook: dict[str, Any]) -> None:
    receiver.statuses = [500]
    report = api.post(f"/webhooks/{hook['ID']}/verify").json()
    assert report["Message"] == "5/6 triggers verified successfully"
    failed = {each["TriggerType"] for each in report["Results"] if not each["Success"]}
    found = api.get(f"/webhooks/{hook['ID']}/statistics").json()["Statuses"]
    assert {kind for kind, status in found.items() if status == "unverified"} == failed


def test_only_what_is_there_and_switched_on_is_paused(postmark: Emulator, api: httpx.Client, receiver: Any) -> None:
    made = api.post("/webhooks", json={"Url": receiver.url(), "Triggers": enable("Open")}).json()
    control = f"/_emulator/webhooks/{made['ID']}/pause"
    assert code(api.post(control, json={"trigger": "Bounce"})) == 1353
    assert code(api.post("/_emulator/webhooks/1/pause", json={"trigger": "Open"})) == 1352
    assert api.post(control, json={"trigger": "Open"}).status_code == 200
    assert api.get("/webhooks").json()["Webhooks"][0]["Status"] == "unverified"
    with pytest.raises(EmulatorError, match="'ID' was not found"):
        postmark.pause_webhook(1, "Open")


def test_a_slow_receiver_holds_up_no_other(receiver: Any, email: dict[str, Any]) -> None:
    full = threading.Event()

    class Requests(list[Any]):
        def append(self, request: Any) -> None:
            super().append(request)
            if len(self) == 100:
                full.set()

    receiver.requests = Requests()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as silent:
        # It is reached, and never says a word.
        urls = (f"http://127.0.0.1:{silent.getsockname()[1]}/", receiver.url())
        webhooks = [{"Url": url, "Triggers": enable("Delivery")} for url in urls]
        with Emulator(seed={"Servers": [{"Name": "Shop", "Webhooks": webhooks}]}) as postmark, client(postmark) as api:
            postmark.change_settings(webhook_timeout=60)
            api.post("/email/batch", json=[email] * 100)
            assert full.wait(30)
