"""Both shells over one ``httpx.MockTransport`` handler, with a clock, a sleep and dice that only count."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from postmark_sdk._core.call.aio import AsyncCore
from postmark_sdk._core.call.settings import Settings
from postmark_sdk._core.call.sync import SyncCore
from postmark_sdk._core.http.policy import Policy
from postmark_sdk._core.http.pooling.pool import AsyncPool, SyncPool
from postmark_sdk._generated.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASE_URL = "http://127.0.0.1"
SERVER_TOKEN = "server-token-for-tests"
ACCOUNT_TOKEN = "account-token-for-tests"

READ = OPERATIONS["server_get"]
SEND = OPERATIONS["emails_send"]
MAIL = {"from_": "a@example.com", "to": "b@example.org", "text_body": "Hello."}


class Answer(NamedTuple):
    """One answer of the pretended server."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}

    def response(self) -> httpx.Response:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, content=content, headers=self.headers)


Step = Answer | type[Exception]


class Run(NamedTuple):
    """What one call did."""

    result: Any
    error: Any
    requests: list[tuple[str, str, bytes]]
    pauses: list[float]

    @property
    def tries(self) -> int:
        return len(self.requests)


class Stage:
    """A script for the server, and a clock that moves only when somebody sleeps or a try takes its time."""

    def __init__(self, script: list[Step], policy: Mapping[str, Any], seconds_per_try: float) -> None:
        self.script = list(script)
        self.now = 1000.0
        self.pauses: list[float] = []
        self.requests: list[tuple[str, str, bytes]] = []
        self.seconds_per_try = seconds_per_try
        self.settings = Settings(
            server_token=SERVER_TOKEN,
            account_token=ACCOUNT_TOKEN,
            base_url=BASE_URL,
            policy=Policy(clock=lambda: self.now, dice=lambda _low, high: high, **policy),
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, str(request.url), request.content))
        self.now += self.seconds_per_try
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Answer):
            return step.response()
        raise step("for a test")

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def finished(self, call: Callable[[], Any]) -> Run:
        try:
            result, error = call(), None
        except Exception as raised:  # noqa: BLE001 - the error is what is looked at
            result, error = None, raised
        return Run(result, error, self.requests, self.pauses)


def run_sync(stage: Stage, operation: Any = READ, **given: Any) -> Run:
    with httpx.Client(transport=httpx.MockTransport(stage.handle)) as client:
        core = SyncCore(stage.settings, SyncPool(client), sleep=stage.sleep)
        return stage.finished(lambda: core.call(operation, **given))


def run_async(stage: Stage, operation: Any = READ, **given: Any) -> Run:
    async def call() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(stage.handle)) as client:
            core = AsyncCore(stage.settings, AsyncPool(client), sleep=stage.asleep)
            return await core.call(operation, **given)

    return stage.finished(lambda: asyncio.run(call()))


def run(
    script: list[Step],
    operation: Any = READ,
    *,
    policy: Mapping[str, Any] | None = None,
    seconds_per_try: float = 0.0,
    **given: Any,
) -> Run:
    """Make the same call in both worlds, demand that they behave alike, and return what happened."""
    if operation is SEND and not given:
        given = {"fields": MAIL}
    stages = [Stage(script, policy or {}, seconds_per_try) for _ in range(2)]
    one, other = run_sync(stages[0], operation, **given), run_async(stages[1], operation, **given)
    assert one.requests == other.requests
    assert one.pauses == other.pauses
    assert one.result == other.result
    assert repr(one.error) == repr(other.error)
    assert str(one.error) == str(other.error)
    return one
