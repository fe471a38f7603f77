"""The pytest plugin: ``pytest_plugins = ["postmark_sdk.testing.plugin"]`` in ``conftest.py``, or ``-p``.

The fixture ``postmark`` is a running :class:`postmark_sdk.testing.TestEmulator`, as good as new in every test. From the
moment the plugin is loaded the environment leads to it, modules that make their client when imported included, and
nothing gets through to the real Postmark. Each worker of pytest-xdist has an emulator of its own.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ..emulator._runner import bind, url_of
from ..emulator.control.seed import ACCOUNT_TOKEN, SERVER_TOKEN
from . import TestEmulator
from ._environment import environment, variables
from ._explain import explain
from ._guard import guard, take_stopped

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator, Iterator

__all__ = ["postmark", "postmark_emulator"]


class _Session:
    """A port is taken at once, so that its address can be in the environment; the emulator starts when asked for.

    Until then nothing listens on it, and whoever calls is refused at once.
    """

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.bound = self.stack.enter_context(bind("127.0.0.1", 0))
        self.stack.enter_context(environment(variables(url_of(self.bound), SERVER_TOKEN, ACCOUNT_TOKEN)))
        self.stack.enter_context(guard())


class _Emulator(TestEmulator):
    """On the session's own socket: a port that is let go may be another's before it is taken again."""

    def __init__(self, bound: socket.socket) -> None:
        super().__init__()
        self._bound = bound

    def _bind(self) -> socket.socket:
        return self._bound


_SESSION = pytest.StashKey[_Session]()


def pytest_configure(config: pytest.Config) -> None:
    """Lead the environment to the emulator, before any module of the code under test is imported."""
    config.stash[_SESSION] = _Session()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was."""
    session = config.stash.get(_SESSION, None)
    if session is not None:
        session.stack.close()


@pytest.fixture(scope="session")
def postmark_emulator(pytestconfig: pytest.Config) -> Iterator[TestEmulator]:
    """The emulator of this session, for fixtures that outlive a test; asking for ``postmark`` resets it."""
    with _Emulator(pytestconfig.stash[_SESSION].bound) as emulator:
        yield emulator


@pytest.fixture
def postmark(postmark_emulator: TestEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestEmulator]:
    """A local Postmark with nothing in it but what every account has, as it is again after the test."""
    postmark_emulator.reset()
    for name, value in postmark_emulator.variables.items():
        monkeypatch.setenv(name, value)
    yield postmark_emulator
    postmark_emulator.reset()  # its faults and settings are not for tests that do not ask for it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """A test that tried to reach the real Postmark has failed, even where the error was swallowed."""
    take_stopped()
    outcome = yield
    stopped = take_stopped()
    if stopped:
        pytest.fail(f"the code under test tried to reach {', '.join(dict.fromkeys(stopped))}", pytrace=False)
    return outcome


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say in what messages differ."""
    return explain(left, right) if op == "==" else None
