"""The tokens: whether each is what it is given as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from ...._core.call.settings import TOKEN_VARIABLES
from ....constants import TEST_TOKEN
from ....errors import AuthenticationError, PostmarkError
from .finding import Exam, Finding

__all__ = ["KINDS", "Kind", "token"]

Kind: TypeAlias = Literal["server", "account"]
KINDS: tuple[Kind, ...] = ("server", "account")

_WHERE = {
    "server": "Servers, your server, API Tokens",
    "account": "Account, API Tokens",
}
_OTHER: dict[Kind, Kind] = {"server": "account", "account": "server"}


def token(exam: Exam, kind: Kind) -> Iterator[Finding]:
    """Try a token with the cheapest call of its kind, and with that of the other kind if it is not accepted."""
    given = getattr(exam.profile, f"{kind}_token")
    check = f"{kind} token"
    if given is None:
        yield _missing(exam, kind)
    elif given == TEST_TOKEN:
        yield Finding(check, "problem", f"The {kind} token is {TEST_TOKEN}, which sends nothing", _where(exam, kind))
    else:
        try:
            works = _works(exam, given, kind)
            swapped = not works and _works(exam, given, _OTHER[kind])
        except PostmarkError as error:
            yield Finding(check, "warning", f"Not checked: {error}", error.hint)
            return
        yield _judged(exam, kind, works=works, swapped=swapped)


def _works(exam: Exam, given: str, kind: Kind) -> bool:
    try:
        if kind == "server":
            exam.client.with_options(server_token=given).server.get()
        else:
            exam.client.with_options(account_token=given).servers.list(count=1)
    except AuthenticationError:
        return False
    return True


def _judged(exam: Exam, kind: Kind, *, works: bool, swapped: bool) -> Finding:
    check, other = f"{kind} token", _OTHER[kind]
    if works:
        return Finding(check, "ok", f"The {kind} token is accepted")
    if swapped:
        text = f"The {kind} token is one of the {other}: they are swapped"
        return Finding(check, "problem", text, f"Give it as the {other} token. {_where(exam, kind)}")
    return Finding(check, "problem", f"Postmark knows no {kind} with this token", _where(exam, kind))


def _missing(exam: Exam, kind: Kind) -> Finding:
    if kind == "server":
        return Finding(
            "server token", "problem", "There is no server token, so nothing can be sent", _where(exam, kind)
        )
    text = "There is no account token, so domains and sender signatures were not checked"
    return Finding("account token", "note", text, _where(exam, kind))


def _where(exam: Exam, kind: Kind) -> str:
    """Where the token is to be found, and where it belongs."""
    name = exam.profile.name
    place = f"into the profile: postmark profiles add {name} --force" if name else f"into {TOKEN_VARIABLES[kind]}"
    return f"Copy the {kind} token from Postmark ({_WHERE[kind]}) {place}"
