"""Tokens under names, in a file of this user: ``profiles.toml`` in the platform's folder for settings.

A profile is complete: with one, no token and no address is read from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import typer

from .failures import USAGE, CommandError

__all__ = [
    "DEFAULT",
    "VARIABLE",
    "Profile",
    "add",
    "load",
    "named",
    "names",
    "of_environment",
    "path",
    "readable_by_others",
    "remove",
]

VARIABLE = "POSTMARK_PROFILE"
DEFAULT = "default"
"""The profile that counts where none is named and the environment holds no token."""

_OTHERS = 0o077
_FILE_NAME = "profiles.toml"
_FROM_ENVIRONMENT = ("POSTMARK_SERVER_TOKEN", "POSTMARK_ACCOUNT_TOKEN", "POSTMARK_BASE_URL")


class Profile(NamedTuple):
    """Where to call, and with which tokens. Its repr holds none."""

    name: str
    server_token: str | None = None
    account_token: str | None = None
    base_url: str | None = None

    def __repr__(self) -> str:
        return f"Profile({self.name!r})"


def path() -> Path:
    """Where the file is, whether there is one or not."""
    return Path(typer.get_app_dir("postmark")) / _FILE_NAME


def named(name: str | None) -> Profile | None:
    """The profile of this name; without a name that of ``POSTMARK_PROFILE``.

    Returns:
        Without any name ``default``, if there is one and the environment has no token and no address. None where the
        environment counts.

    Raises:
        CommandError: There is no such profile, or the file is not as it should be.
    """
    wanted = name or os.environ.get(VARIABLE)
    if not wanted:
        return None if any(map(os.environ.get, _FROM_ENVIRONMENT)) else load().get(DEFAULT)
    profiles = load()
    if wanted not in profiles:
        there = f"There are: {', '.join(profiles)}." if profiles else "There is none yet."
        raise CommandError(
            f"there is no profile {wanted!r} in {path()}",
            f"{there} Add one: postmark profiles add {wanted}",
            status=USAGE,
        )
    return profiles[wanted]


def of_environment() -> Profile:
    """What the environment holds, as a profile without a file."""
    return Profile("", *((os.environ.get(name) or "").strip() or None for name in _FROM_ENVIRONMENT))


def load() -> dict[str, Profile]:
    """All profiles, in the order of the file."""
    return {name: _profile(name, table) for name, table in _tables(_document()).items()}


def names() -> list[str]:
    """What a shell completes; none where the file cannot be read."""
    try:
        return list(load())
    except (CommandError, OSError):
        return []


def add(profile: Profile) -> None:
    """Write a profile, in place of one of the same name. Nobody but this user may read the file."""
    import tomlkit  # noqa: PLC0415 - most calls read no file

    document = _document()
    table = tomlkit.table()
    table.update({name: value for name, value in profile._asdict().items() if value and name != "name"})
    document.setdefault("profiles", tomlkit.table(is_super_table=True))[profile.name] = table
    _write(document)


def remove(name: str) -> None:
    """Delete a profile."""
    document = _document()
    del _tables(document)[name]
    _write(document)


def readable_by_others() -> bool:
    """Whether the file's mode lets others read it; always False where files have no such mode."""
    return os.name == "posix" and path().exists() and bool(path().stat().st_mode & _OTHERS)


def _document() -> Any:
    import tomlkit  # noqa: PLC0415 - as above
    from tomlkit.exceptions import ParseError  # noqa: PLC0415

    if not path().exists():
        return tomlkit.document()
    try:
        return tomlkit.parse(path().read_text(encoding="utf-8"))
    except (ParseError, UnicodeDecodeError):  # its text may hold a line of the file, and so a token
        raise CommandError(f"{path()} is not TOML", "Mend it, or remove it and add the profiles again.") from None


def _tables(document: Any) -> Any:
    tables = document.get("profiles", {})
    if not isinstance(tables, Mapping) or not all(isinstance(each, Mapping) for each in tables.values()):
        raise CommandError(f"{path()}: profiles have to be tables, such as [profiles.staging]")
    return tables


def _profile(name: str, table: Mapping[str, Any]) -> Profile:
    known = Profile._fields[1:]
    wrong = [key for key, value in table.items() if key not in known or not isinstance(value, str)]
    if wrong:
        raise CommandError(
            f"{path()}: profile {name!r} has {', '.join(wrong)}", f"It takes {', '.join(known)}, each a text."
        )
    return Profile(name, *(table.get(key) and str(table[key]) for key in known))


def _write(document: Any) -> None:
    """In one step, so that an interruption leaves the old file or the new one."""
    import tomlkit  # noqa: PLC0415 - as above

    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{_FILE_NAME}.{os.getpid()}")
    try:
        with open(draft, "x", encoding="utf-8", opener=_for_this_user) as file:
            file.write(tomlkit.dumps(document))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _for_this_user(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
