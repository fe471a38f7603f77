"""A client process: runs the contestants of its environment on request, and tells the CPU seconds each work took.

Arguments: the server's address and the contestants' names. Reads lines of JSON such as
``{"contestant": "sdk", "work": "send", "times": 200}``; answers each with ``{"seconds": ..., "peak_mb": ..., "proof":
...}``, or with ``{"seconds": null}`` where a contestant has no such work. The peak is the most memory of the process so
far, above what it took before the work: in a fresh process, the work's own.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


def main(base_url: str, names: list[str]) -> None:
    """Answer requests until standard input ends."""
    loop = asyncio.new_event_loop()
    contestants = {name: _contestant(name)(base_url) for name in names}
    for line in sys.stdin:
        asked = json.loads(line)
        work = getattr(contestants[asked["contestant"]], asked["work"], None)
        print(json.dumps({"seconds": None} if work is None else _timed(loop, work, asked["times"])), flush=True)
    os._exit(0)  # connections end with the process; who complains about open ones need not


def _contestant(name: str) -> Any:
    return importlib.import_module(f"benchmarks.contestants.{name}").Contestant


def _timed(loop: asyncio.AbstractEventLoop, work: Any, times: int) -> dict[str, Any]:
    gc.collect()
    before = _memory_mb("VmRSS")
    if inspect.iscoroutinefunction(work):
        started = time.process_time()
        proof = loop.run_until_complete(work(times))
    else:
        started = time.process_time()
        proof = work(times)
    seconds = time.process_time() - started
    return {"seconds": seconds, "peak_mb": _memory_mb("VmHWM") - before, "proof": proof()}


def _memory_mb(field: str) -> float:
    """Resident memory, now or at most; of other systems than Linux the most is all that is told."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return int(status.partition(f"{field}:")[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
