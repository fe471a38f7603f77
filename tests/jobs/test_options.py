"""What callers give is refused by its name, with what it takes, before anything is done."""

from __future__ import annotations

import datetime as _dt
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import AsyncPostmarkClient, InvalidMessageError, PostmarkClient
from postmark_sdk.jobs import Jobs

from .trials import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .postmark import Postmark


NUMBERS: list[Any] = [0, -1, float("nan"), float("inf"), 1e300, "2", True]


@pytest.mark.parametrize("value", [*NUMBERS, None])
@pytest.mark.parametrize("option", ["lease", "patience", "poll", "again_after", "pace", "resend_not_found_after"])
def test_a_number_that_means_nothing_is_refused_by_its_name(
    option: str, value: Any, sqlite: Jobs, client: PostmarkClient, tmp_path: Path
) -> None:
    ways: dict[str, Callable[[], object]] = {
        "lease": lambda: Jobs(f"sqlite:///{tmp_path}/other.db", lease=value),
        "patience": lambda: Jobs(f"sqlite:///{tmp_path}/other.db", patience=value),
        "poll": lambda: sqlite.work(client, poll=value),
        "again_after": lambda: sqlite.due(again_after=value),
        "pace": lambda: sqlite.set_pace(messages_per_second=value),
        "resend_not_found_after": lambda: sqlite.add("news", [], resend_not_found_after=value),
    }
    if value is None and option in {"again_after", "pace", "resend_not_found_after"}:
        ways[option]()
        return
    name = "messages_per_second" if option == "pace" else option
    with pytest.raises(ValueError, match=f"{name}: it takes a number (above 0|from)"):
        ways[option]()


@pytest.mark.parametrize("value", [*NUMBERS, None, 1.5, 1_000_001])
def test_a_count_that_is_none_is_refused(value: Any, sqlite: Jobs, client: PostmarkClient) -> None:
    with pytest.raises(InvalidMessageError, match="limit: it takes a whole number from 1 to 1,000,000"):
        sqlite.due(value)
    with pytest.raises(InvalidMessageError, match="concurrency: it takes a whole number from 1 to 1,000"):
        sqlite.work(client, concurrency=value)


@pytest.mark.parametrize("value", [5, None, _dt.timedelta(-1), _dt.timedelta.max])
def test_an_age_that_is_none_is_refused(value: Any, sqlite: Jobs) -> None:
    with pytest.raises(InvalidMessageError, match="older_than: it takes a datetime"):
        sqlite.prune(value)


def test_a_lease_that_no_commit_keeps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lease: it takes a number from 1"):
        Jobs(f"sqlite:///{tmp_path}/other.db", lease=0.5)


@pytest.mark.anyio
async def test_the_other_kind_of_client_is_refused_before_anything_is_taken(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = sqlite.add("news", [plain(0)])
    (chunk,) = sqlite.due()
    theirs: Any = client
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as other:
        ours: Any = other
        with pytest.raises(InvalidMessageError, match=r"client: .* PostmarkClient"):
            sqlite.work(ours)
        with pytest.raises(InvalidMessageError, match=r"client: .* PostmarkClient"):
            sqlite.work_on(ours, chunk)
        with pytest.raises(InvalidMessageError, match=r"client: .* AsyncPostmarkClient"):
            await sqlite.work_async(theirs)
        with pytest.raises(InvalidMessageError, match=r"client: .* AsyncPostmarkClient"):
            await sqlite.work_on_async(theirs, chunk)
    assert job.progress().chunks == {"waiting": 1}
