"""Bulk requests: validated as a whole, released on the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator


@pytest.fixture
def bulk() -> dict[str, Any]:
    return {
        "From": "sender@example.com",
        "Subject": "Hello {{name}}",
        "TextBody": "Dear {{name}}",
        "Metadata": {"common": "1", "both": "common"},
        "Headers": [{"Name": "X-Common", "Value": "1"}],
        "Messages": [
            {"To": "a@example.org", "TemplateModel": {"name": "A"}, "Metadata": {"both": "own"}},
            {"Cc": "b@example.org", "Headers": [{"Name": "x-common", "Value": "2"}]},
        ],
    }


def test_a_request_progresses_on_the_clock(postmark: Emulator, api: httpx.Client, bulk: dict[str, Any]) -> None:
    postmark.freeze_clock()
    bulk["Messages"] = [{"To": f"r{number}@example.org"} for number in range(500)]
    made = api.post("/email/bulk", json=bulk).json()
    assert (made["Status"], made["TotalMessages"], made["PercentageCompleted"]) == ("Accepted", 500, 0)
    path = f"/email/bulk/{made['Id'].upper()}"
    postmark.advance(0.5)
    assert (api.get(path).json()["Status"], api.get(path).json()["PercentageCompleted"]) == ("Processing", 40)
    postmark.advance(1)
    done = api.get(path).json()
    assert (done["Status"], done["ReleasedCount"], done["FailedCount"]) == ("Completed", 500, 0)
    assert done["Subject"] == "Hello {{name}}"


def test_common_parts_are_overridden_by_each_message(
    postmark: Emulator, api: httpx.Client, bulk: dict[str, Any]
) -> None:
    api.post("/email/bulk", json=bulk)
    postmark.advance(10)
    first, second = postmark.sent(stream="broadcast")
    assert (first.subject, first.text_body) == ("Hello A", "Dear A")
    assert first.metadata == {"common": "1", "both": "own"}
    assert second.headers == [("x-common", "2")]
    assert second.recipients == ["b@example.org"]


def test_failures_are_counted_not_raised(postmark: Emulator, api: httpx.Client, bulk: dict[str, Any]) -> None:
    postmark.suppress("a@example.org", stream="broadcast")
    bulk["TextBody"] = "{{#each name}}x{{/each}}"
    bulk["Messages"].append({"To": "c@example.org", "TemplateModel": {"name": "no list"}})
    bulk["Messages"].append({"To": "d@example.org", "TemplateModel": {"name": ["a", "b"]}})
    made = api.post("/email/bulk", json=bulk).json()
    postmark.advance(10)
    found = api.get(f"/email/bulk/{made['Id']}").json()
    assert (found["ReleasedCount"], found["FailedCount"]) == (1, 3)


def test_stored_templates_work_too(postmark: Emulator, api: httpx.Client) -> None:
    body = {
        "From": "sender@example.com",
        "TemplateAlias": "welcome",
        "TemplateId": None,
        "Messages": [{"To": "a@example.org", "TemplateModel": {"name": "A"}}],
    }
    assert api.post("/email/bulk", json=body).status_code == 200
    postmark.advance(10)
    assert postmark.sent()[0].subject == "Welcome to , A!"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MessageStream": "none"}, 1226),
        ({"MessageStream": "inbound"}, 1236),
        ({"From": None}, 403),
        ({"From": "x"}, 300),
        ({"TextBody": None}, 300),
        ({"TemplateAlias": "none"}, 1101),
        ({"Messages": []}, 300),
        ({"Messages": None}, 300),
        ({"Messages": [{"TemplateModel": {}}]}, 300),
        ({"TextBody": "{{#each}}"}, 1122),
        ({"Messages": {}}, 403),
    ],
)
def test_one_problem_keeps_its_code(api: httpx.Client, bulk: dict[str, Any], change: dict[str, Any], code: int) -> None:
    answer = api.post("/email/bulk", json={**bulk, **change})
    assert (answer.status_code, answer.json()["ErrorCode"]) == (422, code)


def test_several_problems_become_code_11(api: httpx.Client, bulk: dict[str, Any]) -> None:
    answer = api.post("/email/bulk", json={**bulk, "From": "x", "Messages": [{"To": "y"}, {"To": "z@example.org"}]})
    body = answer.json()
    assert (answer.status_code, body["ErrorCode"]) == (422, 11)
    assert body["Message"] == "Multiple errors occurred. Inspect the Errors property for more information."
    assert list(body["Errors"]) == ["From", "Messages[0]"]
    assert body["Errors"]["From"][0]["ErrorCode"] == 300


def test_requests_are_listed_page_by_page(api: httpx.Client, bulk: dict[str, Any]) -> None:
    ids = [api.post("/email/bulk", json=bulk).json()["Id"] for _ in range(5)]
    first = api.get("/email/bulk?count=2").json()
    second = api.get("/email/bulk", params={"count": 2, "paginationKey": first["PaginationKey"]}).json()
    third = api.get("/email/bulk", params={"count": 2, "paginationKey": second["PaginationKey"]}).json()
    assert "PaginationKey" not in third
    assert [each["Id"] for page in (first, second, third) for each in page["Requests"]] == ids[::-1]
    for key in ("x", "YnVsazp4", "YnVsazow", "ü"):
        answer = api.get("/email/bulk", params={"paginationKey": key})
        assert (answer.status_code, answer.json()["ErrorCode"]) == (422, 13)


def test_unknown_requests_are_404(api: httpx.Client) -> None:
    answer = api.get("/email/bulk/00000000-0000-0000-0000-000000000000")
    assert (answer.status_code, answer.json()["ErrorCode"]) == (404, 12)


def test_the_account_has_to_be_approved(postmark: Emulator, api: httpx.Client, bulk: dict[str, Any]) -> None:
    postmark.change_settings(bulk_approved=False)
    for answer in (api.post("/email/bulk", json=bulk), api.get("/email/bulk"), api.get("/email/bulk/x")):
        assert answer.status_code == 422
        assert answer.json() == {
            "ErrorCode": 14,
            "Message": "This endpoint requires approval to access. Contact support to use the Bulk API "
            "postmarkapp.com/contact",
        }
