"""The plugin in pytest sessions of its own, as its users have it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.pytester import Pytester, RunResult

pytest_plugins = ["pytester"]

_ROOT = Path(__file__).parents[2]
_ASK = 'pytest_plugins = ["postmark_sdk.testing.plugin"]'
_SHOP = """
from postmark_sdk import PostmarkClient

client = PostmarkClient()  # when imported, as many applications do

def welcome(address):
    client.emails.send(from_="shop@example.com", to=address, subject="Welcome", text_body="Hello")
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inner sessions find this checkout, and nothing of what was set for it."""
    monkeypatch.setenv("PYTHONPATH", str(_ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def run(pytester: Pytester, *options: str) -> RunResult:
    """In a process of its own: in this one, what it imports first would be dropped after it, and there twice later."""
    return pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *options)


def test_it_is_off_until_asked_for(pytester: Pytester) -> None:
    pytester.makepyfile("def test_it(postmark): pass")
    run(pytester).stdout.fnmatch_lines(["*fixture 'postmark' not found*"])


def test_a_client_that_nobody_closes_ends_without_a_word(pytester: Pytester) -> None:
    pytester.makeconftest(_ASK)
    pytester.makepyfile(
        """
        from postmark_sdk import PostmarkClient

        client = PostmarkClient()

        def test_it(postmark):
            client.emails.send(from_="a@example.com", to="b@example.org", text_body="Hello")
        """
    )
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=1)
    assert done.stderr.str() == ""


def test_code_under_test_needs_no_change(pytester: Pytester) -> None:
    pytester.makeconftest(_ASK)
    pytester.makepyfile(shop=_SHOP)
    pytester.makepyfile(
        """
        import asyncio, os
        import shop
        from postmark_sdk import AsyncPostmarkClient, PostmarkClient
        from postmark_sdk.testing import Mail

        def test_one(postmark):
            shop.welcome("ada@example.org")
            assert postmark.outbox == [Mail(to="ada@example.org", subject="Welcome")]

        def test_another_starts_from_nothing(postmark):
            assert not postmark.outbox
            postmark.client.emails.send(from_="a@example.com", to="b@example.org", subject="s", text_body="t")
            asyncio.run(send(postmark.async_client))
            assert len(postmark.outbox) == 2

        async def send(client):
            await client.emails.send(from_="a@example.com", to="b@example.org", subject="s", text_body="t")

        def test_variables_of_the_last_test_are_gone(postmark, monkeypatch):
            monkeypatch.setenv("POSTMARK_BASE_URL", "http://127.0.0.1:9")

        def test_the_environment_leads_here(postmark):
            assert os.environ["POSTMARK_BASE_URL"] == postmark.base_url
            assert os.environ["POSTMARK_SERVER_TOKEN"] == postmark.server_token
            assert os.environ["POSTMARK_ACCOUNT_TOKEN"] == postmark.account_token

        def test_the_address_is_known_without_the_fixture():
            assert os.environ["POSTMARK_BASE_URL"].startswith("http://127.0.0.1:")
        """
    )
    run(pytester).assert_outcomes(passed=5)


def test_its_port_is_never_anybody_elses(pytester: Pytester) -> None:
    pytester.makeconftest(
        _ASK
        + """
import os, socket
import pytest
from postmark_sdk.testing import TestEmulator

make = TestEmulator.__init__

def taking_the_port(self, *args, **kwargs):
    with socket.socket() as other, pytest.raises(OSError):
        other.bind(("127.0.0.1", int(os.environ["POSTMARK_BASE_URL"].rpartition(":")[2])))
    make(self, *args, **kwargs)

