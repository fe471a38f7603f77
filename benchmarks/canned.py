"""The server's answers, made of the description's own examples."""

from __future__ import annotations

import itertools
import json
import uuid
from pathlib import Path
from typing import Any

import yaml

from .contestants.form import BATCH, FILES, PAGE
from .contestants.mail import RECEIVER

ROOT = Path(__file__).resolve().parent.parent

MESSAGE_ID = "0a129aee-e1cd-480d-b08d-4f48548ff48d"
OUTBOUND_TOTAL = 10_000


def write_answers(folder: Path) -> None:
    """One file for each answer; its name is what the server looks it up by."""
    document = yaml.load((ROOT / "spec" / "postmark.yaml").read_text("utf-8"), yaml.CSafeLoader)
    accepted = {**_example(document, "post", "/email", "accepted"), "MessageID": MESSAGE_ID}
    message = _example(document, "get", "/messages/outbound", "messages")["Messages"][0]
    numbers = itertools.count(1)
    answers = {
        "mail": accepted,
        "batch": [{**accepted, "To": RECEIVER.format(each), "MessageID": _id(numbers)} for each in range(BATCH)],
        "attachments": [{**accepted, "MessageID": _id(numbers)} for _ in range(FILES)],
        "page": {
            "TotalCount": OUTBOUND_TOTAL,
            "Messages": [{**message, "MessageID": _id(numbers)} for _ in range(PAGE)],
        },
    }
    for name, answer in answers.items():
        (folder / f"{name}.json").write_text(json.dumps(answer, separators=(",", ":")), "utf-8")


def _id(numbers: itertools.count[int]) -> str:
    return str(uuid.UUID(int=next(numbers)))


def _example(document: Any, method: str, path: str, name: str) -> Any:
    media = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    return media["examples"][name]["value"]
