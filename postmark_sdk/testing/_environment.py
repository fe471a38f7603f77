"""Environment variables for as long as an emulator runs, so that the code under test needs no change."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Those of a guard are emptied: what is allowed to leave a developer's machine must not decide what a test sees.
_ABSENT = ("POSTMARK_ALLOW_RECIPIENTS", "POSTMARK_REDIRECT_TO")

_PROXY_EXCEPTIONS = ("NO_PROXY", "no_proxy")


def variables(base_url: str, server_token: str, account_token: str) -> dict[str, str]:
    """What clients read that are told nothing else."""
    return {
        "POSTMARK_BASE_URL": base_url,
        "POSTMARK_SERVER_TOKEN": server_token,
        "POSTMARK_ACCOUNT_TOKEN": account_token,
    }


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set them, and put back afterwards what was there before."""
    before = {name: os.environ.get(name) for name in (*values, *_ABSENT, *_PROXY_EXCEPTIONS)}
    os.environ.update(values)
    for name in _PROXY_EXCEPTIONS:
        os.environ[name] = f"{before[name]},127.0.0.1" if before[name] else "127.0.0.1"
    for name in _ABSENT:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
