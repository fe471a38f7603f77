"""Nothing of the last release's public API is gone or changed without a word in the changelog."""

from __future__ import annotations

import pytest

from .api import broken, described, recorded, told
from .release import ROOT

for _needed in ("django", "fastapi", "flask", "opentelemetry", "starlette"):
    pytest.importorskip(_needed, reason="the API is that of all extras together")


def test_what_breaks_callers_is_in_the_changelog() -> None:
    release, before = recorded()
    words = told((ROOT / "CHANGELOG.md").read_text("utf-8"), release)
    silent = {label: why for label, why in broken(before, described()).items() if label.rpartition(".")[2] not in words}
    assert silent == {}, 'say it in CHANGELOG.md under "Changed" or "Removed", or take it back'


def test_the_record_is_that_of_the_clients_at_least() -> None:
    _, before = recorded()
    assert "message=" in before["postmark_sdk.PostmarkClient.emails.send"]
    assert before["postmark_sdk.InvalidMessageError"] == " = postmark_sdk.errors.InvalidMessageError"


SEND = "(message=, *, to, tag=, **fields) -> SendResult"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (None, "it is gone"),
        (" = somewhere.else", "it is another one"),
        ("(message=, *, to, **fields) -> SendResult", "it takes no tag any more"),
        ("(*, message=, to, tag=, **fields) -> SendResult", "message has not its place any more"),
        ("(first=, message=, *, to, tag=, **fields) -> SendResult", "message has not its place any more"),
        ("(message, *, to, tag=, **fields) -> SendResult", "message has to be given now"),
        ("(message=, *, to, tag=, more, **fields) -> SendResult", "more has to be given now"),
        ("(message=, *, to, tag=, **fields) -> None", "it gave SendResult, and gives None"),
    ],
)
def test_what_breaks_callers_is_found(now: str | None, why: str) -> None:
    assert broken({"send": SEND}, {} if now is None else {"send": now}) == {"send": why}


@pytest.mark.parametrize(
    "now",
    [
        "(message=, *, to=, tag=, **fields) -> SendResult",
        "(message=, *, more=, tag=, to, **fields) -> SendResult",
        "(message=, second=, *, to, tag=, **fields) -> SendResult",
    ],
)
def test_what_breaks_nobody_is_left_alone(now: str) -> None:
    assert broken({"send": SEND}, {"send": now, "new": "(x)"}) == {}


def test_only_what_was_changed_or_removed_since_the_release_counts() -> None:
    changelog = "## Unreleased\n### Added\n- `a`\n### Removed\n- `b`\n## 1.0.0 - 2026-11-01\n### Changed\n- `c`\n"
    assert "`b`" in told(changelog, "1.0.0")
    assert "`a`" not in told(changelog, "1.0.0")
    assert "`c`" not in told(changelog, "1.0.0")
