"""``/email`` and ``/email/batch``: what is taken, what is refused, in which words."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator

NO_BODY = "Provide either email TextBody or HtmlBody or both."
INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: {}. Inactive "
    "recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def refusal(response: httpx.Response) -> tuple[int, int, str]:
    answer = response.json()
    assert response.headers["x-pm-apierrorcode"] == str(answer["ErrorCode"])
    return response.status_code, answer["ErrorCode"], answer["Message"]


def file(name: str = "a.txt", content: str = "aGVsbG8=") -> dict[str, str]:
    return {"Name": name, "Content": content, "ContentType": "text/plain"}


def test_an_accepted_message_answers_five_keys_in_order(api: httpx.Client, email: dict[str, Any]) -> None:
    answer = api.post("/email", json=email).json()
    assert list(answer) == ["To", "SubmittedAt", "MessageID", "ErrorCode", "Message"]
    assert answer["To"] == "receiver@example.org"
    assert answer["ErrorCode"] == 0
    assert answer["Message"] == "OK"
    assert UUID.fullmatch(answer["MessageID"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", answer["SubmittedAt"])


def test_without_to_the_answer_has_no_to(api: httpx.Client, email: dict[str, Any]) -> None:
    del email["To"]
    answer = api.post("/email", json={**email, "Cc": "copy@example.org"}).json()
    assert "To" not in answer
    assert answer["ErrorCode"] == 0


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"From": None}, 403, "Invalid request field(s): 'From'."),
        ({"From": ""}, 300, "Invalid 'From' value."),
        ({"From": "invalid@localhost"}, 300, "Invalid 'From' address: 'invalid@localhost'."),
        ({"To": "invalid@localhost"}, 300, "Invalid 'To' address: 'invalid@localhost'."),
        ({"To": None}, 300, "Zero recipients specified"),
        ({"To": "  , "}, 300, "Zero recipients specified"),
        ({"To": "x"}, 300, "Error parsing 'To': Illegal email address 'x'. It must contain the '@' symbol."),
        ({"Cc": "user@+"}, 300, "Error parsing 'Cc': Illegal email domain '+' in address 'user@+'."),
        (
            {"ReplyTo": "nobody"},
            300,
            "Error parsing 'Reply-To': Illegal email address 'nobody'. It must contain the '@' symbol.",
        ),
        ({"TextBody": None}, 300, NO_BODY),
        ({"TextBody": ""}, 300, NO_BODY),
        ({"Metadata": []}, 403, "Invalid request field(s): $.Metadata"),
        ({"To": 5}, 403, "Invalid request field(s): $.To"),
        ({"TrackOpens": "yes"}, 403, "Invalid request field(s): $.TrackOpens"),
        ({"TrackLinks": "Sometimes"}, 403, "Invalid request field(s): 'TrackLinks'."),
        ({"Headers": [{"Name": "X-A"}]}, 403, "Invalid request field(s): 'Headers[0].Value'."),
        ({"Attachments": [file("virus.EXE")]}, 411, "Attachment file type not allowed."),
        (
            {"MessageStream": "unknown-stream"},
            1235,
            "The stream provided: 'unknown-stream' does not exist on this server.",
        ),
    ],
)
def test_a_wrong_message_is_refused_in_postmarks_words(
    api: httpx.Client, email: dict[str, Any], change: dict[str, Any], code: int, text: str
) -> None:
    assert refusal(api.post("/email", json={**email, **change})) == (422, code, text)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"From": "a" * 250 + "@example.com"}, 300),
        ({"To": ",".join(f"r{number}@example.org" for number in range(51))}, 300),
        ({"To": "ü@example.org"}, 300),
        ({"Subject": "x" * 2001}, 300),
        ({"Subject": "\U0001f600" * 1001}, 300),
        ({"Tag": "x" * 1001}, 300),
        ({"Metadata": {"k" * 21: "v"}}, 300),
        ({"Metadata": {"k": "v" * 81}}, 300),
        ({"Metadata": {str(number): "v" for number in range(11)}}, 300),
        ({"Metadata": {"key": "a", "KEY": "b"}}, 300),
        ({"TextBody": "x" * (5 * 1024 * 1024 + 1)}, 300),
        ({"Attachments": [file(content="not base64!")]}, 300),
        ({"Headers": [{"Name": "X A", "Value": "b"}]}, 300),
        ({"Headers": [{"Name": "X-A", "Value": "b\r\nX-B: c"}]}, 300),
        ({"MessageStream": "inbound"}, 1236),
    ],
)
def test_limits(api: httpx.Client, email: dict[str, Any], change: dict[str, Any], code: int) -> None:
    assert refusal(api.post("/email", json={**email, **change}))[:2] == (422, code)


@pytest.mark.parametrize(
    "change",
    [
        {"To": ",".join(f"r{number}@example.org" for number in range(50))},
        {"Subject": "x" * 2000},
        {"Tag": "x" * 1000},
        {"Metadata": {f"{number:020}": "v" * 80 for number in range(10)}},
        {"To": '"Last, First" <receiver@example.org>, Other <other@example.org>'},
        {"To": "receiver@bücher.example"},
        {"TrackLinks": "htmlonly", "Cc": None, "Attachments": None, "Metadata": None},
        {"Metadata": {"number": 5}},
        {"Unknown": {"deep": [1, 2]}},
    ],
)
def test_what_just_fits_is_taken(api: httpx.Client, email: dict[str, Any], change: dict[str, Any]) -> None:
    assert api.post("/email", json={**email, **change}).status_code == 200


def test_names_are_read_without_regard_to_case(postmark: Emulator, api: httpx.Client) -> None:
    body = {"from": "a@example.com", "TO": "b@example.org", "textbody": "x", "metaData": {"Key": "Value"}}
    assert api.post("/EMAIL/", json=body).status_code == 200
    assert postmark.sent()[0].metadata == {"Key": "Value"}


def test_strict_mode_names_unknown_fields(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.change_settings(strict=True)
    answer = refusal(api.post("/email", json={**email, "Subjekt": "x"}))
    assert answer == (422, 403, "Invalid request field(s): $.Subjekt")


def test_what_was_sent_can_be_read_back(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    pdf = base64.b64encode(b"%PDF").decode()
    message = {
        **email,
        "Cc": "Copy <copy@example.org>",
        "Bcc": "hidden@example.org",
        "ReplyTo": "answers@example.com",
        "HtmlBody": "<p>Hello</p>",
        "Tag": "welcome",
        "Metadata": {"order": "1"},
        "Headers": [{"Name": "X-Own", "Value": "yes"}],
        "Attachments": [{"Name": "a.pdf", "Content": pdf, "ContentType": "application/pdf", "ContentID": "cid:a"}],
        "TrackOpens": True,
    }
    sent_id = api.post("/email", json=message).json()["MessageID"]
    found = api.get(f"/messages/outbound/{sent_id}/details").json()
    assert found["To"] == [{"Email": "receiver@example.org", "Name": ""}]
    assert found["Cc"] == [{"Email": "copy@example.org", "Name": "Copy"}]
    assert found["Bcc"] == [{"Email": "hidden@example.org", "Name": ""}]
    assert found["Recipients"] == ["receiver@example.org", "copy@example.org", "hidden@example.org"]
    assert found["From"] == '"Sender" <sender@example.com>'
    assert found["Attachments"] == ["a.pdf"]
    assert found["Metadata"] == {"order": "1"}
    assert (found["Status"], found["TrackOpens"], found["TrackLinks"]) == ("Sent", True, "None")
    assert "X-Own: yes" in found["Body"]
    assert "hidden@example.org" not in found["Body"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}-0[45]:00", found["ReceivedAt"])
    assert [event["Type"] for event in found["MessageEvents"]] == ["Delivered"] * 3
    [sent] = postmark.sent()
    assert sent.attachments[0].content == b"%PDF"
    assert sent.headers == [("X-Own", "yes")]
    assert sent.reply_to == "answers@example.com"


def test_the_test_token_checks_and_keeps_nothing(
    postmark: Emulator, test_api: httpx.Client, email: dict[str, Any]
) -> None:
    answer = test_api.post("/email", json={**email, "From": "from@example.com"}).json()
    assert answer["Message"] == "Test job accepted"
    assert UUID.fullmatch(answer["MessageID"])
    batch = test_api.post("/email/batch", json=[email, {**email, "From": "webmaster@localhost"}]).json()
    assert [each["ErrorCode"] for each in batch] == [0, 300]
    assert postmark.sent() == []
    assert refusal(test_api.get("/server"))[1] == 10
    templated = {"From": email["From"], "To": email["To"], "TemplateId": 1}
    models: list[dict[str, str] | None] = [None, {}]
    for model in models:
        given = {**templated, "TemplateModel": model}
        assert refusal(test_api.post("/email/withTemplate", json=given))[1] == 1101
        [item] = test_api.post("/email/batchWithTemplates", json={"Messages": [given]}).json()
        assert item["ErrorCode"] == 1101


def test_a_batch_answers_item_by_item(api: httpx.Client, email: dict[str, Any]) -> None:
    answer = api.post("/email/batch", json=[email, {**email, "To": None}, {"To": "a@example.org"}, email])
    assert answer.status_code == 200
    first, second, third, fourth = answer.json()
    assert first["ErrorCode"] == fourth["ErrorCode"] == 0
    assert second == {"ErrorCode": 300, "Message": "Zero recipients specified"}
    assert third == {"ErrorCode": 403, "Message": "Invalid request field(s): 'From'."}


def test_a_batch_is_refused_as_a_whole(api: httpx.Client, email: dict[str, Any]) -> None:
    too_many = refusal(api.post("/email/batch", json=[email] * 501))
    assert too_many == (422, 410, "You may only send up to 500 messages in a single batched request.")
    assert refusal(api.post("/email/batch", json=[email, {**email, "To": 5}]))[:2] == (422, 403)
    assert refusal(api.post("/email/batch", json=[]))[:2] == (422, 403)
    assert refusal(api.post("/email/batch", json={"Messages": [email]}))[:2] == (422, 403)
    assert api.get("/messages/outbound?count=1&offset=0").json()["TotalCount"] == 0


def test_a_batch_of_500_is_taken(api: httpx.Client, email: dict[str, Any]) -> None:
    answer = api.post("/email/batch", json=[email] * 500)
    assert [each["ErrorCode"] for each in answer.json()] == [0] * 500


def test_all_recipients_suppressed_is_an_error(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.suppress("receiver@example.org")
    postmark.suppress("other@example.org", reason="HardBounce")
    answer = api.post("/email", json={**email, "To": "Receiver@Example.org", "Cc": "X <other@example.org>"})
    assert refusal(answer) == (422, 406, INACTIVE.format("receiver@example.org, other@example.org"))
    assert api.post("/email", json={**email, "MessageStream": "broadcast"}).status_code == 200


def test_some_recipients_suppressed_is_a_success(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.suppress("gone@example.org")
    answer = api.post("/email", json={**email, "Bcc": "gone@example.org"}).json()
    assert answer["ErrorCode"] == 0
    assert answer["Message"] == (
        "Message OK, but will not deliver to these inactive addresses: gone@example.org. Inactive recipients are ones "
        "that have generated a hard bounce or a spam complaint."
    )
    events = api.get(f"/messages/outbound/{answer['MessageID']}/details").json()["MessageEvents"]
    assert [event["Recipient"] for event in events] == ["receiver@example.org"]


@pytest.mark.parametrize(
    ("name", "type_", "suppressed"),
    [
        ("HardBounce", "HardBounce", True),
        ("softbounce", "SoftBounce", False),
        ("bad_email_address", "BadEmailAddress", True),
        ("SpamComplaint", "HardBounce", True),
        ("whatever", "HardBounce", True),
        ("Transient", "Transient", False),
    ],
)
def test_fake_bounces(api: httpx.Client, email: dict[str, Any], name: str, type_: str, suppressed: bool) -> None:  # noqa: FBT001
    for message in (
        {**email, "To": f"{name}@bounce-testing.postmarkapp.com"},
        {**email, "Headers": [{"Name": "X-PM-Bounce-Type", "Value": name}]},
    ):
        sent = api.post("/email", json=message).json()
        assert sent["Message"] == "OK"
        [bounce] = api.get(f"/bounces?count=9&offset=0&messageID={sent['MessageID']}").json()["Bounces"]
        assert bounce["Type"] == type_
        assert bounce["ID"] > 2**31
        assert bounce["Inactive"] is suppressed
        again = api.post("/email", json={**message, "Headers": None}).json()
        assert again["ErrorCode"] == (406 if suppressed else 0)
    assert api.get("/stats/outbound").json()["BounceRate"] == 0


def test_senders_are_checked_when_asked_for(
    postmark: Emulator, api: httpx.Client, account: httpx.Client, email: dict[str, Any]
) -> None:
    postmark.change_settings(check_senders=True)
    assert refusal(api.post("/email", json={**email, "From": "probe@elsewhere.org"})) == (
        422,
        400,
        (
            "The 'From' address you supplied (probe@elsewhere.org) is not a Sender Signature on your account. Please "
            "add and confirm this address in order to be able to use it in the 'From' field of your messages."
        ),
    )
    account.post("/senders", json={"FromEmail": "sender@example.com", "Name": "Sender"})
    assert refusal(api.post("/email", json=email))[1] == 401
    postmark.confirm("sender@example.com")
    assert api.post("/email", json=email).status_code == 200
    domain = account.post("/domains", json={"Name": "elsewhere.org"}).json()["ID"]
    account.put(f"/domains/{domain}/verifyDkim")
    assert api.post("/email", json={**email, "From": "probe@elsewhere.org"}).status_code == 200


def test_what_the_account_may_do(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.change_settings(pending_approval=True)
    answer = refusal(api.post("/email", json={**email, "From": "x@a.com", "To": "y@b.com, z@a.com"}))
    assert answer == (
        422,
        412,
        (
            "While your account is pending approval, all recipient addresses must share the same domain as the 'From' "
            "address. The domain of the 'From' address is 'a.com', but you are attempting to send email to the "
            "following domain(s): 'b.com'."
        ),
    )
    postmark.change_settings(pending_approval=False, may_send=False)
    assert refusal(api.post("/email", json=email))[1] == 413


def test_a_sandbox_server_marks_its_messages(postmark: Emulator, email: dict[str, Any]) -> None:
    token = postmark.add_server("Sandbox", sandbox=True)
    headers = {"X-Postmark-Server-Token": token, "Accept": "application/json"}
    with httpx.Client(base_url=postmark.base_url, headers=headers, trust_env=False, timeout=60) as api:
        sent = api.post("/email", json=email).json()["MessageID"]
        assert api.get(f"/messages/outbound/{sent}/details").json()["Sandboxed"] is True


def test_servers_do_not_see_each_other(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    sent = api.post("/email", json=email).json()["MessageID"]
    headers = {"X-Postmark-Server-Token": postmark.add_server("Other"), "Accept": "application/json"}
    with httpx.Client(base_url=postmark.base_url, headers=headers, trust_env=False, timeout=60) as other:
        assert refusal(other.get(f"/messages/outbound/{sent}/details")) == (422, 701, "This message was not found.")
        assert other.get("/messages/outbound?count=1&offset=0").json() == {"TotalCount": 0, "Messages": []}


def test_too_large_is_413(api: httpx.Client, email: dict[str, Any]) -> None:
    big = {**email, "Attachments": [file(content="eHh4" * (11 * 1024 * 1024 // 4))]}
    assert api.post("/email", json=big).status_code == 413
    [item, other] = api.post("/email/batch", json=[big, email]).json()
    assert item["ErrorCode"] == 413
    assert other["ErrorCode"] == 0
    assert api.post("/email/batch", content=b"[" + b" " * (51 * 1024 * 1024) + b"]").status_code == 413


def test_refused_requests_are_kept_with_their_answer(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any]
) -> None:
    api.post("/email", json={**email, "To": ""})
    api.post("/email/batch", json=[email, {**email, "From": "x"}])
    item, single = postmark.refusals()
    assert single["ErrorCode"] == 300
    assert json.loads(single["Request"]) == {**email, "To": ""}
    assert single["Answer"] == {"ErrorCode": 300, "Message": "Zero recipients specified"}
    assert (item["Index"], json.loads(item["Request"])["From"]) == (1, "x")


def test_a_delay_is_an_event_of_its_own(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    sent = api.post("/email", json={**email, "To": "transient@bounce-testing.postmarkapp.com"}).json()
    assert postmark.sent()[0].events == ["Transient"]
    (event,) = api.get(f"/messages/outbound/{sent['MessageID']}/details").json()["MessageEvents"]
    assert event["Details"].keys() == {"DeliveryMessage", "DestinationServer", "DestinationIP"}
    (bounce,) = api.get("/bounces", params={"count": 1, "offset": 0}).json()["Bounces"]
    assert bounce["Type"] == "Transient"
    assert bounce["Details"] == event["Details"]["DeliveryMessage"]
    assert bounce["Details"].startswith("smtp;451 ")


@pytest.mark.parametrize("name", ["setup.EXE", "setup.exe ", "a.b.bat"])
def test_forbidden_files_are_refused_however_they_are_spelt(
    api: httpx.Client, email: dict[str, Any], name: str
) -> None:
    attachment = {"Name": name, "Content": "eA==", "ContentType": "application/octet-stream"}
    answer = refusal(api.post("/email", json={**email, "Attachments": [attachment]}))
    assert answer == (422, 411, "Attachment file type not allowed.")


@pytest.mark.parametrize(
    "name",
    [
        "Date",
        "reply-to",
        "RECEIVED",
        "Return-Path",
        "Sender",
        "Content-Type",
        "From",
        "To",
        "Cc",
        "Bcc",
        "Subject",
        "DKIM-Signature",
    ],
)
def test_headers_that_are_not_the_callers_are_refused_on_every_way(
    api: httpx.Client, email: dict[str, Any], name: str
) -> None:
    headers = [{"Name": "X-Own", "Value": "1"}, {"Name": name, "Value": "x@example.com"}]
    expected = {"ErrorCode": 300, "Message": f"Header '{name}' not allowed."}
    assert api.post("/email", json={**email, "Headers": headers}).json() == expected
    assert api.post("/email/batch", json=[email, {**email, "Headers": headers}]).json()[1] == expected
    templated = {**email, "TemplateAlias": "welcome", "TemplateModel": {}, "Subject": None, "TextBody": None}
    assert api.post("/email/withTemplate", json={**templated, "Headers": headers}).json() == expected
    bulk = {"From": email["From"], "TextBody": "x", "Headers": headers, "Messages": [{"To": "b@example.org"}]}
    assert api.post("/email/bulk", json=bulk).json()["ErrorCode"] == 300


@pytest.mark.parametrize(
    "name", ["Message-ID", "In-Reply-To", "References", "List-Unsubscribe", "X-Date", "Importance"]
)
def test_other_headers_are_taken(postmark: Emulator, api: httpx.Client, email: dict[str, Any], name: str) -> None:
    answer = api.post("/email", json={**email, "Headers": [{"Name": name, "Value": "<a@example.com>"}]})
    assert answer.status_code == 200
    assert postmark.sent()[0].headers == [(name, "<a@example.com>")]


@pytest.mark.parametrize("content", ["", " \n", "===="])
def test_an_empty_file_costs_the_whole_mail(api: httpx.Client, email: dict[str, Any], content: str) -> None:
    answer = api.post("/email", json={**email, "Attachments": [file(), file("empty.txt", content)]})
    assert answer.status_code == 422
    assert answer.json()["Message"] in {
        "Zero-sized attachments not allowed.",
        "The content of attachment 'empty.txt' is not valid base64.",
    }


def test_words_that_mean_nothing_are_not_given(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    attachment = {**file(), "ContentLength": 5, "Disposition": "attachment"}
    answer = api.post("/email", json={**email, "TrackLinks": "", "Attachments": [attachment]})
    assert answer.status_code == 200
    assert postmark.sent()[0].track_links == "None"
    assert api.post("/email", json={**email, "TrackLinks": "Some"}).json()["ErrorCode"] == 403
