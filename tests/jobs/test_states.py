"""The machine by itself: no step leads to a second send that nobody asked for."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from postmark_sdk.jobs import pace, states
from postmark_sdk.jobs.states import Step

STEPS = {name: value for name, value in vars(states).items() if isinstance(value, Step)}
STATES = get_args(states.ChunkState)


def test_each_step_begins_and_ends_in_a_state_that_there_is() -> None:
    assert {state for step in STEPS.values() for state in (*step.before, step.after)} == {*STATES} - {"done"} | {
        "unknown"
    }


def test_only_who_has_claimed_a_chunk_of_a_running_job_notes_that_it_leaves() -> None:
    leading = [name for name, step in STEPS.items() if step.after == "sending" and step.before != ("sending",)]
    assert leading == ["BEGIN"]
    assert Step(("claimed",), "sending", owner=True, running=True) == states.BEGIN


def test_what_may_have_left_waits_again_only_by_its_owner_or_on_request() -> None:
    risky = {"sending", "unknown"}
    back = {name for name, step in STEPS.items() if risky & {*step.before} and step.after == "waiting"}
    assert back == {"NOT_TAKEN", "RESEND", "RESEND_BY_HAND"}
    assert states.NOT_TAKEN.owner
    assert states.RESEND.owner


def test_nothing_leaves_what_is_done_or_cancelled() -> None:
    assert [name for name, step in STEPS.items() if {"done", "cancelled"} & {*step.before}] == []


def test_nobody_takes_a_chunk_before_it_is_due() -> None:
    anybody = {name for name, step in STEPS.items() if not step.owner and not step.due}
    assert anybody == {"RESEND_BY_HAND", "RESUME", "CANCEL"}  # a person's


@pytest.mark.parametrize(("state", "is_owner"), [*itertools.product(STATES, [True, False])])
def test_a_chunk_is_done_when_all_is_known_and_a_late_answer_takes_it_from_nobody(
    state: states.ChunkState, *, is_owner: bool
) -> None:
    assert states.after_answer(state, open_messages=0, is_owner=is_owner) == "done"
    left = states.after_answer(state, open_messages=1, is_owner=is_owner)
    assert left == ("unknown" if is_owner and state in {"sending", "unknown"} else state)


def test_what_is_known_of_a_message_is_never_overwritten() -> None:
    news = get_args(states.MessageState)
    assert {(new, old) for new in news for old in news if states.supersedes(new, old)} == {
        (new, "unknown") for new in news if new != "unknown"
    }
    assert all(states.supersedes(new, None) for new in news)


def test_a_bucket_fills_with_time_and_no_further_than_a_second() -> None:
    assert pace.refilled(-490.0, 10.0, 48.0) == -10.0
    assert pace.refilled(-490.0, 10.0, 49.0) == 0.0
    assert pace.refilled(0.0, 10.0, 3600.0) == 10.0
    assert pace.refilled(0.0, 10.0, None) == 10.0
    assert pace.refilled(5.0, 10.0, -300.0) == 5.0  # a clock that was set back


def test_pauses_grow_and_end_somewhere() -> None:
    longest = [pace.pause(None, attempt, lambda _, high: high) for attempt in range(12)]
    assert longest == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert pace.pause(None, 3, lambda low, _: low) == 4
    assert pace.pause(7.0, 3) == 7.0


def test_looks_grow_apart_and_end_after_a_day_unless_the_messages_go_again() -> None:
    assert pace.next_look(0, 0.0, 60.0, None) == 5.0
    assert pace.next_look(0, 0.0, 2.0, None) == 2.0
    assert [pace.next_look(looks, 0.0, 60.0, None) for looks in (1, 2, 3, 20)] == [30, 60, 120, 14_400]
    assert pace.next_look(9, 86_400.0, 60.0, None) is None
    assert pace.next_look(9, 90_000.0, 60.0, 100_000.0) == 7_680
    assert pace.next_look(3, 550.0, 60.0, 600.0) == 50.0
    assert pace.next_look(3, 700.0, 60.0, 600.0) == 0.0
