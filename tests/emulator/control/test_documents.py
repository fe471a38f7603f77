"""What an emulator begins with out of a file, and what it holds as one."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator import Emulator, EmulatorError
from postmark_sdk.emulator.__main__ import main
from postmark_sdk.emulator.control.documents import read_document, to_yaml
from tests.emulator.client import client

if TYPE_CHECKING:
    import httpx

SEED = """
AccountToken: account-of-the-shop
Domains:
  - Name: shop.example
    ReturnPathDomain: bounces.shop.example
  - {Name: new.example, DKIMVerified: false}
SenderSignatures:
  - {FromEmail: ada@other.example, Name: Ada}
  - {FromEmail: bob@other.example, Name: Bob, Confirmed: false, ReplyToEmail: help@other.example}
Servers:
  - Name: Shop
    ApiTokens: [shop-token, second-token]
    TrackOpens: true
    MessageStreams:
      - {ID: outbound, Name: Receipts}
      - {ID: news, Name: News, MessageStreamType: Broadcasts}
      - {ID: old, Name: Old, MessageStreamType: Transactional, Archived: true}
    TemplateFolder: templates
    Templates:
      - {TemplateId: 77, Name: Note, Alias: note, Subject: "{{a}}", TextBody: "{{a}}", LayoutTemplate: frame}
      - {Name: Frame, Alias: frame, TemplateType: Layout, TextBody: "{{{ @content }}}"}
    InboundRules:
      - Rule: spam.example
    Messages:
      - From: ada@other.example
        To: hardbounce@bounce-testing.postmarkapp.com
        TemplateAlias: note
        TemplateModel: {a: Hello}
        MessageID: 11111111-2222-3333-4444-555555555555
        ReceivedAt: 2026-11-01T08:00:00Z
      - {From: ada@other.example, To: hardbounce@bounce-testing.postmarkapp.com, HtmlBody: "<p>", MessageStream: old}
    Suppressions:
      - {EmailAddress: Gone@mail.example, SuppressionReason: SpamComplaint, CreatedAt: 2026-10-01T00:00:00Z}
      - {EmailAddress: no@mail.example, MessageStream: news}
    Webhooks:
      - Url: http://127.0.0.1:9/hook
        HttpAuth: {Username: u, Password: p}
        Triggers: {Bounce: {Enabled: true, IncludeContent: true}, Open: {Enabled: true}}
        Statuses: {Open: unverified}
  - Name: Second
    DeliveryType: Sandbox
