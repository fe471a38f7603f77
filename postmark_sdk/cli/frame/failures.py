"""From what goes wrong to one line, or one JSON object, on stderr, and an exit status: 1, or 2 for wrong usage."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import typer

from ...errors import (
    APIError,
    ConfigurationError,
    InvalidMessageError,
    OutcomeUnknownError,
    PostmarkError,
    RateLimitError,
)
from .text import as_json as json_line
from .text import printable

__all__ = ["FAILED", "USAGE", "CommandError", "failure", "run"]

FAILED = 1
USAGE = 2
INTERRUPTED = 130
"""As shells have it for SIGINT."""

_ClickError = cast(
    "type[Exception]", next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")
)
"""What Typer raises about the arguments. It comes from click, or from a copy of it in Typer that has no public name."""


class CommandError(Exception):
    """A command cannot do what it was asked for.

    Args:
        message: What is wrong, in a sentence.
        hint: What to do, in a sentence.
        status: The exit status: 1, or 2 where the command line has to be another.
    """

    def __init__(self, message: str, hint: str | None = None, *, status: int = FAILED) -> None:
        super().__init__(message)
        self.hint: str | None = hint
        self.status: int = status


def run(command: Any, arguments: Sequence[str] | None = None) -> int:
    """Run a command, say what went wrong, and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _open_what_is_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a subject may hold what no page of codes does
    try:
        status = command.main(args=given, prog_name="postmark", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, EOFError):
        return INTERRUPTED
    except typer.Abort:
        return FAILED
    except BrokenPipeError:  # whoever read has gone: nothing is to be said, nor at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (PostmarkError, CommandError, _ClickError, OSError) as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without command: its help is all there is to say
            typer.echo(str(error).rstrip(), err=True)
            return USAGE
        report(error, as_json=_wants_json(given))
        return _status(error)
    return status if isinstance(status, int) else 0


def _open_what_is_closed() -> None:
    """In place of a stream that is closed from the start, as for some services, Python has None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for all that follows


def _wants_json(arguments: list[str]) -> bool:
    """Whether errors are to be JSON: as was asked for, though the command line may be wrong, or as stderr is."""
    asked = [each for each in arguments if each in {"--json", "--no-json"}]
    return asked[-1] == "--json" if asked else not sys.stderr.isatty()


def _status(error: Exception) -> int:
    if isinstance(error, CommandError):
        return error.status
    return getattr(error, "exit_code", USAGE) if isinstance(error, _ClickError) else FAILED


def report(error: Exception, *, as_json: bool) -> None:
    """Write it to stderr, in one line."""
    told = failure(error)
    if as_json:
        line = json_line(told)
    else:
        label = typer.style("Error:", fg="red", bold=True)
        line = " ".join([label, *(_sentence(told[part]) for part in ("message", "hint") if told.get(part))])
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    typer.echo(line, err=True, color=False if plain else None)


def failure(error: Exception) -> dict[str, Any]:
    """What is known of an error, without what is not set."""
    told: dict[str, Any] = {
        "error": _kind(error),
        "message": _message(error),
        "hint": _hint(error),
        "operation": getattr(error, "operation", None),
    }
    if isinstance(error, APIError | OutcomeUnknownError):
        told |= {"status_code": error.status_code, "error_code": error.error_code}
    if isinstance(error, RateLimitError):
        told["retry_after"] = error.retry_after
    if isinstance(error, InvalidMessageError):
        told["problems"] = [{"field": problem.field, "message": problem.message} for problem in error.problems]
    if isinstance(error, OutcomeUnknownError):
        told["traces"] = [message.trace for message in error.messages if message.trace]
    return {name: value for name, value in told.items() if value not in (None, [], "")}


def _kind(error: Exception) -> str:
    if isinstance(error, _ClickError):
        return "UsageError"
    return type(error).__name__


def _message(error: Exception) -> str:
    if isinstance(error, _ClickError):
        return str(cast("Any", error).format_message())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _hint(error: Exception) -> str | None:
    context = getattr(error, "ctx", None) if isinstance(error, _ClickError) else None
    if context is not None:
        return f"Try '{context.command_path} --help'."
    if isinstance(error, OutcomeUnknownError) and error.messages:
        return _hint_at_search(error)
    hint: str | None = getattr(error, "hint", None)
    if hint is None and isinstance(error, ConfigurationError) and error.operation and "token" in str(error):
        return "Keep it in the environment, or under a name: postmark profiles add NAME"
    return hint


def _hint_at_search(error: OutcomeUnknownError) -> str:
    """The error's own hint names methods; here it is a command."""
    mark = next((message.trace for message in error.messages if message.trace), None)
    if mark is not None:
        return f"Do not send it again before this has told what became of it: postmark messages resolve {mark}"
    return (
        "Do not send it again before you looked for it: postmark messages list --since 1h. Had it been sent with "
        "--trace, postmark messages resolve could tell."
    )


def _sentence(text: str) -> str:
    line = printable("; ".join(text.splitlines()))
    return line if line.endswith((".", "!", "?", ":")) else f"{line}."
