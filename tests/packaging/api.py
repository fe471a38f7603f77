"""The public API in lines of text: ``python -m tests.packaging.api`` prints them for ``tests/packaging/api.txt``.

The file tells the API of the last release. Whatever is not as it was there has to be in the changelog.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import postmark_sdk
from postmark_sdk import integrations

from .release import version

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = Path(__file__).with_name("api.txt")
_HEADING = re.compile(r"^### (.+)$", re.MULTILINE)


def modules() -> list[str]:
    """What users import, the package itself last: there stands what has its home in others."""
    packages = (postmark_sdk, integrations)
    found = [f"{each.__name__}.{info.name}" for each in packages for info in pkgutil.iter_modules(each.__path__)]
    public = [name for name in found if not any(part.startswith("_") for part in name.split("."))]
    return [*sorted(name for name in public if not name.endswith((".integrations", ".plugin"))), "postmark_sdk"]


def described() -> dict[str, str]:
    """Every public name with what can be given to it and what it gives back."""
    found: dict[str, str] = {}
    homes: dict[int, str] = {}
    for name in modules():
        module = import_module(name)
        for each in sorted(getattr(module, "__all__", dir(module))):
            value, label = getattr(module, each), f"{name}.{each}"
            if each.startswith("_") or inspect.ismodule(value) or label in found:
                continue
            if not callable(value) or not str(getattr(value, "__module__", "")).startswith("postmark_sdk"):
                found[label] = ""
            elif id(value) in homes:
                found[label] = f" = {homes[id(value)]}"
            else:
                homes[id(value)] = label
                found.update(_of_class(label, value) if inspect.isclass(value) else [(label, _signature(value))])
    return found


def _of_class(label: str, cls: type) -> Iterator[tuple[str, str]]:
    yield label, "" if hasattr(cls, "__total__") else _signature(cls, answers=False)
    for name in dir(cls):
        raw = inspect.getattr_static(cls, name)
        if name.startswith("_") or not _is_ours(cls, name) or inspect.ismemberdescriptor(raw):  # a field
            continue
        member = getattr(cls, name)
        if inspect.isclass(member) and "resources" in member.__module__:
            if label.endswith(".PostmarkClient"):  # the other client has the same, which the contract's tests hold
                yield from ((f"{label}.{name}.{rest}", text) for rest, text in _members(member))
        elif callable(member) and not isinstance(raw, property):
            yield f"{label}.{name}", _signature(member)
        else:
            yield f"{label}.{name}", ""


def _members(resource: type) -> Iterator[tuple[str, str]]:
    methods = inspect.getmembers(resource, callable)
    return ((name, _signature(method)) for name, method in methods if not name.startswith("_"))


def _is_ours(cls: type, name: str) -> bool:
    """Whether it comes from a class of this package, and not from one of Python's own."""
    home = next(each for each in cls.__mro__ if name in vars(each))
    return home.__module__.startswith("postmark_sdk")


def _signature(value: Any, *, answers: bool = True) -> str:
    try:
        signature = inspect.signature(value)
    except ValueError:  # an error of no arguments of its own
        return ""
    parameters = [
        each.replace(annotation=each.empty, default=each.default if each.default is each.empty else ...)
        for name, each in signature.parameters.items()
        if name not in {"self", "cls"}
    ]
    text = str(inspect.Signature(parameters)).replace("=Ellipsis", "=")
    answer = signature.return_annotation
    named = answer if isinstance(answer, str) else getattr(answer, "__name__", str(answer))
    return f"{text} -> {named.replace('_t.', '')}" if answers and answer is not signature.empty else text


# --- what is not as it was ------------------------------------------------------------------------------------------


def recorded() -> tuple[str, dict[str, str]]:
    """The version of the last release, and its API."""
    first, *rest = RECORD.read_text("utf-8").splitlines()
    return first, dict(re.findall(r"^([\w.]+)(.*)$", line)[0] for line in rest)


def broken(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """Name to what is not as it was; new names and new parameters that may be left out break nothing."""
    found = {label: _worse(text, now[label]) if label in now else "it is gone" for label, text in before.items()}
    return {label: why for label, why in found.items() if why}


def _worse(before: str, now: str) -> str | None:
    if before.startswith(" = ") or now.startswith(" = "):
        return None if before == now else "it is another one"
    (old, old_answer), (new, new_answer) = _parsed(before), _parsed(now)
    places = {name: place for place, (name, _, _) in enumerate(new)}
    for place, (name, positional, optional) in enumerate(old):
        if name not in places:
            return f"it takes no {name} any more"
        _, still, may_be_left_out = new[places[name]]
        if positional and (not still or places[name] != place):
            return f"{name} has not its place any more"
        if optional and not may_be_left_out:
            return f"{name} has to be given now"
    needed = {name for name, _, optional in new if not optional} - {name for name, _, _ in old}
    if needed:
        return f"{min(needed)} has to be given now"
    return None if old_answer == new_answer else f"it gave {old_answer or 'nothing said'}, and gives {new_answer}"


def _parsed(text: str) -> tuple[list[tuple[str, bool, bool]], str]:
    """The parameters, each with its name, whether it may be given by its place, and whether it may be left out."""
    inside, _, answer = text.partition(") -> ")
    entries = [each for each in inside.strip("()").split(", ") if each and each != "/"]
    start = next((place for place, each in enumerate(entries) if each.startswith("*")), len(entries))
    return [
        (each.rstrip("="), place < start, each.endswith("=") or each.startswith("*"))
        for place, each in enumerate(entries)
        if each != "*"
    ], answer


def told(changelog: str, release: str) -> str:
    """What the changelog says under Changed and Removed since a release."""
    since = re.split(rf"^## {re.escape(release)}\b", changelog, maxsplit=1, flags=re.MULTILINE)[0]
    _, *parts = _HEADING.split(since)
    return "\n".join(text for name, text in zip(parts[::2], parts[1::2], strict=True) if name in {"Changed", "Removed"})


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in [version(), *(name + text for name, text in described().items())]))
