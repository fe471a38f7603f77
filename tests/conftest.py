"""For all tests: how hard the property tests try, and no settings from outside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("daily", max_examples=30, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("daily"), derandomize=True, database=None)
settings.register_profile("nightly", parent=settings.get_profile("daily"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "daily"))

_VARIABLES = ("POSTMARK_SERVER_TOKEN", "POSTMARK_ACCOUNT_TOKEN", "POSTMARK_BASE_URL")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(request: pytest.FixtureRequest) -> Iterator[None]:
    """A token in the developer's own environment must not decide whether a test passes; live tests are about it."""
    with pytest.MonkeyPatch.context() as patch:
        if "live" not in request.path.parts:
            for name in _VARIABLES:
                patch.delenv(name, raising=False)
        yield
