"""Brokers on free ports, with all that they keep in a folder of theirs; killed, not stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SECONDS = 180
_LOOK_SECONDS = 0.05


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Broker(ABC):
    """A server that Celery uses; after :meth:`start` it takes connections."""

    program: str

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "broker"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is."""

    @abstractmethod
    def _command(self) -> list[str]:
        """What starts it."""

    def _variables(self) -> Mapping[str, str]:
        return {}

    @abstractmethod
    def _greeting(self) -> tuple[bytes, bytes]:
        """What to say, and how the answer begins."""

    def start(self) -> None:
        """Start it, also again."""
        self._folder.mkdir(exist_ok=True)
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                self._command(),
                env={**os.environ, **self._variables()},
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + _SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "broker.log").read_text(errors="replace")
            assert time.monotonic() < ends, "the broker does not start"
            time.sleep(_LOOK_SECONDS)

    def _answers(self) -> bool:
        said, answer = self._greeting()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=5) as asking:
            asking.sendall(said)
            return asking.recv(len(answer)) == answer
        return False

    def kill(self) -> None:
        """Kill it with all that it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def forget(self) -> None:
        """Lose all that it kept, after a kill."""
        shutil.rmtree(self._folder)


class Redis(Broker):
    """It keeps what it was given, each command as it comes."""

    program = "redis-server"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self._port}"

    def _command(self) -> list[str]:
        return [
            self.program,
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "yes",
            "--dir",
            str(self._folder),
        ]

    def _greeting(self) -> tuple[bytes, bytes]:
        return b"PING\r\n", b"+PONG"


class RabbitMQ(Broker):
    """Debian's, beside any that runs already: every port and path is its own."""

    program = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # what is in PATH would change the user

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._distribution, self._mapper = _free_port(), _free_port()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def _command(self) -> list[str]:
        return [self.program]

    def _variables(self) -> Mapping[str, str]:
        folder = str(self._folder)
        return {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper),
            "HOME": folder,
            "RABBITMQ_CONFIG_FILE": f"{folder}/none",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_NODENAME": f"faults{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
        }

    def _greeting(self) -> tuple[bytes, bytes]:
        return b"AMQP\0\0\x09\1", b"\1\0\0"

    def kill(self) -> None:
        """Kill it, and the name server that Erlang left behind, which refuses until it has noticed."""
        super().kill()
        mapper = shutil.which("epmd")
        ends = time.monotonic() + _SECONDS
        while mapper is not None and self._is_mapped() and time.monotonic() < ends:
            environment = {**os.environ, **self._variables()}
            subprocess.run([mapper, "-kill"], env=environment, capture_output=True, check=False)  # noqa: S603
            time.sleep(_LOOK_SECONDS)

    def _is_mapped(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._mapper), timeout=5):
            return True
        return False


BROKERS: dict[str, type[Broker]] = {"Redis": Redis, "RabbitMQ": RabbitMQ}
