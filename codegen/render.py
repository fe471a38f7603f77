"""Templates and the intermediate form in, formatted files out."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from .naming import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .build import Build, Field, Model, Operation, Param
    from .pytypes import Type

_TEMPLATES = Path(__file__).parent / "templates"
_WIDTH = 116

Files = dict[str, str]


def render(build: Build) -> Files:
    """Every generated file by its path below ``_generated``."""
    return format_files(dict(_render(build)))


def _render(build: Build) -> Iterator[tuple[str, str]]:
    environment = _environment(build)

    def fill(template: str, **values: Any) -> str:
        return environment.get_template(template).render(build=build, **values)

    yield "__init__.py", fill("package.py.jinja")
    yield "operations.py", fill("operations.py.jinja")
    yield "error_codes.py", fill("error_codes.py.jinja")
    yield "params.py", fill("params.py.jinja")
    yield "client_base.py", fill("client_base.py.jinja")
    yield "events.py", fill("events.py.jinja")
    yield "types.py", fill("types.py.jinja")
    yield "models/__init__.py", fill("models_package.py.jinja")
    yield "models/_enums.py", fill("enums.py.jinja")
    for model in build.models:
        yield f"models/{model.module}.py", fill("model.py.jinja", model=model)
    yield "resources/__init__.py", fill("resources_package.py.jinja")
    for resource in build.resources:
        yield f"resources/{resource.tag}.py", fill("resource.py.jinja", resource=resource)


def _environment(build: Build) -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - Python comes out, not HTML
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        snake=snake_case, repr=repr, doc=_docstring_text, docstring=_docstring, call=_call_arguments
    )
    environment.globals.update(
        raises=lambda operation: list(_raises(build, operation)),
        words=lambda kind: _words(build, kind),
        query_value=_query_value,
        path_expression=_path_expression,
        field_annotation=_field_annotation,
        input_annotation=_input_annotation,
        accepted_body=lambda operation: _accepted_body(build, operation),
        parameters=lambda operation, given: list(_parameters(build, operation, given)),
        origins=_origins,
        fields=lambda operation: list(_described(build, operation)),
        plain=_plain,
        returns_text=_returns_text,
        iterating_summary=_iterating_summary,
    )
    return environment


# --- text -----------------------------------------------------------------------------------------------------------


def _docstring_text(text: str, indent: int = 0, hanging: int = 0) -> str:
    """Text as it stands inside a docstring: code in double backquotes, wrapped, paragraphs kept."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    paragraphs = [" ".join(part.split()) for part in escaped.split("\n\n")]
    marked = [part.replace("``", "`").replace("`", "``") for part in paragraphs]
    return f"\n\n{' ' * indent}".join(_wrap(part, indent, hanging) for part in marked)


_CLOSING_QUOTES = 6


def _docstring(text: str, indent: int = 0) -> str:
    """A whole docstring: one line where it fits, else the first sentence, a blank line, and the rest."""
    flat = _docstring_text(text)
    if "\n" not in flat and len(flat) + indent + _CLOSING_QUOTES <= _WIDTH:
        return f'"""{flat}"""'
    first, rest = _first_sentence(text)
    parts = [_docstring_text(part, indent) for part in (first, rest) if part]
    margin = " " * indent
    return f'"""{f"{chr(10)}{chr(10)}{margin}".join(parts)}\n{margin}"""'


def _first_sentence(text: str) -> tuple[str, str]:
    head, separator, tail = " ".join(text.split("\n\n", 1)[0].split()).partition(". ")
    rest = text.split("\n\n", 1)[1:]
    return head + ("." if separator else ""), "\n\n".join([*([tail] if tail else []), *rest])


