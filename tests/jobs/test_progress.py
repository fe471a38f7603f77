"""How far jobs are, shown in a terminal and in a log."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.jobs import LedgerError, Progress
from postmark_sdk.jobs.progress import Display, _cells, bar
from tests.description import ROOT
from tests.terminal import open_terminal

from .trials import plain

if TYPE_CHECKING:
    from postmark_sdk import PostmarkClient
    from postmark_sdk.jobs import Jobs


def progress(**given: Any) -> Progress:
    counts = dict.fromkeys(("waiting", "sending", "accepted", "refused", "unknown", "cancelled", "held"), 0)
    values = {**counts, "state": "running", "rate": None, "remaining_seconds": None, "chunks": {}, **given}
    return Progress(total=sum(values[name] for name in counts if name != "held"), **values)


HALF = progress(accepted=480, refused=20, waiting=500, rate=50.0, remaining_seconds=10.0)


def test_a_bar_says_how_far_a_job_is_and_how_long_it_takes() -> None:
    told = "50%  480 of 1,000 accepted  20 refused  50/s  0:00:10 left"
    assert bar("news", HALF, 200, "#.") == f"news {'#' * 20}{'.' * 20} {told}"
    assert bar("news", HALF, 60, "#.") == "news #####..... 50%  480 of 1,000 accepted  20 refused  50/s"
    assert bar("news", progress(accepted=3, state="done"), 60, "#.").endswith("##### 100%  done: 3 of 3 accepted")
    assert bar("news", progress(accepted=1, waiting=1, state="paused"), 60, "#.").count("paused") == 1
    assert bar("news", progress(), 60, "#.").endswith("# 100%  0 of 0 accepted")
    assert " 99%" in bar("news", progress(accepted=9999, waiting=1), 60, "#.")


@pytest.mark.parametrize("name", ["n", "november-news", "x" * 200, "日本語のお知らせ" * 9, "e\u0301" * 90])
def test_a_bar_is_never_wider_than_the_terminal(name: str) -> None:
    assert [width for width in range(1, 150) if _cells(bar(name, HALF, width, "█░")) > width] == []


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_bars_are_drawn_in_place_and_what_is_finished_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    done = progress(accepted=1, state="done")
    looks = iter([[("a", HALF), ("b", HALF)], [("a", HALF), ("b", done)], [("a", done)]])
    display = Display(lambda: next(looks))
    for _ in range(3):
        display.show()
    assert screen(terminal.getvalue()) == ["b done", "a done"]


def screen(written: str) -> list[str]:
    """What a terminal shows in the end: name and whether it is done, line by line."""
    lines: list[str] = []
    at = 0
    for control, text in re.findall(r"(\x1b\[\d*[AKJ]|\r|\n)|([^\x1b\r\n]+)", written):
        if text:
            lines[at : at + 1] = [text]
        elif control.endswith("A"):
            at -= int(control[2:-1])
        elif control == "\n":
            at += 1
        elif control.endswith("J"):
            del lines[at:]
    return [f"{line[0]}{' done' if 'done' in line else ''}" for line in lines]


def test_a_log_gets_a_line_when_there_is_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    looks = iter([[], [("a", HALF)], [("a", HALF)], [("a", progress(accepted=1, state="done"))], []])
    display = Display(lambda: next(looks))
    for _ in range(5):
        display.show()
    assert log.getvalue().splitlines() == [f"a: {HALF}", "a: done: 1 of 1 accepted"]
    assert display.seconds >= 15


class Broken(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stderr", [None, Broken()])
def test_work_goes_on_where_nothing_can_be_shown(
    stderr: Any, sqlite: Jobs, client: PostmarkClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = sqlite.add("news", [plain(0)])
    monkeypatch.setattr(sys, "stderr", stderr)
    sqlite.work(client, progress=True)
    assert job.state == "done"


def test_jobs_that_come_and_go_while_others_are_shown(sqlite: Jobs) -> None:
    tell = sqlite._telling()
    assert tell() == []
    first, second = sqlite.add("first", [plain(0)]), sqlite.add("second", [plain(0)])
    assert [name for name, _ in tell()] == ["first", "second"]
    first.cancel()
    first.delete()
    second.cancel()
    assert [(name, told.state) for name, told in tell()] == [("second", "cancelled")]
    assert tell() == []
    with pytest.raises(LedgerError, match="no such job"):
        first.progress()


IN_A_TERMINAL = """
import sys
from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs
from tests.jobs.postmark import Postmark

with Jobs(sys.argv[1]) as jobs, PostmarkClient("token-for-tests", transport=Postmark) as client:
    jobs.work(client, progress=True)
"""


def test_a_terminal_shows_a_bar(sqlite: Jobs, ledger_url: str) -> None:
    sqlite.add("november-news", map(plain, range(600)))
    ours, theirs = open_terminal()
    command = [sys.executable, "-c", IN_A_TERMINAL, ledger_url]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=theirs) as process:  # noqa: S603 - our own words
        os.close(theirs)
        written = b""
        reader = threading.Thread(target=process.wait)
        reader.start()
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece
        reader.join()
    os.close(ours)
    assert process.returncode == 0
    text = written.decode()
    assert "november-news ░" in text
    assert text.rstrip("\x1b[J\r\n").endswith("100%  done: 600 of 600 accepted")
