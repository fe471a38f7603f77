"""``postmark profiles``: tokens under names."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ... import PostmarkClient
from ..frame import profiles
from ..frame.command import command, group
from ..frame.failures import USAGE, CommandError
from ..frame.session import Session

app: typer.Typer = group(help="Keep tokens under names, for --profile and POSTMARK_PROFILE.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the profile.", show_default=False)]


@command(app, "list")
def list_(session: Session) -> None:
    """List the profiles: which tokens each has, never the tokens."""
    session.output.rows(
        [_told(each) for each in profiles.load().values()],
        {"name": "name", "server token": "server_token", "account token": "account_token", "address": "base_url"},
        none=f"There are no profiles in {profiles.path()}. Add one: postmark profiles add NAME",
    )


@command(app)
def add(
    session: Session,
    name: Name,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a profile of this name.")] = False,
) -> None:
    """Add a profile.

    The tokens are asked for; elsewhere than in a terminal they are read from stdin, the server token on the first line,
    the account token on the second. Either may be empty. With --base-url the profile calls that address. Nobody but you
    can read the file.
    """
    if name in profiles.load() and not force:
        raise CommandError(f"there is a profile {name!r} already", "Replace it with --force.", status=USAGE)
    server, account = (_token(kind) for kind in ("server", "account"))
    if not (server or account):
        raise CommandError("a profile needs a token, of a server or of the account", status=USAGE)
    profile = profiles.Profile(name, server, account, session.options.base_url)
    with PostmarkClient(server, account_token=account, base_url=profile.base_url):  # refuses what cannot be right
        profiles.add(profile)
    session.output.done(_told(profile), f"Profile {name} is in {profiles.path()}")


@command(app)
def remove(
    session: Session, name: Name, *, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Remove a profile. Its tokens stay valid at Postmark."""
    profiles.named(name)  # or an error that names those there are
    session.confirm(f"Remove the profile {name}?", yes=yes)
    profiles.remove(name)
    session.output.done({"removed": name}, f"Profile {name} is removed")


def _token(kind: str) -> str | None:
    if sys.stdin.isatty():
        question = f"Token of the {kind} (Enter: none)"
        given = str(typer.prompt(question, default="", hide_input=True, show_default=False, err=True))
    else:
        given = sys.stdin.readline()
    return given.strip() or None


def _told(profile: profiles.Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "server_token": profile.server_token is not None,
        "account_token": profile.account_token is not None,
        "base_url": profile.base_url,
    }
