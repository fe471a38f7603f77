"""For all tests: how hard the property tests try, no settings from outside, and the transport of the async client.

With ``POSTMARK_TEST_TRANSPORT=aiohttp`` every async client that brings no HTTP client of its own uses httpx-aiohttp.
What cannot is marked: ``@pytest.mark.not_over_aiohttp(reason="...")``.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from postmark_sdk._core.http.pooling import idle, pool
from postmark_sdk._core.http.transport import tls_context

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("daily", max_examples=30, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("daily"), derandomize=True, database=None)
settings.register_profile("nightly", parent=settings.get_profile("daily"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "daily"))

_VARIABLES = (
    "POSTMARK_SERVER_TOKEN",
    "POSTMARK_ACCOUNT_TOKEN",
    "POSTMARK_BASE_URL",
    "POSTMARK_ALLOW_RECIPIENTS",
    "POSTMARK_REDIRECT_TO",
)
_AIOHTTP = os.environ.get("POSTMARK_TEST_TRANSPORT") == "aiohttp"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "not_over_aiohttp(reason): what httpx-aiohttp cannot do by its nature")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marker = item.get_closest_marker("not_over_aiohttp")
        if marker is not None and _AIOHTTP:
            item.add_marker(pytest.mark.skip(reason=marker.kwargs["reason"]))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(request: pytest.FixtureRequest) -> Iterator[None]:
    """A token in the developer's own environment must not decide whether a test passes; live tests are about it."""
    with pytest.MonkeyPatch.context() as patch:
        if "live" not in request.path.parts:
            for name in _VARIABLES:
                patch.delenv(name, raising=False)
        yield


@pytest.fixture
def _kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that count connections: by default one that nobody uses for five seconds is closed."""
    monkeypatch.setattr(idle, "KEEP_ALIVE_SECONDS", 3600.0)


@pytest.fixture(autouse=_AIOHTTP)
def _over_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it had been asked for with ``transport=``."""
    from httpx_aiohttp import AiohttpTransport

    usual = pool.AsyncPool.__init__

    def made(
        self: pool.AsyncPool, given: Any, site: Any = None, base_url: str = "https://", factory: Any = None
    ) -> None:
        own = functools.partial(AiohttpTransport, verify=tls_context(base_url))
        usual(self, given, site, base_url, factory if given is not None else factory or own)

    monkeypatch.setattr(pool.AsyncPool, "__init__", made)
