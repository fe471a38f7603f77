"""The emulator with what a test needs around it: clients, outbox, environment, and no way out."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from functools import cached_property

import httpx
from typing_extensions import Self

from .. import emulator
from .._client import AsyncPostmarkClient, PostmarkClient
from ._environment import environment, variables
from ._guard import guard
from ._outbox import Outbox
from ._webhooks import Webhooks

_ALL = 1_000_000


class TestEmulator(emulator.Emulator):
    """A local Postmark for tests: what ``postmark_sdk.emulator.Emulator`` is, and more.

    While it runs, ``POSTMARK_BASE_URL``, ``POSTMARK_SERVER_TOKEN`` and ``POSTMARK_ACCOUNT_TOKEN`` are those of the
    emulator, and a call to the real Postmark raises :class:`RealHostError`.
    """

    __test__ = False  # pytest collects classes by this name
    _until_stopped: ExitStack | None = None
    _read_at = -1
    _messages: list[emulator.SentMessage]

    @cached_property
    def client(self) -> PostmarkClient:
        """A client of this emulator, with both tokens."""
        return PostmarkClient(self.server_token, account_token=self.account_token, base_url=self.base_url)

    @cached_property
    def async_client(self) -> AsyncPostmarkClient:
        """The asynchronous one, for any number of event loops. It keeps no connection, so it need not be closed."""
        return AsyncPostmarkClient(
            self.server_token,
            account_token=self.account_token,
            base_url=self.base_url,
            http_client=httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False),
        )

    @cached_property
    def outbox(self) -> Outbox:
        """What was sent, oldest first; always up to date."""
        return Outbox(self._read)

    @cached_property
    def webhooks(self) -> Webhooks:
        """What was posted to webhooks, and where to post."""
        return Webhooks(self)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that lead a client here."""
        return variables(self.base_url, self.server_token, self.account_token)

    def start(self) -> Self:
        """Listen, set the environment and block the way to the real host."""
        with ExitStack() as stack:
            super().start()
            stack.callback(super().stop)
            stack.enter_context(environment(self.variables))
            stack.enter_context(guard())
            self._settings = dataclasses.replace(self.state.settings)
            self._until_stopped = stack.pop_all()
        return self

    def stop(self) -> None:
        """Undo all that; what was sent is gone unless there is a database file."""
        if "client" in self.__dict__:
            self.client.close()
        if "webhooks" in self.__dict__:
            self.webhooks.close()
        if self._until_stopped is None:
            super().stop()
        else:
            self._until_stopped.close()

    def reset(self) -> None:
        """Forget everything: messages, templates, webhooks, faults, settings; the clock is real time again."""
        super().reset()
        self.state.settings = dataclasses.replace(self._settings)
        self.__dict__.pop("async_client", None)

    def _read(self) -> list[emulator.SentMessage]:
        revision = self.state.revision
        if revision != self._read_at:
            self._messages, self._read_at = self.sent(limit=_ALL), revision
        return self._messages
