"""A mail sent while another exception is handled, such as the one that it reports."""

from __future__ import annotations

import traceback
from typing import Any

import httpx
import pytest

from postmark_sdk import OutcomeUnknownError
from tests.core.wire import MAIL, Line


def _of_the_application() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", [httpx.ReadTimeout, KeyboardInterrupt])
def test_the_exception_that_is_being_handled_keeps_its_traceback(
    kind: type[BaseException], *, asynchronous: bool
) -> None:
    def lost(_: httpx.Request) -> httpx.Response:
        raise kind("for a test")

    def report(client: Any) -> Any:
        try:
            _of_the_application()
        except ZeroDivisionError:
            return client.emails.send(**MAIL)

    async def areport(client: Any) -> Any:
        try:
            _of_the_application()
        except ZeroDivisionError:
            return await client.emails.send(**MAIL)

    line = Line(asynchronous=asynchronous, answer=lost)
    with pytest.raises(OutcomeUnknownError if issubclass(kind, Exception) else kind) as caught:
        line.call(areport if asynchronous else report)
    error: BaseException | None = caught.value
    while not isinstance(error, ZeroDivisionError):
        assert error is not None
        error = error.__context__
    assert traceback.extract_tb(error.__traceback__)[-1].name == "_of_the_application"
