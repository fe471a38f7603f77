"""The processes beside this one: the server, and one client process for each environment."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from .environments import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_ENDING_SECONDS = 10


@contextlib.contextmanager
def running_server(answers: Path) -> Iterator[str]:
    """The address of a server that ends with the block."""
    command = [sys.executable, "-m", "benchmarks.server", str(answers)]
    with _process(command) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe
        yield process.stdout.readline().strip()


class Client:
    """A client process and the contestants in it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def seconds(self, contestant: str, work: str, times: int, proof: object) -> float | None:
        """CPU seconds of a work, None where the contestant has no such work."""
        seconds: float | None = self._done(contestant, work, times, proof)["seconds"]
        return seconds

    def peak_mb(self, contestant: str, work: str, times: int, proof: object) -> float:
        """The most memory that a work took, as long as it is the first of its size in this process."""
        peak: float = self._done(contestant, work, times, proof)["peak_mb"]
        return peak

    def _done(self, contestant: str, work: str, times: int, proof: object) -> dict[str, Any]:
        """What the process tells about a work.

        Raises:
            RuntimeError: The work was not done: another proof came back.
        """
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        asked = {"contestant": contestant, "work": work, "times": times}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the client process of {contestant} ended during {work}; its own words are above")
        answer: dict[str, Any] = json.loads(line)
        if answer["seconds"] is not None and answer["proof"] != proof:
            raise RuntimeError(f"{contestant}: {work} gave {answer['proof']!r} instead of {proof!r}")
        return answer


@contextlib.contextmanager
def running_client(python: Path, base_url: str, contestants: Sequence[str]) -> Iterator[Client]:
    """A client process that ends with the block."""
    with _process([str(python), "-m", "benchmarks.worker", base_url, *contestants]) as process:
        yield Client(process)


@contextlib.contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Both kinds end when their standard input does."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - ours
    try:
        yield process
    finally:
        assert process.stdin is not None  # noqa: S101 - a pipe
        process.stdin.close()
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None  # noqa: S101 - a pipe
        process.stdout.close()
