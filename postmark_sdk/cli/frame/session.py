"""What a command is handed: the client, the output, and what asks before something is destroyed."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import typer
from typing_extensions import Self

from ... import PostmarkClient
from ..._core.call.settings import DEFAULT_BASE_URL
from . import profiles
from .failures import USAGE, CommandError
from .output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

__all__ = ["Options", "Session"]

NO_TOKEN = "no-token-in-a-rehearsal"  # noqa: S105 - it says so


class Options(NamedTuple):
    """The options that every command has."""

    as_json: bool | None = None
    profile: str | None = None
    base_url: str | None = None
    timeout: float | None = None


class Session:
    """One run of a command. Clients are made when they are asked for, and closed at its end."""

    def __init__(self, options: Options) -> None:
        self.options: Options = options
        self.output: Output = Output(as_json=options.as_json)
        self._clients: dict[str | None, PostmarkClient] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if profiles.readable_by_others():
            self.output.note(f"Others can read the tokens in {profiles.path()}; run: chmod 600 '{profiles.path()}'")
        return self

    def __exit__(self, *raised: object) -> None:
        self._open.close()

    @property
    def client(self) -> PostmarkClient:
        """That of ``--profile``, of ``POSTMARK_PROFILE``, or of the environment."""
        return self.client_of(self.options.profile)

    def client_of(self, profile: str | None) -> PostmarkClient:
        """That of a profile; without one as ``client``.

        Raises:
            CommandError: There is no such profile.
            ConfigurationError: A token or the address is malformed.
        """
        if profile not in self._clients:
            self._clients[profile] = self._open.enter_context(self._made(profiles.named(profile)))
        return self._clients[profile]

    def rehearsal(self, transport: Callable[[], httpx.BaseTransport]) -> PostmarkClient:
        """One that calls nobody but this transport, and needs no token."""
        profile = profiles.named(self.options.profile)
        return PostmarkClient(NO_TOKEN, base_url=self._base_url(profile), transport=transport)

    @property
    def profile(self) -> profiles.Profile:
        """What the client is made of: the profile, or the environment under the name of one."""
        found = profiles.named(self.options.profile) or profiles.of_environment()
        return found._replace(base_url=self._base_url(found) or DEFAULT_BASE_URL)

    def _base_url(self, profile: profiles.Profile | None) -> str | None:
        """None: as the environment says."""
        if self.options.base_url or profile is None:
            return self.options.base_url
        return profile.base_url or DEFAULT_BASE_URL

    def _made(self, profile: profiles.Profile | None) -> PostmarkClient:
        base_url, timeout = self._base_url(profile), self.options.timeout
        if profile is None:
            return PostmarkClient(base_url=base_url, timeout=timeout)
        return PostmarkClient(
            profile.server_token, account_token=profile.account_token, base_url=base_url, timeout=timeout
        )

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on only if what destroys something is meant: with ``--yes``, or by an answer in a terminal.

        Raises:
            CommandError: It is not, or nobody can be asked.
        """
        if yes:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise CommandError(f"{question} Nobody can be asked here", "Say that it is meant with --yes.", status=USAGE)
        if not typer.confirm(question, err=True):
            raise CommandError("nothing was changed")
