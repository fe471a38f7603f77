"""What every runner has to get right: four mails, of which one gets lost, two are put off, and one is refused."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
LOST, BUSY, DOWN, GONE = ADDRESSES = [f"{name}@example.org" for name in ("lost", "busy", "down", "gone")]


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An example as a module of its own."""
    path = EXAMPLES / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def prepare(postmark: TestEmulator) -> None:
    """Let three calls go wrong, in this order, and the mail to one address be refused."""
    postmark.suppress(GONE)
    postmark.fail_next(kind="cut", processed=True)
    postmark.fail_next(status=429)
    postmark.fail_next(status=503, error_code=100)


def check(postmark: TestEmulator) -> None:
    """What was put off arrived, once; the lost one is not doubled, and the refused one was not tried again."""
    assert sorted(mail.recipients[0] for mail in postmark.outbox) == sorted([LOST, BUSY, DOWN])
    assert [refusal["ErrorCode"] for refusal in postmark.refusals() if refusal["ErrorCode"] == 406] == [406]
