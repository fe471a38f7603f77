"""Every documented answer, changed in ways that APIs change or break; no answer that is one may raise.

``python -m fuzz.mutations 100000`` reads so many; ``--seed`` repeats a run.
"""

from __future__ import annotations

import argparse
import copy
import json
import pickle
import random
import sys
from typing import TYPE_CHECKING, Any

from postmark_sdk._core.http.outcome import Reply
from postmark_sdk._core.http.response import decode
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.errors import DecodeError, OutcomeUnknownError
from tests.description import examples, operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALARS: list[Any] = [
    None, True, False, 0, -1, 1, 2**53 + 1, 2**63 - 1, -(2**63), 10**30, 1.5, -0.0, 1e308, float("nan"), float("inf"),
    "", " ", "0", "true", "null", "text", "\ud800", "\U0001f4a9", "\x00", "a" * 1000,
    "2014-02-17T07:25:01.4178645-05:00", "2014-02-17T07:25:01Z", "2014-02-17T07:25:01.1234567Z", "2014-02-30",
    "2013-04-22 18:06:48 +0800", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.9999999-12:00", "99999-01-01",
    "2014-02-17T24:00:00Z", "2014-02-17T07:25:01.-05:00", "\u0662\u0660\u0661\u0664-02-17", "-1", "1e5", "6/1/2014",
]  # fmt: skip
CONTAINERS: list[Any] = [[], {}, [None], [[]], [{}], [1, "a", None, {}], {"": None}, {"Email": 7}, {"ErrorCode": "0"}]


def nested(depth: int) -> Any:
    """Arrays in objects in arrays."""
    value: Any = "deep"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _paths(item, (*path, key))


def _odd(dice: random.Random, value: Any) -> Any:
    kind = dice.randrange(8)
    if kind == 0 and isinstance(value, int | float):
        return str(value)
    if kind == 1 and isinstance(value, str):
        return dice.choice([value * 2, value.lower(), value[:-1], value + "0", [value], {"Value": value}])
    if kind == 2:  # noqa: PLR2004
        return copy.deepcopy(dice.choice(CONTAINERS))
    if kind == 3:  # noqa: PLR2004
        return nested(dice.randrange(1, 150))
    return dice.choice(SCALARS)


def mutate(dice: random.Random, answer: Any) -> Any:
    """A copy with one to four changes; its top level keeps its kind."""
    answer = copy.deepcopy(answer)
    for _ in range(dice.randrange(1, 5)):
        paths = list(_paths(answer))
        if not paths:
            break
        *way, last = dice.choice(paths)
        holder = answer
        for key in way:
            holder = holder[key]
        kind = dice.randrange(4)
        if kind == 0 and isinstance(holder, dict):
            del holder[last]
        elif kind == 1 and isinstance(holder, dict):
            holder[dice.choice(["New", "new key", "", "id", "extra", "__class__", last.swapcase()])] = _odd(dice, None)
        else:
            holder[last] = _odd(dice, holder[last])
    return answer


def answers() -> list[tuple[str, Any]]:
    """Operation id and example, for every example of the description."""
    return [(id_, value) for id_, each in operations().items() for value in examples(each.answer).values()]


def use(value: Any) -> None:
    """Do with a model what users do."""
    repr(value)
    pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes
    for each in value if isinstance(value, list) else [value]:
        for name in [name for name in dir(type(each)) if not name.startswith("_")]:
            if isinstance(getattr(type(each), name, None), property):
                getattr(each, name)
        if hasattr(each, "items") and isinstance(each.items, list) and len(each) != len(list(each)):
            raise AssertionError(type(each).__name__)


def read(id_: str, answer: Any) -> Any:
    """The answer as the client reads it."""
    body = json.dumps(answer).encode()
    value = decode(OPERATIONS[id_], Reply(200, {"content-type": "application/json"}, body))
    use(value)
    return value


def run(number: int, seed: int, report: Callable[[str], None]) -> int:
    """Read so many mutations; how many raised."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, nothing secret
    known, failures = answers(), 0
    for _ in range(number):
        id_, example = dice.choice(known)
        answer = mutate(dice, example)
        try:
            read(id_, answer)
        except Exception as error:  # noqa: BLE001 - any is a finding
            failures += 1
            report(f"{id_}: {type(error).__name__}: {error}\n  {json.dumps(answer)[:2000]}")
    return failures


GARBAGE: list[bytes] = [
    b"", b" ", b"<html><body>502 Bad Gateway</body></html>", b"{", b'{"a":', b"[1,2", b'{"a":1}}', b"\xff\xfe\x00",
    b"\x80{}", b"null", b"1", b'"text"', b"true", b"{'a': 1}", b'{"a":1,}', b"\x1f\x8b\x08\x00",
]  # fmt: skip


def garbage_is_a_decode_error(id_: str, body: bytes) -> bool:
    """Whether an answer that is none says so, and keeps what is needed to find out why."""
    try:
        decode(OPERATIONS[id_], Reply(200, {"content-type": "text/html"}, body))
    except (DecodeError, OutcomeUnknownError) as raised:
        error = raised if isinstance(raised, DecodeError) else raised.__cause__
        return (
            isinstance(error, DecodeError)
            and error.status_code == 200  # noqa: PLR2004 - as answered
            and error.headers == {"content-type": "text/html"}
            and error.body == body[:1024]
        )
    return False


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    failures = run(given.number, given.seed, lambda text: print(text, file=sys.stderr))
    print(f"{given.number} mutations of {len(answers())} examples, seed {given.seed}: {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
