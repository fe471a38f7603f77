"""What the clients' annotations name, imported when one of them is evaluated: starting up needs none of it."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as typing has it; importing that takes longer than all else on the way to a client
if TYPE_CHECKING:
    from collections.abc import Callable as Callable
    from collections.abc import Mapping as Mapping
    from types import TracebackType as TracebackType
    from typing import Any as Any

    import httpx as httpx
    from typing_extensions import Self as Self

    from ._core.call.aio import AsyncCore as AsyncCore
    from ._core.call.events import Listener as Listener
    from ._core.call.sync import SyncCore as SyncCore
    from ._core.call.timeout import Timeout as Timeout
    from ._core.http.raw import RawResponse as RawResponse
    from ._core.mail.defaults import Defaults as Defaults
    from ._core.mail.guard import Guard as Guard
    from ._core.mail.report import SendReport as SendReport
    from ._core.paging.resume import ResumePoint as ResumePoint

_ORIGINS = {
    "Any": "typing",
    "AsyncCore": "._core.call.aio",
    "Callable": "collections.abc",
    "Defaults": "._core.mail.defaults",
    "Guard": "._core.mail.guard",
    "Listener": "._core.call.events",
    "Mapping": "collections.abc",
    "RawResponse": "._core.http.raw",
    "ResumePoint": "._core.paging.resume",
    "Self": "typing_extensions",
    "SendReport": "._core.mail.report",
    "SyncCore": "._core.call.sync",
    "Timeout": "._core.call.timeout",
    "TracebackType": "types",
}

if not TYPE_CHECKING:  # checkers know the names from above; a module's __getattr__ would hide misspelt ones

    def __getattr__(name: str) -> Any:
        if name == "httpx":
            return import_module(name)
        if name not in _ORIGINS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_ORIGINS[name], __package__), name)
        globals()[name] = value
        return value
