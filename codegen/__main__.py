"""``python -m codegen generate|check``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .build import build
from .document import DescriptionError, Document
from .lint import lint
from .render import Files, differences, render, replace

_ROOT = Path(__file__).resolve().parent.parent
_SPEC = _ROOT / "spec" / "postmark.yaml"
_OUTPUT = _ROOT / "postmark_sdk" / "_generated"
_EMULATOR_COPY = _ROOT / "postmark_sdk" / "emulator" / "reference" / "description.json"
_REPAIR = "Run `make generate` and commit the result."


def compile_description(spec: Path) -> Files:
    """The generated files for a description.

    Raises:
        DescriptionError: It cannot be compiled; nothing was written.
    """
    document = Document.load(spec)
    if problems := lint(document):
        raise DescriptionError(problems)
    return render(build(document))


def description_copy(spec: Path) -> str:
    """The description as the emulator ships it: JSON, so that it needs no YAML reader."""
    return json.dumps(Document.load(spec).root, ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status tells."""
    parser = argparse.ArgumentParser(prog="codegen", description=__doc__)
    parser.add_argument("command", choices=("generate", "check"))
    parser.add_argument("--spec", type=Path, default=_SPEC)
    parser.add_argument("--output", type=Path, default=_OUTPUT)
    parser.add_argument("--emulator-copy", type=Path, default=_EMULATOR_COPY)
    options = parser.parse_args(arguments)
    try:
        files, copy = compile_description(options.spec), description_copy(options.spec)
    except DescriptionError as error:
        print(error, file=sys.stderr)
        print(f"{len(error.problems)} problem(s); nothing was written.", file=sys.stderr)
        return 1
    if options.command == "check":
        return _check(files, copy, options)
    replace(files, options.output)
    options.emulator_copy.write_text(copy, encoding="utf-8", newline="\n")
    print(f"{len(files)} files written to {options.output.name}")
    return 0


def _check(files: Files, copy: str, options: argparse.Namespace) -> int:
    found = differences(files, options.output)
    if not options.emulator_copy.exists() or options.emulator_copy.read_text(encoding="utf-8") != copy:
        found.append(f"different: {options.emulator_copy.name}")
    if not found:
        print(f"{len(files)} generated files are up to date.")
        return 0
    print("\n".join(found), file=sys.stderr)
    print(_REPAIR, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
