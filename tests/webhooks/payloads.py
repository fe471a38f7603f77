"""The example payloads of the description, read from the file."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from tests.description import document


class Example(NamedTuple):
    """One documented payload."""

    kind: str
    name: str
    value: dict[str, Any]
    schema: str


def examples(kind: str | None = None) -> list[Example]:
    """All of them, or those of one webhook."""
    return [
        Example(webhook, name, copy.deepcopy(example["value"]), content["schema"]["$ref"].rpartition("/")[2])
        for webhook, node in document()["webhooks"].items()
        if kind in {None, webhook}
        for content in [node["post"]["requestBody"]["content"]["application/json"]]
        for name, example in content["examples"].items()
    ]


def example(kind: str, name: str = "current") -> dict[str, Any]:
    """One of them."""
    return next(each.value for each in examples(kind) if each.name == name)
