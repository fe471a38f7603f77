"""A client process: runs the contestants of its environment on request, and tells the CPU seconds each work took.

Arguments: the server's address and the contestants' names. Reads lines of JSON such as
``{"contestant": "sdk", "work": "send", "times": 200}``; answers each with ``{"seconds": ..., "proof": ...}``, or with
``{"seconds": null}`` where a contestant has no such work.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import json
import sys
import time
from typing import Any


def main(base_url: str, names: list[str]) -> None:
    """Answer requests until standard input ends."""
    loop = asyncio.new_event_loop()
    contestants = {name: _contestant(name)(base_url) for name in names}
    for line in sys.stdin:
        asked = json.loads(line)
        work = getattr(contestants[asked["contestant"]], asked["work"], None)
        print(json.dumps({"seconds": None} if work is None else _timed(loop, work, asked["times"])), flush=True)


def _contestant(name: str) -> Any:
    return importlib.import_module(f"benchmarks.contestants.{name}").Contestant


def _timed(loop: asyncio.AbstractEventLoop, work: Any, times: int) -> dict[str, Any]:
    gc.collect()
    if inspect.iscoroutinefunction(work):
        started = time.process_time()
        proof = loop.run_until_complete(work(times))
    else:
        started = time.process_time()
        proof = work(times)
    seconds = time.process_time() - started
    return {"seconds": seconds, "proof": proof()}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
