"""The account: which domains and addresses may send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..domains import records
from .finding import Exam, Finding

if TYPE_CHECKING:
    from ....models import DomainSummary

__all__ = ["domains", "senders"]


def domains(exam: Exam) -> Iterator[Finding]:
    """What DNS says of each domain."""
    for domain in exam.domains:
        yield from _domain(exam, domain)


def senders(exam: Exam) -> Iterator[Finding]:
    """Whether anybody may send, and whether the one asked for may."""
    verified = {domain.name.lower() for domain in exam.domains if domain.dkim_verified}
    signatures = list(exam.client.sender_signatures.iterate())
    confirmed = {each.email_address.lower() for each in signatures if each.confirmed}
    for each in signatures:
        if not each.confirmed and each.domain.lower() not in verified:
            todo = "Follow the link in the mail that Postmark sent there"
            yield Finding("senders", "warning", f"{each.email_address} is not confirmed, so it cannot send", todo)
    if not (verified or confirmed):
        todo = (
            "Add a domain at Postmark (Sender Signatures), put its DNS records up, then: postmark domains verify DOMAIN"
        )
        yield Finding("senders", "problem", "No domain is verified and no address confirmed: nobody may send", todo)
    elif exam.sender is None:
        yield Finding("senders", "ok", f"Verified domains: {len(verified)}, confirmed addresses: {len(confirmed)}")
    else:
        yield _sender(exam.sender, verified, confirmed)


def _domain(exam: Exam, domain: DomainSummary) -> Iterator[Finding]:
    check = "domains"
    if domain.dkim_verified and domain.return_path_domain_verified and not domain.weak_dkim:
        yield Finding(check, "ok", f"{domain.name} is verified: DKIM and return path")
        return
    details = exam.client.domains.get(domain.id)
    missing = [record for record in records(details) if not record["verified"]]
    todo = "; ".join(f"{record['type']} {record['host']} → {record['value']}" for record in missing)
    then = f"Put into DNS: {todo}; then: postmark domains verify {domain.name}" if todo else None
    if not domain.dkim_verified:
        yield Finding(check, "warning", f"{domain.name} is not verified: only its confirmed addresses may send", then)
    elif not details.return_path_domain:
        todo = "Set one up at Postmark, so that SPF counts for DMARC"
        yield Finding(check, "note", f"{domain.name} has no return path of its own", todo)
    elif not domain.return_path_domain_verified:
        text = f"The return path of {domain.name} is not verified, so bounces go to Postmark's and SPF fails DMARC"
        yield Finding(check, "warning", text, then)
    if domain.weak_dkim:
        todo = "Have a new one made at Postmark, and put its record into DNS"
        yield Finding(check, "warning", f"The DKIM key of {domain.name} is too short", todo)


def _sender(address: str, verified: set[str], confirmed: set[str]) -> Finding:
    lower = address.lower()
    if lower in confirmed or lower.rpartition("@")[2] in verified:
        return Finding("senders", "ok", f"{address} may send")
    todo = (
        f"Verify its domain (postmark domains verify {lower.rpartition('@')[2]}), or confirm it as a sender signature"
    )
    return Finding("senders", "problem", f"{address} may not send: Postmark refuses it with code 400 or 401", todo)