def _wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Lines of limited width at an indentation; the first line is not indented."""
    lines = textwrap.wrap(
        text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False, subsequent_indent=" " * hanging
    )
    return f"\n{' ' * indent}".join(lines)


def _raises(build: Build, operation: Operation) -> Iterator[str]:
    """The codes of an operation as entries of a ``Raises`` section, one for each class of error."""
    groups: dict[str, list[str]] = {}
    for code in operation.errors:
        entry = build.error_codes[code]
        groups.setdefault(_error_class(code, entry), []).append(code)
    if operation.body:
        yield "InvalidMessageError: The input breaks a rule or a limit; nothing was sent."
    for name, codes in groups.items():
        if name not in {"AuthenticationError", "ServerError"}:
            meanings = " ".join(f"Code {code}: {_sentence(build.error_codes[code]['meaning'])}" for code in codes)
            yield f"{name}: {meanings}"
    if not operation.idempotent:
        yield "OutcomeUnknownError: It left, and no trustworthy answer came back."


def _returns_text(operation: Operation) -> str:
    """What comes back, for a ``Returns`` section."""
    return _sentence(operation.returns) if operation.returns else f"The answer, as {_plain(operation.result)}."


def _plain(kind: Type) -> str:
    """A type in a sentence."""
    text: str = kind.annotation
    return text.replace("_t.", "").replace("_list[", "list[")


def _iterating_summary(operation: Operation) -> str:
    """The first line of an iterating twin."""
    return f"Iterate over all records that ``{operation.name}`` finds, page after page, as they are asked for."


def _sentence(text: str) -> str:
    stripped = text.strip()
    stripped = stripped[:1].upper() + stripped[1:]
    return stripped if stripped.endswith(".") else f"{stripped}."


_ERROR_CLASSES = {
    "authentication": "AuthenticationError",
    "not_found": "NotFoundError",
    "inactive_recipient": "InactiveRecipientError",
    "server": "ServerError",
    "rate_limit": "RateLimitError",
}


def _error_class(code: str, entry: dict[str, Any]) -> str:
    return _ERROR_CLASSES.get(entry["kind"], "InvalidRequestError")


# --- expressions ----------------------------------------------------------------------------------------------------


def _call_arguments(values: dict[str, Any]) -> str:
    """``a=1, b='x'`` of what is set."""
    return ", ".join(f"{key}={_literal(value)}" for key, value in values.items() if _is_set(value))


def _is_set(value: Any) -> bool:
    """A limit of 0 is one; None, false and an empty list are not."""
    return value is not None and value is not False and value not in ((), [])


def _literal(value: Any) -> str:
    return repr(tuple(value) if isinstance(value, list) else value)


def _path_expression(path: str, params: list[Param]) -> str:
    """An f-string that fills a path template, each segment encoded."""
    filled = path
    for param in params:
        filled = filled.replace(f"{{{param.wire}}}", f'{{segment("{param.name}", {param.name})}}')
    return f"f'{filled}'" if params else f'"{path}"'


def _query_value(param: Param) -> str:
    """One entry of a query dict."""
    if param.prefix:
        return f'**prefixed("{param.name}", "{param.prefix}", {param.name})'
    value = f"{param.encode}({param.name})" if param.encode else param.name
    return f'"{param.wire}": {value}'


_INPUTS = {
    "recipients": "_t.Recipients",
    "sender": "_t.Recipient",
    "headers": "_t.HeadersInput",
    "metadata": "_t.MetadataInput",
    "template_model": "object",
    "content": "_t.Content",
}


def _field_annotation(field: Field, model: Model) -> str:
    """The annotation of a model's attribute, without None."""
    if field.input:
        return _INPUTS[field.input]
    annotation: str = field.type.annotation.replace("_list[", "list[")
    if model.is_request and field.type.kind == "list":
        return annotation.replace("list[", "Sequence[", 1)
    return annotation


def _input_annotation(field: Field) -> str:
    """What a caller may write for a field in keyword arguments or a dict: models as dicts, too."""
    if field.input:
        return _INPUTS[field.input]
    return _accepted_type(field.type)


def _accepted_type(kind: Type) -> str:
    if kind.kind == "model":
        return _accepted(kind.name)
    if kind.kind == "list":
        return f"Sequence[{_accepted_type(kind.inner[0])}]"
    if kind.kind == "map":
        return f"Mapping[str, {_accepted_type(kind.inner[0])}]"
    annotation: str = kind.annotation
    return annotation


def _accepted(model: str) -> str:
    return " | ".join(f"_t.{model}{form}" for form in ("", "Params", "Wire"))


