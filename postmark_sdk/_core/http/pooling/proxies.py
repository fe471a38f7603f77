"""The proxy that the environment names for the one host that a client calls."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Address, IPv6Address

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def proxy_for(scheme: str, host: str, port: int | None) -> str | None:
    """Where to go through, None for directly. Systems that keep proxies elsewhere than in variables are asked, too."""
    from urllib.request import getproxies  # noqa: PLC0415 - once for each pool

    proxies: Mapping[str, str] = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or is_loopback(host) or _is_excepted(scheme, host, port, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine. Plain http is allowed to it since nothing leaves it: no proxy must see that."""
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") if address is None else address.is_loopback


def _is_excepted(scheme: str, host: str, port: int | None, exceptions: str) -> bool:
    """What ``NO_PROXY`` says: names with all below them, addresses, networks, with a port or without."""
    return any(_matches(each.strip(), scheme, host, port) for each in exceptions.split(","))


def _matches(entry: str, scheme: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    wanted, separator, rest = entry.rpartition("://")
    if separator and wanted not in {scheme, "all"}:
        return False
    name, wanted_port = _split(rest.lower())
    if not name or wanted_port not in {"", str(port or {"https": 443}.get(scheme, 80))}:
        return False
    address = _address(host)
    if address is not None:
        return _holds(name, address)
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else f".{host}".endswith(f".{name}")


def _split(entry: str) -> tuple[str, str]:
    """Host and port. The port is told from an IPv6 address without brackets by its single colon."""
    if entry.startswith("["):
        name, _, port = entry[1:].partition("]")
        return name + (port if port.startswith("/") else ""), port.removeprefix(":") if port.startswith(":") else ""
    name, _, port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
    return name, port


def _address(host: str) -> IPv4Address | IPv6Address | None:
    from ipaddress import ip_address  # noqa: PLC0415 - once for each pool

    try:
        return ip_address(host)
    except ValueError:
        return None


def _holds(network: str, address: IPv4Address | IPv6Address) -> bool:
    from ipaddress import ip_network  # noqa: PLC0415 - as above

    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        return False
