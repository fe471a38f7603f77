"""YAML as people like to write it: imported on first use, because it takes a while and few need it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from ..reference.problems import Json

_TEXT = "tag:yaml.org,2002:str"
_MOMENT = "tag:yaml.org,2002:timestamp"
_OTHER_BREAKS = frozenset("\x85\u2028\u2029")
"""Lines end with these, too, in YAML, and some of them come back as another."""
_MERGE = "tag:yaml.org,2002:merge"


# Where PyYAML was built with libyaml, these take a tenth of the time.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Loader(_SafeLoader):  # type: ignore[misc]  # one of two
    """A moment stays the text it is."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in the base
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _MOMENT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _check_keys(root: yaml.Node | None) -> None:
    """The last of two equal keys would win without a word; what ``<<`` brings may be said anew."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in node.value for part in pair)
            keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE]
            for first, second in pairwise(sorted(keys, key=lambda key: str(key.value))):
                if first.value == second.value:
                    raise yaml.MarkedYAMLError(
                        problem=f"{second.value!r} is said twice", problem_mark=second.start_mark
                    )


class _Dumper(_SafeDumper):  # type: ignore[misc]  # one of two
    """Everything is said where it belongs, never "as above"; texts of several lines stand as they read."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _OTHER_BREAKS.intersection(value) else "|" if "\n" in value else None
    return dumper.represent_scalar(_TEXT, value, style=style)


_Dumper.add_representer(str, _represent)


def load(text: str) -> Json:
    """What the text says; ValueError if it is no YAML."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        _check_keys(root)
        return None if root is None else loader.construct_document(root)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(_words(error)) from None
    finally:
        loader.dispose()


def _words(error: Exception) -> str:
    """One line, with the place."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', '')}"


def dump(document: Json) -> str:
    """The document as text."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
