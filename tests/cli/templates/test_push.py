"""``postmark templates push``: a server gets what differs, in an order that it takes, and every end is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from postmark_sdk import PostmarkClient
from tests.cli.templates.conftest import META

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done

    Cli = Callable[..., Done]
    Files = Callable[[dict[str, str]], Path]


pytestmark = pytest.mark.usefixtures("client", "same")


def new(number: int, **fields: str) -> dict[str, str]:
    meta = {"Name": f"New {number}", "Alias": f"new-{number}", "Subject": "S", **fields}
    return {f"new-{number}/meta.json": json.dumps(meta), f"new-{number}/content.txt": "x"}


def outcomes(done: Done) -> list[tuple[str, str, str]]:
    return [(each["action"], each["alias"], each["result"]) for each in done.json]


def test_layouts_go_first_and_only_what_differs_goes(cli: Cli, client: PostmarkClient, files: Files) -> None:
    files(
        {
            **new(1, LayoutTemplate="zebra"),
            "_layouts/zebra/meta.json": '{"Name": "Zebra"}',
            "_layouts/zebra/content.txt": "{{{ @content }}}",
            "welcome/content.html": "<p>new</p>",
        }
    )
    done = cli("templates", "push", "--yes")
    assert (done.status, done.err) == (0, "")
    assert outcomes(done) == [
        ("create", "zebra", "done"),
        ("create", "new-1", "done"),
        ("update", "welcome", "done"),
    ]
    assert client.templates.get("welcome").html_body == "<p>new</p>"
    assert client.templates.get("new-1").layout_template == "zebra"
    assert cli("templates", "push", "--yes").json == []
    assert cli("templates", "diff").status == 0


def test_a_terminal_shows_what_was_done(cli: Cli, files: Files) -> None:
    files(new(1))
    done = cli("templates", "push", "--no-json")
    assert done.status == 0
    assert ["create", "new-1", "Standard", "Name,", "Alias,", "Subject,", "TextBody", "done"] in [
        line.split() for line in done.out.splitlines()
    ]
    again = cli("templates", "push", "--no-json")
    assert (again.status, again.out, again.err) == (0, "", "Nothing to push: the server has it all\n")


def test_a_plan_changes_nothing(cli: Cli, client: PostmarkClient, files: Files) -> None:
    files({**new(1), "welcome/content.html": "<p>new</p>"})
    done = cli("templates", "push", "--plan")
    assert (done.status, [(each["action"], each["alias"]) for each in done.json]) == (
        0,
        [("create", "new-1"), ("update", "welcome")],
    )
    assert "result" not in cli("templates", "push", "--plan", "--no-json").out
    assert client.templates.list().total_count == 2


def test_what_is_there_is_changed_and_deleted_with_consent_only(cli: Cli, client: PostmarkClient, files: Files) -> None:
    client.templates.create(name="Lone", alias="lone", template_type="Layout", text_body="{{{ @content }}}")
    client.templates.create(name="Old", alias="old", subject="S", text_body="x", layout_template="lone")
    files({"welcome/content.html": "<p>new</p>"})
    done = cli("templates", "push", "--prune")
    assert (done.status, done.error["message"]) == (
        2,
        "Change 1 template and delete 2 on the server? Nobody can be asked here",
    )
    assert client.templates.list().total_count == 4
    pruned = cli("templates", "push", "--prune", "--yes")
    assert outcomes(pruned) == [("update", "welcome", "done"), ("delete", "old", "done"), ("delete", "lone", "done")]


def test_a_body_and_a_layout_are_taken_away(cli: Cli, client: PostmarkClient, same: Path, files: Files) -> None:
    files({"welcome/meta.json": META.replace('"main"', "null"), "welcome/content.txt": "x"})
    (same / "welcome/content.html").unlink()
    assert cli("templates", "push", "--yes").status == 0
    template = client.templates.get("welcome")
    assert (template.html_body or None, template.text_body, template.layout_template) == (None, "x", None)


def test_a_failure_in_the_middle_leaves_a_report(
    cli: Cli, client: PostmarkClient, files: Files, postmark: Emulator
) -> None:
    files({**new(1), **new(2), **new(3)})
    client.templates.create(name="Taken", subject="S", text_body="x")
    postmark.change_settings(max_templates=4)
    try:
        done = cli("templates", "push")
    finally:
        postmark.change_settings(max_templates=100)
    assert done.status == 1
    assert outcomes(done) == [
        ("create", "new-1", "done"),
        ("create", "new-2", "failed"),
        ("create", "new-3", "not tried"),
    ]
    assert done.json[1]["error"]["error_code"] == 1105
    message = json.loads(done.err.splitlines()[-1])["message"]
    assert message.startswith("1 of 3 changes done, then: POST /templates answered 422, code 1105")
    assert [each["alias"] for each in cli("templates", "push").json] == ["new-2", "new-3"]


def test_an_unknown_outcome_is_said_as_such(cli: Cli, files: Files, postmark: Emulator) -> None:
    files({**new(1), **new(2)})
    postmark.fail_next(kind="cut", path="/templates", method="POST", processed=True)
    done = cli("templates", "push")
    assert (done.status, outcomes(done)) == (1, [("create", "new-1", "unknown"), ("create", "new-2", "not tried")])
    assert done.json[0]["error"]["error"] == "OutcomeUnknownError"
    assert outcomes(cli("templates", "push")) == [("create", "new-2", "done")]


def test_an_interruption_leaves_a_report(cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files({**new(1), **new(2)})

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("postmark_sdk._generated.resources.templates.TemplatesResource.create", interrupt)
    done = cli("templates", "push")
    assert (done.status, outcomes(done)) == (130, [("create", "new-1", "unknown"), ("create", "new-2", "not tried")])


def test_what_check_finds_is_not_pushed_unless_told(cli: Cli, files: Files) -> None:
    files({"welcome/model.json": "{}"})
    done = cli("templates", "push")
    assert done.status == 1
    assert done.error["message"] == (
        "2 errors in templates, the first: welcome/content.html:2:5: 'name' is not in welcome/model.json"
    )
    assert cli("templates", "push", "--no-check").status == 0


def test_a_template_is_not_made_a_layout(cli: Cli, client: PostmarkClient, files: Files) -> None:
    client.templates.create(name="Odd", alias="odd", subject="S", text_body="x")
    files({"_layouts/odd/meta.json": '{"Name": "Odd"}', "_layouts/odd/content.txt": "{{{ @content }}}"})
    done = cli("templates", "push", "--yes")
    assert (done.status, done.error["message"]) == (
        1,
        "'odd' is a layout in the folder and a template on the server",
    )


def test_one_tree_serves_several_servers(cli: Cli, postmark: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = postmark.add_server("staging")
    monkeypatch.delenv("POSTMARK_SERVER_TOKEN")
    for name, token in (("production", postmark.server_token), ("staging", staging)):
        assert cli("profiles", "add", name, "--base-url", postmark.base_url, stdin=f"{token}\n").status == 0
    assert cli("templates", "diff", "--profile", "production").status == 0
    assert cli("templates", "diff", "--profile", "staging").status == 2
    assert cli("templates", "push", "--profile", "staging", "--yes").status == 0
    assert cli("templates", "diff", "--profile", "staging").status == 0
    with PostmarkClient(staging, base_url=postmark.base_url) as other:
        assert other.templates.get("welcome").layout_template == "main"


def test_a_thousand_templates_go_round(cli: Cli, files: Files, postmark: Emulator) -> None:
    folder = files(
        {
            **{f"_layouts/l{number}/meta.json": json.dumps({"Name": f"L{number}"}) for number in range(20)},
            **{f"_layouts/l{number}/content.html": "<b>{{{ @content }}}</b>\r\n" for number in range(20)},
            **{
                name: text
                for number in range(978)
                for name, text in new(number, LayoutTemplate=f"l{number % 20}").items()
            },
        }
    )
    postmark.change_settings(max_templates=2000)
    try:
        assert cli("templates", "push", "--prune", "--yes").status == 0
        assert cli("templates", "diff", "--prune").json == []
        pulled = cli("templates", "pull", "pulled")
        assert [each["result"] for each in pulled.json] == ["written"] * 1000
        assert cli("templates", "diff", "pulled", "--prune").json == []
        assert {each["result"] for each in cli("templates", "pull", folder).json} == {"unchanged"}
    finally:
        postmark.reset()
        postmark.change_settings(max_templates=100)