TestEmulator.__init__ = taking_the_port
"""
    )
    pytester.makepyfile(
        """
        import httpx, os, pytest

        def test_nothing_listens_before_it_starts():
            with pytest.raises(httpx.ConnectError):
                httpx.get(os.environ["POSTMARK_BASE_URL"], trust_env=False)

        def test_it(postmark):
            assert os.environ["POSTMARK_BASE_URL"] == postmark.base_url
            assert httpx.get(postmark.base_url, trust_env=False, timeout=60).status_code == 200
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_failures_read_well(pytester: Pytester) -> None:
    pytester.makepyfile(
        """
        from postmark_sdk.testing import Mail

        def test_it(postmark):
            postmark.client.emails.send(from_="a@example.com", to="b@example.org", subject="Hi", text_body="t")
            assert postmark.outbox == [Mail(subject="Hello"), Mail(tag="late")]

        def test_length(postmark):
            postmark.client.emails.send(from_="a@example.com", to="b@example.org", subject="Hi", text_body="t")
            assert len(postmark.outbox) == 2
        """
    )
    result = run(pytester, "-p", "postmark_sdk.testing.plugin")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E * 1 sent, 2 expected",
            "E * 'Hi' to b@example.org:",
            "E *     subject: 'Hi', expected 'Hello'",
            "E * not sent: Mail(tag='late')",
            "*where 1 = len(<Outbox of 1: 'Hi' to b@example.org>)*",
        ]
    )


def test_a_failed_expectation_shows_what_it_was_given(pytester: Pytester) -> None:
    pytester.makepyfile(
        """
        from postmark_sdk.testing import Mail

        def test_it():
            Mail(body="t")
        """
    )
    result = run(pytester, "-p", "postmark_sdk.testing.plugin")
    result.stdout.fnmatch_lines(["self = Mail(body='t')*", "E * a message has no body; did you mean *_body?"])


def test_a_test_without_the_fixture_sees_nothing_of_the_test_before(pytester: Pytester) -> None:
    pytester.makepyfile(
        """
        from postmark_sdk import PostmarkClient

        def send():
            with PostmarkClient() as client:
                client.emails.send(from_="a@example.com", to="b@example.org", subject="Hi", text_body="t")

        def test_first(postmark):
            postmark.fail_next(times=9, error_code=300, status=422)

        def test_second():
            send()
        """
    )
    run(pytester, "-p", "postmark_sdk.testing.plugin").assert_outcomes(passed=2)


def test_whoever_tries_to_reach_the_real_host_fails(pytester: Pytester) -> None:
    pytester.makeconftest(_ASK)
    pytester.makepyfile(
        """
        from postmark_sdk import PostmarkClient

        REAL = PostmarkClient("00000000-0000-0000-0000-00000000000a", base_url="https://api.postmarkapp.com")

        def test_plainly():
            REAL.server.get()

        def test_in_secret():
            try:
                REAL.server.get()
            except BaseException:
                pass

        def test_innocent():
            assert REAL
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*RealHostError: stopped before it reached api.postmarkapp.com*",
            "*the code under test tried to reach api.postmarkapp.com*",
        ]
    )


def test_each_worker_has_an_emulator_of_its_own(pytester: Pytester) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    pytester.makeconftest(_ASK)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(20))
        def test_alone(postmark, number):
            assert not postmark.outbox
            for _ in range(5):
                postmark.client.emails.send(from_="a@example.com", to="b@example.org", subject="s", text_body="t")
            assert len(postmark.outbox) == 5
        """
    )
    run(pytester, "-p", "xdist", "-n", "2").assert_outcomes(passed=20)


def test_the_example_of_its_page_runs(pytester: Pytester) -> None:
    page = (_ROOT / "docs" / "howto" / "testing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 2
    conftest, shop_and_test = blocks[:2]
    pytester.makeconftest(conftest)
    pytester.makepyfile(test_shop=shop_and_test)
    result = run(pytester)
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["passed"] >= 1


def test_a_failure_reads_as_the_page_shows_it(pytester: Pytester) -> None:
    page = (_ROOT / "docs" / "howto" / "testing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n([^`]*def test_welcome.*?)^```", page, re.DOTALL | re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(E .*?)^```", page, re.DOTALL | re.MULTILINE)
    pytester.makeconftest(_ASK)
    pytester.makepyfile(example.replace('subject="Welcome", text_body', 'subject="Welcom", text_body'))
    assert shown in run(pytester).stdout.str()