def _accepted_body(build: Build, operation: Operation) -> str:
    """What may be given as a whole body, or as one of a list of them."""
    assert operation.body is not None  # noqa: S101 - asked for operations with a body only
    shorthand = " | str" if build.model(operation.body.model).shorthand else ""
    also = f" | _t.{operation.body.also.rpartition('.')[2]}" if operation.body.also else ""
    return _accepted(operation.body.model) + shorthand + also + _other_model(build, operation)


def _other_model(build: Build, operation: Operation) -> str:
    operations = (each for resource in build.resources for each in resource.operations)
    body = next((each.body for each in operations if each.id == operation.other), None)
    return f" | _t.{body.model}" if body else ""


def _parameters(build: Build, operation: Operation, given: str) -> Iterator[str]:
    """The fields of a body as keyword parameters: those that must be given ``required``, or all ``optional``."""
    assert operation.body is not None  # noqa: S101 - asked for operations with a body only
    for field in build.model(operation.body.model).fields:
        annotation = _input_annotation(field)
        if given == "required" and field.must_be_given:
            yield f"{field.name}: {annotation}"
        else:
            yield f"{field.name}: {annotation}{'' if annotation in {'object', 'Any'} else ' | None'} = None"
    yield "extra: Mapping[str, object] | None = None"


def _described(build: Build, operation: Operation) -> Iterator[tuple[str, str]]:
    """What a method says of the fields of its body."""
    assert operation.body is not None  # noqa: S101 - as above
    for field in build.model(operation.body.model).fields:
        yield field.name, " ".join(field.description.split()) + _words(build, field.type)
    yield "extra", "Fields newer than this package, by their wire names."


_FEW_WORDS = 10


def _words(build: Build, kind: Type) -> str:
    """What may be written, where that is one of some words; a long list has a name to look it up under."""
    known = [enum for enum in build.enums if enum.name in kind.enums]
    if not known:
        return ""
    words = [f'``"{word}"``' for enum in known for word in enum.values if word]
    return f" One of {', '.join(words)}." if len(words) <= _FEW_WORDS else f" One of ``{known[0].name}``."


def _origins(build: Build) -> dict[str, str]:
    """What annotations name besides models and dicts -> its module."""
    bodies = [op.body for resource in build.resources for op in resource.operations if op.body]
    also = [body.also for body in bodies if body.also]
    handles = [f"..{body.handle}" for body in bodies if body.handle]
    return {path.rpartition(".")[2]: path.rpartition(".")[0] for path in also + handles}


# --- files ----------------------------------------------------------------------------------------------------------


def format_files(files: Files) -> Files:
    """The same files after ruff: unused imports gone, the rest sorted, everything in one layout."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(files, folder)
        config = Path(__file__).parent / "ruff.toml"
        for verb in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
            command = [
                sys.executable,
                "-m",
                "ruff",
                *verb,
                "--no-cache",
                "--config",
                str(config),
                str(folder),
            ]
            finished = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
            if finished.returncode != 0:
                raise RuntimeError(f"ruff could not format the output:\n{finished.stdout}{finished.stderr}")
        return read(folder)


def write(files: Files, folder: Path) -> None:
    """Write files into a folder, making what is missing on the way."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")


def read(folder: Path) -> Files:
    """Every file below a folder; caches are not ours."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def replace(files: Files, folder: Path) -> None:
    """Make a folder hold exactly these files. Only a complete set gets here, so a failed run leaves it as it was."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".generated-") as name:
        fresh = Path(name) / "fresh"
        write(files, fresh)
        if folder.exists():
            folder.rename(Path(name) / "stale")
        shutil.move(str(fresh), folder)


def differences(files: Files, folder: Path) -> list[str]:
    """How a folder differs from what would be generated; an empty list when not at all."""
    present = read(folder) if folder.exists() else {}
    found = [f"missing: {path}" for path in files.keys() - present.keys()]
    found += [f"not generated any more: {path}" for path in present.keys() - files.keys()]
    found += [f"different: {path}" for path in files.keys() & present.keys() if files[path] != present[path]]
    return sorted(found)
