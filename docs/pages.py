"""The pages of the reference that are made of the code: operations, models, error codes."""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import typer

from postmark_sdk import errors, models
from postmark_sdk._generated.client_base import Resources
from postmark_sdk._generated.error_codes import ERROR_CODES
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.cli import app as cli
from postmark_sdk.cli.app import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_COMMON = frozenset({"as_json", "profile", "base_url", "timeout", "help"})
"""Options of every command, which the page on the command line explains."""

_CLIENT = sys.modules["client"] = ModuleType("client")
"""What Sphinx imports to document the methods of a resource under the name that users write."""


def write(folder: Path) -> None:
    """Write all of them; a file whose text is the same stays as it is, so that it is not built again."""
    folder.mkdir(exist_ok=True)
    made = {
        "commands": "\n".join(_commands()),
        "errors": "\n".join(_errors()),
        "error-codes": "\n".join(_error_codes()),
        "models": "\n".join(_models()),
        "operations": "\n".join(_operations()),
        **{f"client-{tag}": "\n".join(_resource(tag)) for tag in Resources.__resources__},
    }
    for name, text in made.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _resource(tag: str) -> Iterator[str]:
    resource = getattr(import_module(f"postmark_sdk._generated.resources.{tag}"), Resources.__resources__[tag])
    shown = {"__doc__": resource.__doc__, "__module__": _CLIENT.__name__, "__signature__": inspect.Signature()}
    setattr(_CLIENT, tag, type(tag, (resource,), shown))
    yield f"# client.{tag}\n"
    yield "In `AsyncPostmarkClient` the same methods are awaited, and what iterates is for `async for`.\n"
    yield _directive("autoclass", f"client.{tag}", f"members: {', '.join(_methods(resource))}")


def _methods(resource: type) -> list[str]:
    """Those of the mixin, which stand first among its bases, behind the generated ones."""
    own = [name for name, value in vars(resource).items() if not name.startswith("_") and inspect.isfunction(value)]
    more = [name for name in dir(resource) if not name.startswith("_") and name not in own]
    return [*own, *more]


def _operations() -> Iterator[str]:
    yield "# Operations\n"
    yield "Every endpoint of the API and the method that calls it.\n"
    yield "| method | endpoint | token | repeated after an unknown outcome |"
    yield "|---|---|---|---|"
    for operation in OPERATIONS.values():
        link = f"[`{operation.label}`](client-{operation.label.partition('.')[0]}.md)"
        token = "account" if operation.account else "server"
        repeated = "yes" if operation.idempotent else "no"
        yield f"| {link} | `{operation.method} {operation.path}` | {token} | {repeated} |"


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "What `postmark COMMAND --help` says, of all commands. [Command line](../command-line.md) has the rest.\n"
    root: Any = typer.main.get_command(cli.app)
    for name in COMMANDS:
        yield from _command(root.get_command(typer.Context(root), name), name)


def _command(command: Any, name: str) -> Iterator[str]:
    """A command with its arguments and options; a group with its commands below it."""
    yield f"{'#' * (1 + len(name.split()))} {name}\n"
    yield f"{_as_code(command.help)}\n"
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for each in command.list_commands(context):
            yield from _command(command.get_command(context, each), f"{name} {each}")
        return
    own = [each for each in command.params if each.name not in _COMMON]
    if own:
        yield "| | |"
        yield "|---|---|"
        yield from (f"| {_parameter(each)} | {_as_code(_cell(each.help or ''))} |" for each in own)
        yield ""


def _as_code(text: str) -> str:
    """With options as code: two hyphens would become a dash."""
    return re.sub(r"(?<!\S)--[a-z][a-z-]*", r"`\g<0>`", text)


def _parameter(parameter: Any) -> str:
    """How it is written."""
    if parameter.param_type_name == "argument":
        return f"`{_cell(parameter.metavar)}`"
    names = ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} `{_cell(parameter.metavar or 'TEXT')}`"


def _error_codes() -> Iterator[str]:
    yield "# Error codes\n"
    yield "What `error.error_code` may be, and what `error.hint` then says.\n"
    yield "| code | HTTP | class | meaning | hint |"
    yield "|---|---|---|---|---|"
    for code, known in ERROR_CODES.items():
        status = ", ".join(map(str, known.status))
        yield f"| {code} | {status} | {known.kind} | {_cell(known.meaning)} | {_cell(known.hint)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{", "&#123;").replace("\n", " ")


def _errors() -> Iterator[str]:
    yield "# Errors\n"
    for name in errors.__all__:
        kind = "autoclass" if inspect.isclass(getattr(errors, name)) else "autofunction"
        yield _directive(kind, f"postmark_sdk.errors.{name}", *(["members:"] if kind == "autoclass" else []))


def _models() -> Iterator[str]:
    yield "# Models\n"
    yield "Attributes are Postmark's names in snake_case; what an answer lacks is None. All of them can do this:\n"
    for base, members in ((models.Model, "to_dict, from_dict, to_json, from_json, extra"), (models.Page, "has_more")):
        yield _directive("autoclass", f"{base.__module__}.{base.__name__}", f"members: {members}")
    for model in (getattr(models, name) for name in dir(models) if not name.endswith(("Params", "Wire"))):
        if inspect.isclass(model) and issubclass(model, models.Model) and model is not models.Model:
            yield _directive("autoclass", f"postmark_sdk.models.{model.__name__}", "members:")


def _directive(kind: str, name: str, *options: str) -> str:
    lines = ["```{eval-rst}", f".. {kind}:: {name}", *(f"   :{option}" for option in options), "```", ""]
    return "\n".join(lines)