"""


def folder(place: Path) -> Path:
    made = place / "templates" / "welcome"
    made.mkdir(parents=True)
    meta = {"Name": "Welcome", "Alias": "welcome", "Subject": "Hi", "TemplateType": "Standard", "LayoutTemplate": None}
    (made / "meta.json").write_text(json.dumps(meta))
    (made / "content.txt").write_text("Hello {{name}}")
    (place / "seed.yaml").write_text(SEED)
    return place / "seed.yaml"


def test_everything_that_a_file_says_is_there(tmp_path: Path) -> None:
    with Emulator(seed=folder(tmp_path)) as postmark, client(postmark) as api:
        assert (postmark.server_token, postmark.account_token) == ("shop-token", "account-of-the-shop")
        assert api.get("/server", headers={"X-Postmark-Server-Token": "second-token"}).json()["TrackOpens"] is True
        streams = api.get("/message-streams?IncludeArchivedStreams=true").json()["MessageStreams"]
        assert {each["ID"]: (each["Name"], each["ArchivedAt"] is None) for each in streams} == {
            "outbound": ("Receipts", True),
            "inbound": ("Default Inbound Stream", True),
            "broadcast": ("Default Broadcast Stream", True),
            "news": ("News", True),
            "old": ("Old", False),
        }
        templates = api.get("/templates?count=9&offset=0").json()["Templates"]
        assert [(each["Alias"], each["LayoutTemplate"]) for each in templates] == [
            ("welcome", None),
            ("note", "frame"),
            ("frame", None),
        ]
        assert api.get("/templates/77").json()["Alias"] == "note"
        assert api.get("/triggers/inboundrules?count=9&offset=0").json()["InboundRules"][0]["Rule"] == "spam.example"
        found = api.get("/messages/outbound/11111111-2222-3333-4444-555555555555/details").json()
        assert (found["Subject"], found["ReceivedAt"][:19]) == ("Hello", "2026-11-01T03:00:00")
        suppressed = api.get("/message-streams/outbound/suppressions/dump").json()["Suppressions"]
        assert [(each["EmailAddress"], each["SuppressionReason"], each["Origin"]) for each in suppressed] == [
            ("gone@mail.example", "SpamComplaint", "Recipient")
        ]
        webhook = api.get("/webhooks").json()["Webhooks"][0]
        assert (webhook["Status"], webhook["HttpAuth"]["Username"]) == ("verified", "u")
        statuses = api.get(f"/webhooks/{webhook['ID']}/statistics").json()["Statuses"]
        assert statuses == {"Open": "unverified", "Bounce": "verified"}
        assert postmark.deliveries() == []
        second = api.get("/server", headers={"X-Postmark-Server-Token": "emulator-server-token-2"}).json()
        assert second["DeliveryType"] == "Sandbox"
        account = {"X-Postmark-Account-Token": "account-of-the-shop"}
        senders = api.get("/senders?count=9&offset=0", headers=account).json()["SenderSignatures"]
        assert [(each["EmailAddress"], each["Confirmed"]) for each in senders] == [
            ("ada@other.example", True),
            ("bob@other.example", False),
        ]
        domains = api.get("/domains?count=9&offset=0", headers=account).json()["Domains"]
        assert [(each["DKIMVerified"], each["ReturnPathDomainVerified"]) for each in domains] == [
            (True, True),
            (False, False),
        ]


@pytest.mark.parametrize("form", ["document", "json", "yaml"])
def test_what_is_dumped_is_the_same_when_it_was_read_again(tmp_path: Path, form: str) -> None:
    with Emulator(seed=folder(tmp_path)) as postmark, client(postmark) as api:
        api.post(
            "/email", json={"From": "ada@other.example", "To": "b@mail.example", "TextBody": "a\n\n b\t\r\nc\u2028\x07"}
        )
        api.post("/email", json={"From": "ada@other.example", "To": "b@mail.example", "TextBody": "yes", "Odd": 1})
        templated = {"From": "ada@other.example", "To": "c@mail.example", "TemplateId": 77, "TemplateModel": {"a": "x"}}
        api.post("/email/batchWithTemplates", json={"Messages": [templated]})
        entry = {"To": "d@mail.example", "TemplateModel": {"a": "y"}}
        bulk = {"From": "ada@other.example", "MessageStream": "news", "Messages": [entry]}
        api.post("/email/bulk", json={**bulk, "Subject": "s", "TextBody": "t"})
        api.post("/email/bulk", json={**bulk, "TemplateAlias": "note"})
        postmark.advance(3600)
        dumped, sent = postmark.dump(), [message.text_body for message in postmark.sent()]
    assert len(dumped["Servers"][0]["Messages"]) == 7
    if form == "document":
        seed: Any = dumped
    else:
        seed = tmp_path / f"dumped.{form}"
        seed.write_text(json.dumps(dumped) if form == "json" else to_yaml(dumped), encoding="utf-8", newline="")
    with Emulator(seed=seed) as again:
        assert again.dump() == dumped
        again.reset()
        assert again.dump() == dumped
        assert [message.text_body for message in again.sent()] == sent


def test_a_message_of_a_template_that_is_gone_keeps_what_went_out(postmark: Emulator, api: httpx.Client) -> None:
    model = {"product_name": "Shop", "name": "Ada"}
    mail = {"From": "a@example.com", "To": "b@example.org", "TemplateAlias": "welcome", "TemplateModel": model}
    api.post("/email/withTemplate", json=mail)
    api.delete("/templates/welcome")
    dumped = postmark.dump()
    postmark.restore(dumped)
    [message] = postmark.sent()
    assert (message.subject, message.template_alias) == ("Welcome to Shop, Ada!", None)
    assert postmark.dump() == dumped


def test_a_database_that_holds_something_stays_as_it_is(tmp_path: Path) -> None:
    with Emulator(db=str(tmp_path / "mail.db")) as postmark:
        postmark.seed(messages=1)
    with Emulator(db=str(tmp_path / "mail.db"), seed={"Servers": [{"Name": "Other"}]}) as postmark:
        assert len(postmark.sent()) == 1
        postmark.reset()
        assert [each["Name"] for each in postmark.dump()["Servers"]] == ["Other"]


def test_the_command_says_that_a_file_is_not_read_where_a_database_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Emulator, "serve", lambda emulator, announce: emulator.stop() or bool(announce is None))
    seed, db = tmp_path / "seed.yaml", tmp_path / "mail.db"
    seed.write_text("Servers: [{Name: Shop}]")
    assert main(["--seed", str(seed), "--db", str(db), "--quiet"]) == 1
    assert capsys.readouterr().err == ""
    assert main(["--seed", str(seed), "--db", str(db), "--quiet"]) == 1
    assert capsys.readouterr().err == (
        f"Warning: {db} holds something already: {seed} is only what a reset begins with.\n"
    )


def test_control_dumps_and_restores(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    api.post("/email", json=email)
    dumped = api.get("/_emulator/dump").json()
    assert dumped == postmark.dump()
    told = api.get("/_emulator/dump?format=yaml")
    assert told.headers["content-type"] == "application/yaml; charset=utf-8"
    assert "    Subject: Hello\n" in told.text
    postmark.reset()
    assert api.post("/_emulator/restore", json=dumped).json() == {}
    assert api.get("/_emulator/dump").json() == dumped
    folder = {"Servers": [{"Name": "x", "TemplateFolder": "/"}]}
    assert "Folders are read with --seed only" in api.post("/_emulator/restore", json=folder).json()["Message"]
    wrong = api.post("/_emulator/restore", json={"Servers": [{"Name": ""}]})
    assert wrong.json()["Message"] == "Servers[0]: The 'Name' field is required."
    assert api.get("/_emulator/dump").json() == dumped


def server(**fields: Any) -> dict[str, Any]:
    return {"Servers": [{"Name": "Shop", **fields}]}


MAIL = {"From": "a@example.com", "To": "b@example.org", "TextBody": "Hello"}
ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)
MANY = [["x"] * 1000] * 5000


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "The document is no object; it has AccountToken, Domains"),
        ({"servers": []}, "The document has no field 'servers'; it has AccountToken"),
        ({"Servers": {}}, "Servers is no list."),
        ({"Servers": [{"Name": "a"}, 1]}, "Servers[1] is no object."),
        ({"AccountToken": 1}, "AccountToken is no text; put it in quotes."),
        ({"AccountToken": "a b"}, "AccountToken has a blank"),
        ({1: 2}, "The document has a key that is no text: 1; put it in quotes."),
        ({"Domains": [{"Name": "gmail.com"}]}, "Domains[0]: 'gmail.com' is a public mail domain."),
        ({"Domains": [{"Name": "a.example", "DKIMVerified": 1}]}, "Domains[0]: DKIMVerified is neither true nor"),
        ({"Servers": [{"Name": "a"}, {"Name": "A"}]}, "Servers[1]: Name is that of another server: 'A'."),
        (
            {"Servers": [{"Name": "a", "ApiTokens": ["x"]}, {"Name": "b", "ApiTokens": ["X"]}]},
            "Servers[1]: ApiTokens has",
        ),
        (server(ApiTokens="x"), "Servers[0]: ApiTokens is no list of tokens."),
        (server(ApiTokens=["x", 12]), "Servers[0]: ApiTokens[1] is no text; put it in quotes."),
        (server(ApiTokens=["ä"]), "Servers[0]: ApiTokens[0] has a blank or another character that no client sends."),
        (server(ApiTokens=["postmark_api_test"]), "Servers[0]: ApiTokens[0] is the token for tests"),
        (server(TrackOpens=float("nan")), "Servers[0].TrackOpens is no number that JSON has: nan."),
        (server(Name="\ud800"), "Servers[0].Name has half a character"),
        (server(Name={"x"}), "Servers[0].Name is of a kind that JSON does not have: set."),
        (server(Messages=ENDLESS), "The document is nested too deeply."),
        (server(Messages=[*MANY]), "The document has more than 5,000,000 values."),
        (server(Colour="red"), "Servers[0]: A server has no field 'Colour'; it has ApiTokens"),
        (server(Color="pink"), "Servers[0]: The 'Color' field must be one of"),
        (server(Templates=[{"Name": "x"}]), "Servers[0].Templates[0]: The 'Subject' field is required."),
        (server(Templates=[{"Nam": "x"}]), "Servers[0].Templates[0]: There is no field 'Nam'."),
        (server(Templates=[{"TemplateId": 0}]), "Servers[0].Templates[0]: TemplateId is no number above 0."),
        (server(TemplateFolder="/no/such"), "Servers[0]: TemplateFolder: /no/such: no such folder"),
        (server(MessageStreams=[{"ID": "A", "Name": "a"}]), "Servers[0].MessageStreams[0]: The 'ID' field must"),
        (
            server(MessageStreams=[{"ID": "outbound", "MessageStreamType": "Broadcasts"}]),
            "Servers[0].MessageStreams[0]: MessageStreamType of 'outbound' is Transactional, and stays.",
        ),
        (server(Messages=[{**MAIL, "MessageID": "../x"}]), "Servers[0].Messages[0]: MessageID is no UUID such as"),
        (server(Messages=[{**MAIL, "ReceivedAt": "0001-01-01T00:00:00+14:00"}]), "ReceivedAt is no moment such as"),
        (server(Messages=[{**MAIL, "ReceivedAt": "9999-12-31T23:59:59Z"}]), "ReceivedAt is no moment such as"),
        (
            server(Suppressions=[{"EmailAddress": "x@a.example"}, {"EmailAddress": "X@a.example"}]),
            "Suppressions[1]: EmailAddress is suppressed in this stream already: 'x@a.example'.",
        ),
        (server(Messages=[{"From": "a@example.com"}]), "Servers[0].Messages[0]: Zero recipients specified"),
        (server(Suppressions=[{"EmailAddress": "x"}]), "Servers[0].Suppressions[0]: EmailAddress is no address: 'x'."),
        (server(Suppressions=[{"EmailAddress": "x@a.example", "Origin": "Me"}]), "Suppressions[0]: Invalid origin."),
        (
            server(Suppressions=[{"EmailAddress": "x@a.example", "CreatedAt": "now"}]),
            "Suppressions[0]: CreatedAt is no moment such as",
        ),
        (server(Webhooks=[{"Url": "x"}]), "Servers[0].Webhooks[0]: The 'Url' field is not a valid URL."),
        (server(Webhooks=[{"Url": "http://a.example", "Statuses": {"Open": "x"}}]), "Webhooks[0]: Statuses names"),
        (server(Webhooks=[{"Url": "http://a.example", "Statuses": {"Open": []}}]), "Webhooks[0]: Statuses names"),
        (
            server(Webhooks=[{"Url": "http://a.example", "Statuses": {"Bonce": "verified"}}]),
            "Webhooks[0]: Statuses has no trigger 'Bonce'; it has Open, ",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: Any, text: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        Emulator(seed=document)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("none.yaml", None, "none.yaml cannot be read: No such file or directory."),
        ("a.json", b"{", "a.json is no JSON: Expecting property name"),
        ("a.json", b'{"Servers": [], "Servers": []}', "a.json is no JSON: an object says 'Servers' twice."),
        ("a.json", b'{"AccountToken": NaN}', "a.json: AccountToken is no number that JSON has: nan."),
        ("a.yaml", b"a: [", "a.yaml is no YAML: line "),
        ("a.yaml", b"Servers:\n- Name: a\n  Name: b", "a.yaml is no YAML: line 3, column 3: 'Name' is said twice."),
        ("a.yaml", b"Servers: [{Name: a, ApiTokens: [12345678]}]", "a.yaml: Servers[0]: ApiTokens[0] is no text; put"),
        (
            "a.yaml",
            b"Domains:\n- &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + b"".join(
                b"- &%c [%s]\n" % (new, b", ".join([b"*%c" % old] * 10)) for old, new in pairwise(b"abcdefghijk")
            ),
            "a.yaml: The document has more than 5,000,000 values.",
        ),
        ("a.yaml", b"Servers: [{Name: &a [*a]}]", "a.yaml: The document is nested too deeply."),
        ("a.yaml", b"Servers: [{Name: !!binary aGk=}]", "a.yaml: Servers[0].Name is of a kind that JSON does not have"),
        ("a.yaml", b"\xff", "a.yaml is no text in UTF-8."),
        ("a.yaml", b"!!python/object:os.system {}", "a.yaml is no YAML: line 1, column 1: could not determine"),
        ("a.yaml", b"# nothing", "a.yaml says nothing."),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong_with_its_file(
    tmp_path: Path,
    name: str,
    content: bytes | None,
    text: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Emulator, "serve", Emulator.stop)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["--seed", str(tmp_path / name)]) == 1
    said = capsys.readouterr().err
    assert text in said
    assert said.count("\n") == 1


def test_a_moment_in_yaml_is_text_and_templates_are_found_beside_the_file(tmp_path: Path) -> None:
    document = read_document(folder(tmp_path))
    assert document["Servers"][0]["TemplateFolder"] == str(tmp_path / "templates")
    assert document["Servers"][0]["Messages"][0]["ReceivedAt"] == "2026-11-01T08:00:00Z"


def test_what_yaml_brings_from_elsewhere_may_be_said_anew(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("Servers:\n- &a {Name: a, TrackOpens: true}\n- {<<: *a, Name: b}\n")
    assert read_document(tmp_path / "a.yaml")["Servers"][1] == {"Name": "b", "TrackOpens": True}


def test_what_was_given_as_an_object_stays_as_it_was_and_is_not_looked_at_again() -> None:
    given = server(messages=[{"from": "a@example.com", "to": "b@example.org", "textbody": "Hello"}])
    given["Servers"][0]["Messages"] = given["Servers"][0].pop("messages")
    before = json.dumps(given)
    with Emulator(seed=given) as postmark:
        assert json.dumps(given) == before
        given["Servers"].clear()
        postmark.reset()
        assert len(postmark.sent()) == 1


@pytest.mark.parametrize(
    "odd", ["a\x85b", "a\u2028b", "a\u2029b\n", "a\r\nb", "\ufeff", " a\n", "\x00", "<<", "2026-11-01"]
)
def test_every_text_survives_yaml(tmp_path: Path, odd: str) -> None:
    (tmp_path / "a.yaml").write_text(to_yaml({"a": odd, odd: [odd]}), encoding="utf-8")
    assert read_document(tmp_path / "a.yaml") == {"a": odd, odd: [odd]}


def test_a_folder_that_went_away_is_an_answer_to_reset(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    with Emulator(seed=server(TemplateFolder=str(tmp_path / "templates"))) as postmark, client(postmark) as api:
        (tmp_path / "templates").rmdir()
        answer = api.post("/_emulator/reset")
        assert answer.status_code == 422
        assert "no such folder" in answer.json()["Message"]
        assert len(postmark.dump()["Servers"]) == 1


def test_the_file_that_the_page_shows_is_taken(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "emulator.md").read_text(encoding="utf-8")
    shown = next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "Servers:" in block)
    (tmp_path / "seed.yml").write_text(shown)
    with Emulator(seed=tmp_path / "seed.yml") as postmark:
        assert postmark.server_token == "shop-token"
        assert [message.text_body for message in postmark.sent()] == ["Hello Ada,\nwelcome!\n"]


def test_a_broken_template_file_is_named(tmp_path: Path) -> None:
    seed = folder(tmp_path)
    (tmp_path / "templates" / "welcome" / "meta.json").write_text("{")
    with pytest.raises(EmulatorError, match=r"Servers\[0\]: TemplateFolder: welcome/meta.json"):
        Emulator(seed=seed)
