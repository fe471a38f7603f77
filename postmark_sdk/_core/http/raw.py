"""Answers to calls that the description does not know."""

from __future__ import annotations

import json
from typing import Any

from attrs import define, field

from ...errors import DecodeError
from ..body.json_text import is_dear


@define(kw_only=True)
class RawResponse:
    """An answer as it came, status 200. ``headers`` has names in lower case; ``content`` is decompressed."""

    status_code: int
    headers: dict[str, str] = field(repr=False)
    content: bytes = field(repr=False)

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
