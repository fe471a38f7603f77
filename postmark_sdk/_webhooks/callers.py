"""Where a call comes from: the address of the connection, or what trusted proxies wrote down about it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

UNIX_SOCKET = "unix"


def networks(values: Iterable[str], option: str) -> tuple[Network, ...]:
    """Addresses and networks as written in an option.

    Raises:
        ConfigurationError: One of them is neither.
    """
    if isinstance(values, str):
        raise ConfigurationError(f"{option}: one text given; it takes a list of addresses")
    try:
        return tuple(ipaddress.ip_network(value, strict=False) for value in values)
    except ValueError:
        raise ConfigurationError(
            f"{option}: it takes addresses such as 192.0.2.7 and networks such as 10.0.0.0/8"
        ) from None


def address(text: str | None) -> Address | None:
    """An address, without the port that some proxies add; None if it is none."""
    value = (text or "").strip().strip('"')
    if value.startswith("["):
        value = value[1:].partition("]")[0]
    elif value.count(":") == 1:
        value = value.partition(":")[0]
    try:
        found = ipaddress.ip_address(value.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def within(found: Address | None, allowed: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    return found is not None and any(found.version == net.version and found in net for net in allowed)


class Proxies:
    """The proxies whose word about a caller counts."""

    def __init__(self, trusted: Iterable[str]) -> None:
        if isinstance(trusted, str):
            raise ConfigurationError("trusted_proxies: one text given; it takes a list of addresses")
        given = list(trusted)
        self._socket = UNIX_SOCKET in given
        self._networks = networks((value for value in given if value != UNIX_SOCKET), "trusted_proxies")

    def caller(self, peer: str | None, forwarded: str | None) -> Address | None:
        """The caller's address: from right to left, the first that is no trusted proxy.

        What stands further left was written by the caller and says nothing.
        """
        found = address(peer)
        if not (within(found, self._networks) or (not peer and self._socket)):
            return found
        for part in reversed((forwarded or "").split(",")):
            found = address(part)
            if not within(found, self._networks):
                return found
        return None
