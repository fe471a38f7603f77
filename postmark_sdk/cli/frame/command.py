"""A function as a command: with the options that every command has, and a session in place of them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, TypeVar

import typer

from .failures import USAGE, CommandError
from .profiles import VARIABLE, names
from .session import Options, Session

__all__ = ["AsJson", "asked_for_json", "command", "group"]

F = TypeVar("F", bound=Callable[..., None])

_PANEL = "For every command"


AsJson: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--json/--no-json",
        help="JSON, or tables and sentences. Without it: these in a terminal, JSON elsewhere.",
        rich_help_panel=_PANEL,
        show_default=False,
        is_eager=True,  # what answers by itself, as --version, has to know it
    ),
]


def _options(
    *,
    as_json: AsJson = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Take tokens and address from this profile, not from the environment.",
            metavar="NAME",
            envvar=VARIABLE,
            autocompletion=names,
            rich_help_panel=_PANEL,
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Call this address, an emulator's say.", metavar="URL", rich_help_panel=_PANEL)
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(help="Wait this long for an answer.", metavar="SECONDS", rich_help_panel=_PANEL),
    ] = None,
) -> Options:
    if timeout is not None and not 0 < timeout < math.inf:
        raise CommandError("--timeout takes a number of seconds above 0", status=USAGE)
    return Options(as_json, profile, base_url, timeout)


def group(**settings: Any) -> typer.Typer:
    """What a module of ``commands`` adds: one command, or several under its name."""
    return typer.Typer(
        **{
            "add_completion": False,
            "no_args_is_help": True,
            "rich_markup_mode": "rich",
            "pretty_exceptions_enable": False,
            "context_settings": {"help_option_names": ["-h", "--help"]},
            **settings,
        }
    )


def command(app: typer.Typer, name: str | None = None, **settings: Any) -> Callable[[F], F]:
    """Register a function whose first argument is a :class:`Session`; the others are its options, as Typer has them."""

    def register(function: F) -> F:
        app.command(name, **settings)(_with_session(function))
        return function

    return register


def asked_for_json(context: typer.Context) -> bool | None:
    """What ``--json`` or ``--no-json`` says, after the command or before it."""
    place: Any = context
    while place is not None:
        asked: bool | None = place.params.get("as_json")
        if asked is not None:
            return asked
        place = place.parent
    return None


def _with_session(function: Callable[..., None]) -> Callable[..., None]:
    common = inspect.signature(_options, eval_str=True).parameters

    def run(context: typer.Context, **given: Any) -> None:
        given["as_json"] = asked_for_json(context)
        options = _options(**{each: given.pop(each) for each in common})
        with Session(options) as session:
            function(session, **given)

    own = [*inspect.signature(function, eval_str=True).parameters.values()][1:]
    parameters = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *common.values())),
    ]
    run.__name__, run.__doc__, run.__module__ = function.__name__, _paragraphs(function.__doc__), function.__module__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # how inspect is told
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _paragraphs(doc: str | None) -> str:
    """The words of ``--help``, a line a paragraph: Typer would keep the source's line ends."""
    return "\n\n".join(" ".join(each.split()) for each in inspect.cleandoc(doc or "").split("\n\n"))
