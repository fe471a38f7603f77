"""YAML as people like to write it: imported on first use, because it takes a while and few need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from ..reference.problems import Json

_TEXT = "tag:yaml.org,2002:str"
_MOMENT = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """A moment stays the text it is."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in the base
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _MOMENT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Dumper(yaml.SafeDumper):
    """Everything is said where it belongs, never "as above"; texts of several lines stand as they read."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _represent)


def load(text: str) -> Json:
    """What the text says; ValueError if it is no YAML."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # nosec B506 - a safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split())) from None


def dump(document: Json) -> str:
    """The document as text."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
