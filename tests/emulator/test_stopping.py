"""Ctrl-C and SIGTERM end the emulator at once and without a traceback, whatever is still open."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAIL = {"From": "a@example.com", "To": "b@example.org", "TextBody": "Hello."}
FOR_EVER = 3600
PATIENCE = 60


@contextmanager
def emulator_process() -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    command = [sys.executable, "-m", "postmark_sdk.emulator", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(4)]
            values = dict(line.removeprefix("export ").strip().split("=", 1) for line in said if "export" in line)
            headers = {"X-Postmark-Server-Token": values["POSTMARK_SERVER_TOKEN"]}
            url = values["POSTMARK_BASE_URL"]
            with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False) as client:
                yield process, client
        finally:
            process.kill()


def in_background(client: httpx.Client, method: str, path: str, body: object) -> None:
    """A request whose answer never comes."""

    given: Any = {"base_url": client.base_url, "headers": client.headers, "timeout": PATIENCE, "trust_env": False}

    def ask() -> None:
        # With a client of its own: the other may be closed before this begins.
        with suppress(httpx.TransportError), httpx.Client(**given) as own:
            own.request(method, path, json=body)

    threading.Thread(target=ask, daemon=True).start()


def silent_receiver(stack: ExitStack) -> socket.socket:
    """Takes connections and says nothing."""
    return stack.enter_context(socket.create_server(("127.0.0.1", 0)))


def url_of(receiver: socket.socket) -> str:
    return f"http://127.0.0.1:{receiver.getsockname()[1]}/hook"


def open_inbox(client: httpx.Client, stack: ExitStack) -> None:
    answer = stack.enter_context(client.stream("GET", "/inbox/events"))
    assert next(answer.iter_lines()).startswith("retry")


def hanging_webhook(client: httpx.Client, stack: ExitStack) -> None:
    receiver = silent_receiver(stack)
    client.post("/_emulator/settings", json={"webhook_timeout": FOR_EVER}).raise_for_status()
    client.put("/server", json={"DeliveryHookUrl": url_of(receiver)}).raise_for_status()
    client.post("/email", json=MAIL).raise_for_status()
    stack.enter_context(receiver.accept()[0])


def hanging_verification(client: httpx.Client, stack: ExitStack) -> None:
    receiver = silent_receiver(stack)
    client.post("/_emulator/settings", json={"webhook_timeout": FOR_EVER}).raise_for_status()
    webhook = {"Url": url_of(receiver), "Triggers": {"Open": {"Enabled": True}}}
    in_background(client, "POST", "/webhooks", webhook)
    stack.enter_context(receiver.accept()[0])


def held_back_answer(client: httpx.Client, _stack: ExitStack) -> None:
    client.post("/_emulator/settings", json={"latency": FOR_EVER}).raise_for_status()
    in_background(client, "POST", "/email", MAIL)


def silence_on_purpose(client: httpx.Client, _stack: ExitStack) -> None:
    client.post("/_emulator/faults", json={"kind": "timeout", "seconds": FOR_EVER}).raise_for_status()
    in_background(client, "POST", "/email", MAIL)
    while client.get("/_emulator/faults").json()["Faults"]:
        pass


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
@pytest.mark.parametrize(
    "prepare", [open_inbox, hanging_webhook, hanging_verification, held_back_answer, silence_on_purpose]
)
def test_it_stops_without_waiting_and_without_a_word(prepare: Callable[..., None], ending: signal.Signals) -> None:
    with emulator_process() as (process, client), ExitStack() as stack:
        prepare(client, stack)
        process.send_signal(ending)
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, "")


def test_stopping_ends_the_event_stream_properly() -> None:
    others = set(threading.enumerate())
    emulator = Emulator().start()
    with httpx.stream("GET", f"{emulator.base_url}/inbox/events", timeout=PATIENCE) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry")
        emulator.stop()
        assert "event: change" in list(lines)
    assert "postmark-emulator" not in {thread.name for thread in set(threading.enumerate()) - others}
