"""``python -m postmark_sdk.emulator`` and the command ``postmark-emulator``."""

from __future__ import annotations

import argparse
import errno
import math
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn, TypeVar

from .._version import __version__
from ._emulator import Emulator
from ._output import Output
from ._terminal import Watcher
from .http.hosts import is_loopback
from .reference.problems import EmulatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Number = TypeVar("Number", int, float)
_PROGRAM = "postmark-emulator"
_DEFAULT_PORT = 8025
_USAGE = 2
_OF_THE_PORT = (errno.EADDRINUSE, errno.EACCES)


def _checked(
    convert: Callable[[str], Number], accepts: Callable[[Number], bool], words: str
) -> Callable[[str], Number]:
    def read(text: str) -> Number:
        try:
            number = convert(text)
        except ValueError:
            raise argparse.ArgumentTypeError(words) from None
        if not accepts(number):
            raise argparse.ArgumentTypeError(words)
        return number

    return read


_above_zero = _checked(float, lambda number: 0 < number < math.inf, "must be a number above 0")
_seconds = _checked(float, lambda number: 0 <= number < math.inf, "must be a number of seconds, 0 or more")
_requests = _checked(int, lambda number: number >= 0, "must be a whole number, 0 or more")


class _UsageError(Exception):
    """What is wrong with the options."""


class _Parser(argparse.ArgumentParser):
    """Leaves it to the caller to say what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Hand the message on."""
        raise _UsageError(message)


def _form() -> argparse.ArgumentParser:
    """The one option that counts for what is wrong with the others, too."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument(
        "--json",
        action=argparse.BooleanOptionalAction,
        help="say where it is as one JSON object, and what is wrong as one on stderr; or as sentences",
    )
    return parser


def _parser(program: str = _PROGRAM) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        description="A local Postmark: API, inbox in the browser, webhooks. Nothing is ever sent.",
        epilog="Bounces, faults and the clock while it runs: http://127.0.0.1:8025/_emulator/help lists them.",
        parents=[_form()],
    )
    parser.add_argument("--version", action="store_true", help="show the version and leave")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--seed", metavar="FILE", help="begin with what this YAML or JSON file says, unless --db holds something"
    )
    parser.add_argument("--db", metavar="FILE", help="keep everything in this SQLite file (default: in memory)")
    parser.add_argument(
        "--quiet", action="store_true", help="print nothing but errors (else a line for each mail, in a terminal)"
    )
    parser.add_argument(
        "--time-scale",
        type=_above_zero,
        default=1.0,
        metavar="N",
        help="webhook retries and bulk jobs go N times faster",
    )
    parser.add_argument(
        "--search-delay",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="searches and details find what was sent after so long (default: at once)",
    )
    parser.add_argument(
        "--rate-limit",
        type=_requests,
        default=0,
        metavar="N",
        help="answer N requests a second, the others with 429 (default: all)",
    )
    parser.add_argument("--shuffle-webhooks", action="store_true", help="post events that come together in any order")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer to this name too, not only to addresses and private names; '*' for any; may be repeated",
    )
    parser.add_argument(
        "--allow-webhook-host",
        action="append",
        default=[],
        metavar="HOST",
        help="post webhooks to this host too, not only to loopback; '*' for any; may be repeated",
    )
    parser.add_argument(
        "--check-senders", action="store_true", help="refuse senders without signature or verified domain (code 400)"
    )
    parser.add_argument("--strict", action="store_true", help="refuse unknown request fields (code 403)")
    return parser


def main(arguments: Sequence[str] | None = None, *, program: str = _PROGRAM, json_elsewhere: bool = False) -> int:
    """Run until interrupted.

    Args:
        arguments: Of the command line. None: those of this process.
        program: Its name in what it says of itself.
        json_elsewhere: Speak JSON wherever it does not speak to a terminal, unless an option says otherwise.
    """
    as_json = _form().parse_known_args(arguments)[0].json
    output = Output(as_json=as_json if json_elsewhere or as_json is not None else False)
    parser = _parser(program)
    try:
        options = parser.parse_args(arguments)
    except _UsageError as error:
        output.fail("UsageError", str(error), f"Try '{program} --help'.", usage=parser.format_usage())
        return _USAGE
    if options.version:
        output.version(program, __version__)
        return 0
    return _run(options, output)


def _run(options: argparse.Namespace, output: Output) -> int:
    if not is_loopback(options.host):
        output.warn(
            f"{options.host} is not a loopback address. Whoever reaches this port can read every mail and change "
            "everything here."
        )
    try:
        emulator = _emulator(options)
    except (OSError, EmulatorError) as error:
        output.fail(type(error).__name__, str(error))
        return 1
    if options.seed and options.db and not emulator.state.revision:  # nothing was put in
        output.warn(f"{options.db} holds something already: {options.seed} is only what a reset begins with.")
    if threading.current_thread() is threading.main_thread():
        # As Ctrl-C: the database is closed, and the exit status is 0.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return emulator.serve(None if options.quiet else lambda: _begin(emulator, options.host, output))
    except OSError as error:
        advice = "Use --port; 0 takes a free one." if error.errno in _OF_THE_PORT else None
        message = f"Cannot listen on {options.host}:{options.port}: {error.strerror}"
        output.fail(type(error).__name__, message, advice)
        return 1


def _emulator(options: argparse.Namespace) -> Emulator:
    return Emulator(
        host=options.host,
        port=options.port,
        db=options.db,
        seed=options.seed,
        time_scale=options.time_scale,
        allow_hosts=options.allow_host,
        allow_webhook_hosts=options.allow_webhook_host,
        check_senders=options.check_senders,
        search_delay=options.search_delay,
        rate_limit=options.rate_limit,
        shuffle_webhooks=options.shuffle_webhooks,
        strict=options.strict,
    )


def _begin(emulator: Emulator, host: str, output: Output) -> None:
    output.ready(emulator, host)
    if sys.stdout.isatty() and not output.as_json:
        Watcher(emulator.state, output.say).start()


if __name__ == "__main__":
    raise SystemExit(main())
