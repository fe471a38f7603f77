"""Answers that go wrong on purpose."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

from ..reference.problems import Json, Problem, only

FaultKind = Literal["status", "rate_limit", "cut", "timeout", "garbage", "delayed"]


@dataclass
class Fault:
    """What happens to the next matching requests instead of (or after) the real thing.

    Args:
        kind: ``status``: an error answer; ``rate_limit``: 429; ``cut``: the connection is dropped; ``timeout``: nothing
            is answered for ``seconds``, then it is dropped; ``garbage``: 200 with HTML instead of JSON; ``delayed``:
            accepted, but the answer lacks ``ErrorCode``.
        times: How many requests it hits.
        status: HTTP status of kind ``status``.
        error_code: ``ErrorCode`` of the envelope; None sends a body that is not JSON.
        message: ``Message`` of the envelope.
        retry_after: The ``Retry-After`` header, if any.
        path: Shell pattern for the path, without regard to case: ``/email*``.
        method: Only this HTTP method.
        processed: Whether the request is carried out before its answer goes wrong.
        seconds: How long kind ``timeout`` keeps silent, in real seconds.
    """

    kind: FaultKind = "status"
    times: int = 1
    status: int = 500
    error_code: int | None = None
    message: str = "Injected by the emulator."
    retry_after: str | None = None
    path: str = "*"
    method: str | None = None
    processed: bool = False
    seconds: float = 60.0

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is to be hit."""
        if self.method is not None and self.method.upper() != method.upper():
            return False
        return fnmatchcase(path.lower(), self.path.lower())


class Faults:
    """The queue of faults, first come first served."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Append one."""
        with self._lock:
            self._queue.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, used up by one."""
        if not self._queue:
            return None
        with self._lock:
            for index, fault in enumerate(self._queue):
                if fault.matches(method, path):
                    fault.times -= 1
                    if fault.times <= 0:
                        del self._queue[index]
                    return fault
        return None

    def clear(self) -> None:
        """Drop all."""
        with self._lock:
            self._queue.clear()

    def pending(self) -> list[dict[str, Json]]:
        """What is still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._queue]


_FIELDS: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "times": (int,),
    "status": (int,),
    "error_code": (int, type(None)),
    "message": (str,),
    "retry_after": (str, type(None)),
    "path": (str,),
    "method": (str, type(None)),
    "processed": (bool,),
    "seconds": (int, float),
}
_MAX_STATUS = 599
_MIN_STATUS = 200


def parse_fault(body: Json) -> Fault:
    """A fault from JSON; code 403 names what is wrong."""
    if not isinstance(body, dict):
        raise Problem(403, "A fault is a JSON object.")
    only(body, *_FIELDS)
    for name, value in body.items():
        if not isinstance(value, _FIELDS[name]):
            raise Problem(403, f"Invalid request field(s): '{name}'.")
    fault = Fault(**body)
    if fault.kind not in get_args(FaultKind):
        raise Problem(403, f"Invalid request field(s): 'kind'. It is one of {', '.join(get_args(FaultKind))}.")
    if not _MIN_STATUS <= fault.status <= _MAX_STATUS or fault.times < 1:
        raise Problem(403, "Invalid request field(s): 'status' is 200 to 599 and 'times' at least 1.")
    return fault
