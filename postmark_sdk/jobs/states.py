"""Which step is allowed from which state: the whole machine in one table. No I/O; the SQL is made of it.

.. code-block:: text

              take                begin, committed before the POST
    waiting ────────▶ claimed ────────────────────────▶ sending ──────▶ done
       ▲ ▲   give back │                                 │ │ │  answer  ▲
       │ └─────────────┘◀─────── certainly not taken ────┘ │ └──▶ held  │ found, or a late answer
       │                                                   ▼            │
       └──────────── resend, only where asked for ────── unknown ───────┘
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

ChunkState = Literal["waiting", "claimed", "sending", "done", "unknown", "held", "cancelled"]
MessageState = Literal["waiting", "accepted", "refused", "unknown", "cancelled"]
JobState = Literal["adding", "running", "paused", "cancelled", "done"]

WAITING: Final = "waiting"
CLAIMED: Final = "claimed"
SENDING: Final = "sending"
DONE: Final = "done"
UNKNOWN: Final = "unknown"
HELD: Final = "held"
CANCELLED: Final = "cancelled"
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
ADDING: Final = "adding"
RUNNING: Final = "running"
PAUSED: Final = "paused"

OPEN: Final = (WAITING, CLAIMED, SENDING)
"""Of a chunk that somebody still has to do something about, sooner or later."""


class Step(NamedTuple):
    """One arrow of the machine: who may take it, and when."""

    before: tuple[ChunkState, ...]
    after: ChunkState
    owner: bool = False
    """Only who has the chunk, in this very attempt; else anybody."""
    due: bool = False
    """Only when its ``due_at`` is over: the time before which a waiting one rests, the lease of a taken one."""
    running: bool = False
    """Only while its job runs."""


TAKE: Final = Step((WAITING,), CLAIMED, due=True, running=True)
BEGIN: Final = Step((CLAIMED,), SENDING, owner=True, running=True)
GIVE_BACK: Final = Step((CLAIMED,), WAITING, owner=True)
NOT_TAKEN: Final = Step((SENDING,), WAITING, owner=True)
HOLD: Final = Step((CLAIMED, SENDING), HELD, owner=True)
EXPIRE: Final = Step((CLAIMED,), WAITING, due=True)
"""Its owner died before anything left."""
TAKE_OVER: Final = Step((SENDING,), SENDING, due=True)
"""Its owner died when a request may have left. Whoever takes it over may look for the messages, and never send them."""
LOOK_AGAIN: Final = Step((UNKNOWN,), UNKNOWN, due=True)
RESEND: Final = Step((UNKNOWN,), WAITING, owner=True)
RESEND_BY_HAND: Final = Step((UNKNOWN,), WAITING)
RESUME: Final = Step((HELD,), WAITING)
CANCEL: Final = Step((WAITING, CLAIMED, HELD), CANCELLED)


def after_answer(state: ChunkState, *, open_messages: int, is_owner: bool) -> ChunkState:
    """The state of a chunk after something was learned of its messages, by an answer or a search.

    Args:
        state: Before.
        open_messages: How many of its messages are neither accepted nor refused.
        is_owner: Whether it was the owner who learned it; a late answer never takes a chunk from anybody.
    """
    if not open_messages:
        return DONE
    return UNKNOWN if is_owner and state in {SENDING, UNKNOWN} else state


def supersedes(new: MessageState, old: MessageState | None) -> bool:
    """Whether news of a message are written: an outcome that is known is never overwritten."""
    return old is None or (old == UNKNOWN and new != UNKNOWN)
