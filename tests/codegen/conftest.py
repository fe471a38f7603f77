"""The generator needs Python 3.11 and packages of its own; users of the package need neither."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_MISSING = [name for name in ("openapi_python_client", "jinja2", "ruff", "yaml") if find_spec(name) is None]
_REASON = (
    "code generation needs Python 3.11 or newer"
    if sys.version_info < (3, 11)
    else f"code generation needs packages that are not installed: {', '.join(_MISSING)}"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.version_info >= (3, 11) and not _MISSING:
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.name != "test_description.py":
            item.add_marker(pytest.mark.skip(reason=_REASON))
