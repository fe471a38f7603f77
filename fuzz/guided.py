"""Coverage-guided fuzzing of what reads an answer's bytes (needs ``atheris``).

``python -m fuzz.guided decoder`` (or ``errors``, ``dates``); further arguments go to libFuzzer, such as
``-max_total_time=60``. What is found new and interesting goes into a folder of your own, given as another argument;
``fuzz/corpus`` holds the few seeds.
"""

from __future__ import annotations

import datetime as _dt
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["postmark_sdk"]):
    from postmark_sdk._core.http.outcome import Reply
    from postmark_sdk._core.http.response import decode, error_of
    from postmark_sdk._core.schema.dates import parse_date, parse_datetime
    from postmark_sdk._generated.operations import OPERATIONS
    from postmark_sdk.errors import DecodeError, OutcomeUnknownError

_OPERATIONS = list(OPERATIONS.values())
_STATUSES = (400, 401, 404, 406, 408, 413, 415, 422, 429, 500, 502, 503, 504, 302, 600)


def decoder(data: bytes) -> None:
    """An answer is read, or is a ``DecodeError``."""
    operation = _OPERATIONS[data[0] % len(_OPERATIONS)] if data else _OPERATIONS[0]
    try:
        repr(decode(operation, Reply(200, {}, data[1:])))
    except (DecodeError, OutcomeUnknownError) as error:
        repr(error)


def errors(data: bytes) -> None:
    """A refusal is an error of the tree, with a text."""
    operation = _OPERATIONS[data[0] % len(_OPERATIONS)] if data else _OPERATIONS[0]
    status = _STATUSES[data[1] % len(_STATUSES)] if len(data) > 1 else 422
    headers = {"x-pm-apierrorcode": data[2:6].decode("latin-1"), "retry-after": data[2:12].decode("latin-1")}
    error = error_of(operation, Reply(status, headers, data[2:]))
    if not str(error) or not repr(error):
        raise AssertionError(error)
    getattr(error, "addresses", None)


def dates(data: bytes) -> None:
    """A date, or the text as it came."""
    text = data.decode("utf-8", "replace")
    for read in (parse_datetime, parse_date):
        value: object = read(text)
        if value is not text and not isinstance(value, _dt.date):
            raise AssertionError(text)


def main() -> None:
    """The command."""
    targets = {"decoder": decoder, "errors": errors, "dates": dates}
    if len(sys.argv) < 2 or sys.argv[1] not in targets:  # noqa: PLR2004 - the command and its first argument
        sys.exit(__doc__)
    name = sys.argv.pop(1)
    seeds = Path(__file__).parent / "corpus" / name
    with tempfile.TemporaryDirectory() as found:  # libFuzzer writes into the first folder, seeds stay as they are
        given = any(not argument.startswith("-") for argument in sys.argv[1:])
        atheris.Setup([*sys.argv, *([] if given else [found]), str(seeds)], targets[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
