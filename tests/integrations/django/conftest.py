"""A running emulator, and the settings of a project whose mail goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.testing import TestEmulator


@pytest.fixture(name="postmark", scope="package")
def _running() -> Iterator[TestEmulator]:
    from postmark_sdk.testing import TestEmulator

    with TestEmulator() as running:
        yield running


@pytest.fixture(name="project")
def _project(postmark: TestEmulator) -> Iterator[None]:
    from tests.integrations.django.project import settings_of

    postmark.reset()
    with settings_of(server_token=postmark.server_token, base_url=postmark.base_url, retries=0):
        yield
