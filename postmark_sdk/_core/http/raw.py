"""Answers as they came: alone, of calls that the description does not know, or beside what they mean."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar

from attrs import define, field

from ...errors import DecodeError
from ..body.json_text import is_dear

T = TypeVar("T")


@define(kw_only=True)
class RawResponse:
    """An answer as it came, status 200. ``headers`` has names in lower case; ``content`` is decompressed."""

    status_code: int
    headers: dict[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def request_id(self) -> str | None:
        """What to name to Postmark's support: ``X-Request-Id``, which it documents nowhere. None if there is none."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """The decoded JSON.

        Raises:
            DecodeError: It is none.
        """
        try:
            return json.loads(b"" if is_dear(self.content) else self.content)
        except (ValueError, RecursionError):
            raise DecodeError(
                "not JSON", status_code=self.status_code, headers=self.headers, body=self.content[:1024]
            ) from None


@define(kw_only=True)
class APIResponse(RawResponse, Generic[T]):
    """What a method returned, and the answer that it was read from. Of several calls it is the last answer."""

    result: T
    """What the method returned."""
    attempts: int
    """How often the call was tried."""
