"""Limits of the description, as data on the models they belong to."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """What one field of a request must keep to. Lengths are characters, bytes are of UTF-8."""

    required: bool = False
    max_length: int | None = None
    max_bytes: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    max_properties: int | None = None
    max_key_length: int | None = None
    max_value_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    forbidden_extensions: tuple[str, ...] = ()


class Shape(NamedTuple):
    """What a request must keep to as a whole. Names are attributes."""

    at_least_one: tuple[str, ...] = ()
    at_most_one: tuple[str, ...] = ()
    exactly_one: tuple[str, ...] = ()
    max_recipients: int | None = None
    max_bytes: int | None = None
