"""``postmark domains``: the domains that mail comes from, and what DNS has to say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..frame.command import command, group
from ..frame.failures import FAILED, USAGE, CommandError
from ..frame.options import All, Limit, most, one_more
from ..frame.output import Columns
from ..frame.session import Session

if TYPE_CHECKING:
    from ...models import Domain

app: typer.Typer = group(help="List, show and verify sending domains. Needs the account token.")

Name = Annotated[str, typer.Argument(metavar="DOMAIN", help="Name or id of the domain.", show_default=False)]

_COLUMNS: Columns = {
    "id": "id",
    "domain": "name",
    "DKIM": "dkim_verified",
    "return path": "return_path_domain_verified",
    "weak DKIM": "weak_dkim",
}


@command(app, "list")
def list_(session: Session, *, limit: Limit = 100, all_of_them: All = False) -> None:
    """List the domains, and whether they are verified."""
    wanted = most(limit, all_of_them)
    found = session.client.domains.iterate(limit=one_more(wanted))
    session.output.rows(found, _COLUMNS, none="There is no domain.", most=wanted)


@command(app)
def show(session: Session, domain: Name) -> None:
    """Show a domain with the DNS records that it needs."""
    found = session.client.domains.get(_id(session, domain))
    if session.output.as_json:
        session.output.record({**found.to_dict(), "dns_records": records(found)})
        return
    session.output.record(found, _COLUMNS)
    _print_records(session, records(found))


@command(app)
def verify(session: Session, domain: Name) -> None:
    """Have Postmark look at the DNS records of a domain now.

    Exit status 1 if one of them is missing then.
    """
    domain_id = _id(session, domain)
    found = session.client.domains.verify_dkim(domain_id)
    if found.return_path_domain:
        found = session.client.domains.verify_return_path(domain_id)
    missing = [record for record in records(found) if not record["verified"]]
    told = {
        "name": found.name,
        "dkim_verified": found.dkim_verified,
        "return_path_domain_verified": found.return_path_domain_verified,
        "missing_dns_records": missing,
    }
    if not missing:
        session.output.done(told, f"{found.name} is verified")
        return
    session.output.done(told, f"{found.name} is not verified: DNS lacks what follows, or does not show it yet", "red")
    if not session.output.as_json:
        _print_records(session, missing)
    raise typer.Exit(FAILED)


def records(domain: Domain) -> list[dict[str, Any]]:
    """The DNS records that a domain needs, each with whether Postmark has seen it.

    There is one for the key that is in use, one for a key that waits, and one for a return path of its own.
    """
    wanted = [
        ("TXT", domain.dkim_host, domain.dkim_text_value, True),
        ("TXT", domain.dkim_pending_host, domain.dkim_pending_text_value, False),
        (
            "CNAME",
            domain.return_path_domain,
            domain.return_path_domain_cname_value,
            bool(domain.return_path_domain_verified),
        ),
    ]
    return [
        {"type": kind, "host": host, "value": value, "verified": verified}
        for kind, host, value, verified in wanted
        if host
    ]


def _print_records(session: Session, found: list[dict[str, Any]]) -> None:
    columns = {"type": "type", "host": "host", "value": "value", "verified": "verified"}
    session.output.rows(found, columns, none="It needs no DNS record.")


def _id(session: Session, given: str) -> int:
    if given.isdecimal():
        return int(given)
    for domain in session.client.domains.iterate():
        if domain.name.lower() == given.lower():
            return domain.id
    raise CommandError(f"there is no domain {given}", "See postmark domains list.", status=USAGE)
