"""Templates over HTTP; the language itself has its own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.client import SERVER

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator

NO_ID = "The 'TemplateId' associated with this request is not valid or was not found."
NO_ALIAS = "The Template's 'Alias' associated with this request is not valid or was not found."


def code(response: httpx.Response) -> int:
    assert response.status_code in {404, 422}, response.text
    number: int = response.json()["ErrorCode"]
    return number


def create(api: httpx.Client, **fields: Any) -> int:
    answer = api.post("/templates", json={"Name": "Greeting", "Subject": "Hi", "TextBody": "Hi", **fields})
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["TemplateId"]
    return number


def send(api: httpx.Client, **fields: Any) -> httpx.Response:
    message = {"From": "a@example.com", "To": "b@example.org", "TemplateModel": {}, **fields}
    return api.post("/email/withTemplate", json=message)


def test_a_template_is_kept_and_sent(postmark: Emulator, api: httpx.Client) -> None:
    number = create(api, Alias="greeting", Subject="Hi {{name}}", HtmlBody="<b>{{name}}</b>", TextBody="{{{name}}}")
    assert api.get("/templates/greeting").json() == api.get(f"/templates/{number}").json()
    answer = send(api, TemplateId=number, TemplateModel={"name": "A & B"}, InlineCss=False)
    assert answer.json()["Message"] == "OK"
    [sent] = postmark.sent()
    assert (sent.subject, sent.html_body, sent.text_body) == ("Hi A & B", "<b>A &amp; B</b>", "A & B")
    assert (sent.template_id, sent.template_model) == (number, {"name": "A & B"})


def test_the_id_wins_over_the_alias(postmark: Emulator, api: httpx.Client) -> None:
    first, _ = create(api, Alias="first", TextBody="first"), create(api, Alias="second", TextBody="second")
    assert send(api, TemplateId=first, TemplateAlias="second").status_code == 200
    assert postmark.sent()[0].text_body == "first"


def test_layouts_surround_templates(postmark: Emulator, api: httpx.Client) -> None:
    layout = {"Name": "L", "Alias": "l", "TemplateType": "Layout", "TextBody": "header {{{ @content }}} footer {{x}}"}
    assert api.post("/templates", json=layout).json()["TemplateType"] == "Layout"
    create(api, Alias="inner", TextBody="body {{x}}", LayoutTemplate="l")
    assert send(api, TemplateAlias="inner", TemplateModel={"x": 1}).status_code == 200
    assert postmark.sent()[0].text_body == "header body 1 footer 1"
    assert code(api.delete("/templates/l")) == 1130
    assert code(send(api, TemplateAlias="l")) == 1101
    assert api.put("/templates/inner", json={"LayoutTemplate": None}).json()["LayoutTemplate"] == "l"
    assert api.put("/templates/l", json={"Alias": "renamed"}).json()["Alias"] == "renamed"
    assert api.get("/templates/inner").json()["LayoutTemplate"] == "renamed"
    assert api.put("/templates/inner", json={"LayoutTemplate": ""}).json()["LayoutTemplate"] is None
    assert api.delete("/templates/renamed").status_code == 200


def test_a_layout_without_alias_gets_one(api: httpx.Client) -> None:
    layout = {"Name": "L", "TemplateType": "Layout", "HtmlBody": "{{{@content}}}"}
    assert api.post("/templates", json=layout).json()["Alias"]


def test_a_deleted_template_is_still_read_but_neither_listed_nor_sent(api: httpx.Client) -> None:
    number = create(api, Alias="gone")
    before = api.get("/templates?count=100&offset=0").json()["TotalCount"]
    assert api.delete("/templates/gone").json() == {"ErrorCode": 0, "Message": f"Template {number} removed."}
    assert api.get(f"/templates/{number}").json()["Active"] is False
    assert api.get("/templates?count=100&offset=0").json()["TotalCount"] == before - 1
    answer = send(api, TemplateId=number)
    assert (answer.status_code, answer.json()) == (422, {"ErrorCode": 1101, "Message": NO_ID})
    assert send(api, TemplateAlias="gone").json() == {"ErrorCode": 1101, "Message": NO_ALIAS}


def test_edits_are_partial(api: httpx.Client) -> None:
    number = create(api, Alias="part", Subject="S", HtmlBody="H")
    answer = api.put(f"/templates/{number}", json={"Name": "New", "Subject": None, "TextBody": None}).json()
    assert answer["Name"] == "New"
    found = api.get(f"/templates/{number}").json()
    assert (found["Subject"], found["HtmlBody"], found["TextBody"], found["Alias"]) == ("S", "H", "Hi", "part")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 1109),
        ({"Subject": "S", "TextBody": "T"}, 1120),
        ({"Name": "N", "TextBody": "T"}, 1120),
        ({"Name": "N", "Subject": "S"}, 1120),
        ({"Name": "N", "Subject": "S", "TextBody": "T", "TemplateType": "Other"}, 1122),
        ({"Name": "N", "Subject": "S", "TextBody": "T", "Alias": "1st"}, 1122),
        ({"Name": "N", "Subject": "S", "TextBody": "T", "Alias": ""}, 1122),
        ({"Name": "N", "Subject": "S", "TextBody": "T", "Alias": "welcome"}, 1122),
        ({"Name": "N", "Subject": "S", "TextBody": "{{#each}}"}, 1122),
        ({"Name": "N", "Subject": "S", "TextBody": "T", "LayoutTemplate": "none"}, 1101),
        ({"Name": "N", "Subject": "S", "HtmlBody": "{{{@content}}}", "TemplateType": "Layout"}, 1123),
        ({"Name": "N", "HtmlBody": "none", "TemplateType": "Layout"}, 1131),
        ({"Name": "N", "HtmlBody": "{{{@content}}}", "TextBody": "", "TemplateType": "Layout"}, 200),
        ({"Name": "N", "HtmlBody": "{{{@content}}}{{{ @content }}}", "TemplateType": "Layout"}, 1131),
        ({"Name": 5}, 403),
    ],
)
def test_rules_of_creation(api: httpx.Client, body: dict[str, Any], expected: int) -> None:
    answer = api.post("/templates", json=body)
    assert answer.json().get("ErrorCode", 200) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"TemplateId": None}, 1101),
        ({"TemplateId": 999}, 1101),
        ({"TemplateId": 10**30}, 1101),
        ({"TemplateId": 1}, 1101),
        ({"TemplateAlias": "none", "TemplateId": None}, 1101),
        ({"TemplateAlias": "none", "TemplateId": None, "TemplateModel": None}, 1101),
        ({"TemplateId": "1"}, 1101),
        ({"TemplateId": "9" * 5000}, 403),
        ({"TemplateId": "x"}, 403),
        ({"TemplateId": str(SERVER + 2)}, 0),
        ({"TrackLinks": ""}, 0),
        ({"TemplateModel": None}, 1120),
        ({"TemplateModel": []}, 403),
        ({"Subject": "S"}, 1123),
        ({"HtmlBody": "S"}, 1123),
        ({"TemplateModel": {"pm:unsubscribe": "x"}}, 1122),
        ({"TemplateModel": {"items": "not a list"}}, 1122),
        ({"TemplateModel": {"items": [{"description": "D", "amount": 1.50}]}, "Subject": None}, 0),
    ],
)
def test_rules_of_sending(api: httpx.Client, change: dict[str, Any], expected: int) -> None:
    assert send(api, **{"TemplateId": SERVER + 2, **change}).json()["ErrorCode"] == expected


def test_a_templated_batch_answers_item_by_item(api: httpx.Client) -> None:
    good = {"From": "a@example.com", "To": "b@example.org", "TemplateAlias": "welcome", "TemplateModel": {}}
    answer = api.post("/email/batchWithTemplates", json={"Messages": [good, {**good, "TemplateAlias": "none"}, good]})
    assert [each["ErrorCode"] for each in answer.json()] == [0, 1101, 0]
    assert answer.json()[1] == {"ErrorCode": 1101, "Message": NO_ALIAS}
    assert code(api.post("/email/batchWithTemplates", json={"messages": [good] * 501})) == 410
    assert code(api.post("/email/batchWithTemplates", json=[good])) == 403
    assert code(api.post("/email/batchWithTemplates", json={})) == 403


def test_lists_filter_by_type_and_layout(api: httpx.Client) -> None:
    def names(query: str) -> list[str]:
        answer = api.get(f"/templates?Count=100&Offset=0{query}").json()
        assert answer["TotalCount"] == len(answer["Templates"])
        return [template["Alias"] for template in answer["Templates"]]

    assert names("") == ["welcome", "receipt", "basic-layout"]
    assert names("&TemplateType=layout") == ["basic-layout"]
    assert names("&templatetype=Standard") == ["welcome", "receipt"]
    assert names("&LayoutTemplate=basic-layout") == ["welcome"]
    assert code(api.get("/templates?count=1&offset=0&templateType=None")) == 1100
    assert len(api.get("/templates?count=1&offset=1").json()["Templates"]) == 1


def test_a_server_holds_100_templates(api: httpx.Client) -> None:
    for number in range(97):
        create(api, Name=str(number))
    assert code(api.post("/templates", json={"Name": "N", "Subject": "S", "TextBody": "T"})) == 1105


def test_validate_answers_200_whatever_it_finds(api: httpx.Client) -> None:
    body = {"Subject": "{{#each l}}{{n}}{{/each}}", "HtmlBody": "{{name}}", "TextBody": "l1\nl2 {{a-b}}"}
    answer = api.post("/templates/validate", json=body).json()
    assert answer["AllContentIsValid"] is False
    assert answer["TextBody"]["ValidationErrors"][0]["Line"] == 2
    assert answer["TextBody"]["RenderedContent"] is None
    assert answer["SuggestedTemplateModel"] is None
    valid = api.post("/templates/validate", json={"HtmlBody": "{{MyName}}"}).json()
    assert valid["Subject"] is None
    assert valid["HtmlBody"]["RenderedContent"] == "<html><head></head><body>MyName_Value</body></html>"
    assert valid["SuggestedTemplateModel"] == {"MyName": "MyName_Value"}
    plain = {"HtmlBody": "{{MyName}}", "InlineCssForHtmlTestRender": False, "TestRenderModel": {"MyName": "Me"}}
    assert api.post("/templates/validate", json=plain).json()["HtmlBody"]["RenderedContent"] == "Me"
    inside = {"TextBody": "body", "LayoutTemplate": "basic-layout", "TestRenderModel": {"product_name": "P"}}
    assert api.post("/templates/validate", json=inside).json()["TextBody"]["RenderedContent"] == "body\n\n--\nP\n"
    assert code(api.post("/templates/validate", json={"TestRenderModel": {}})) == 1120


def test_push_copies_by_alias(api: httpx.Client, account: httpx.Client) -> None:
    create(api)
    destination = account.post("/servers", json={"Name": "Other"}).json()["ID"]
    push = {"SourceServerID": SERVER, "DestinationServerID": str(destination), "PerformChanges": False}
    dry = account.put("/templates/push", json=push).json()
    assert [(item["Action"], item["TemplateId"], item["Alias"]) for item in dry["Templates"]] == [
        ("Create", None, "basic-layout"),
        ("Create", None, "welcome"),
        ("Create", None, "receipt"),
    ]
    done = account.put("/templates/push", json={**push, "PerformChanges": True}).json()
    assert all(item["TemplateId"] for item in done["Templates"])
    again = account.put("/templates/push", json=push).json()
    assert {item["Action"] for item in again["Templates"]} == {"Edit"}
    missing = account.put("/templates/push", json={**push, "SourceServerID": 77}).json()
    assert missing == {"ErrorCode": 601, "Message": "The source server was not found."}


def test_broadcast_streams_have_an_unsubscribe_link(postmark: Emulator, api: httpx.Client) -> None:
    create(api, Alias="news", TextBody="x {{{ pm:unsubscribe_url }}}")
    for stream in ("outbound", "broadcast"):
        assert send(api, TemplateAlias="news", MessageStream=stream).status_code == 200
    transactional, broadcast = postmark.sent()
    assert transactional.text_body == "x "
    assert "https://" in str(broadcast.text_body)


def test_templates_can_be_deleted_in_the_order_they_are_listed(api: httpx.Client) -> None:
    layout = {"Name": "L", "Alias": "l", "TemplateType": "Layout", "TextBody": "{{{ @content }}}"}
    assert api.post("/templates", json=layout).status_code == 200
    create(api, Alias="inner", LayoutTemplate="l")
    listed = api.get("/templates?count=100&offset=0").json()["Templates"]
    assert [api.delete(f"/templates/{each['TemplateId']}").status_code for each in listed] == [200] * 5


def test_a_standard_template_without_alias_has_none(api: httpx.Client) -> None:
    assert api.get(f"/templates/{create(api)}").json()["Alias"] is None


def test_a_layout_says_where_its_placeholder_is_missing(api: httpx.Client) -> None:
    answer = api.put("/templates/basic-layout", json={"HtmlBody": "<p>nothing</p>"})
    assert answer.json() == {
        "ErrorCode": 1131,
        "Message": "The layout content placeholder must be present exactly once in the 'HtmlBody' field.",
    }


def test_an_empty_type_is_that_of_a_standard_template(api: httpx.Client) -> None:
    body = {"Subject": "{{s}}", "TextBody": "T", "TemplateType": "", "TestRenderModel": None}
    assert api.post("/templates/validate", json=body).json()["AllContentIsValid"] is True
    made = api.post("/templates", json={"Name": "N", "Subject": "S", "TextBody": "T", "TemplateType": ""}).json()
    assert made["TemplateType"] == "Standard"
