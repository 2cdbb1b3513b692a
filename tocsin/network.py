"""May this address be reached? One rule set for everything that goes out to an address a stranger chose: feeds and webhooks alike.

Addresses are judged, not names: the check that counts happens when the socket is made, on the very address it will be
connected to, so that neither a redirect, nor a name that resolves differently the second time, nor a strange way to write
127.0.0.1 gets around it. `check_url` before it gives the clear reason early.
"""

from __future__ import annotations

import errno
import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from aiohttp import TCPConnector

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAMED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(block), name)
    for block, name in (
        ("169.254.169.254/32", "a cloud's metadata service"),
        ("168.63.129.16/32", "a cloud's metadata service"),  # Azure; public by number
        ("100.100.100.200/32", "a cloud's metadata service"),
        ("fd00:ec2::254/128", "a cloud's metadata service"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("192.0.0.0/24", "a protocol assignment"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("::/96", "an IPv4 address inside an IPv6 address"),
        ("64:ff9b::/96", "an IPv4 address inside an IPv6 address"),  # NAT64
        ("64:ff9b:1::/48", "an IPv4 address inside an IPv6 address"),
        ("2002::/16", "an IPv4 address inside an IPv6 address"),  # 6to4
        ("2001::/23", "a protocol assignment"),  # Teredo lies inside
        ("fec0::/10", "a site-local address"),
        ("5f00::/16", "a segment routing address"),
    )
)
"""Blocks that `ipaddress` calls global in some version of Python, or that deserve a plainer name (IANA special-purpose registries)."""


class NetworkPolicy(BaseModel):
    """What may be reached: public addresses on the usual ports, and the networks named here, such as an intranet's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks that may be reached beside the public addresses."""
    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    """The ports that may be reached."""


class Refused(PermissionError):  # noqa: N818 -- a decision, not a fault
    """An address or URL that may not be reached; `reason` says why, and holds nothing of the URL that could be a secret.

    `key` is the key of `NetworkPolicy` that would allow it; "" where none can.

    A `PermissionError`, because HTTP clients pass an `OSError` of the connection on to the caller and lose any other.
    """

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(errno.EACCES, reason)
        self.reason, self.key = reason, key


def refusal(address: str | Address, policy: NetworkPolicy | None = None) -> str | None:
    """Why this address may not be reached, or None where it may. Anything but a canonical address is refused.

    >>> refusal("127.0.0.1")
    'a loopback address'
    >>> refusal("9.9.9.9") is None
    True
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an IP address"
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if policy and any(ip in network for network in policy.allow_networks):
        return None
    if ip.is_unspecified:
        return "the unspecified address"
    if ip.is_loopback:
        return "a loopback address"
    if named := next((name for block, name in _NAMED if ip in block), None):
        return named
    if ip.is_multicast:
        return "a multicast address"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_private:
        return "a private address"
    if ip.is_reserved or not ip.is_global:
        return "a reserved address"
    return None


_NUMERIC = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\.?\Z")
"""What browsers take for the end of an IPv4 address, however it is written (WHATWG URL, "ends in a number")."""


def check_url(url: str, policy: NetworkPolicy) -> None:
    """Refuse a URL whose form alone says that it may not be reached; a name's addresses are judged when it is connected to.

    Raises:
        Refused: a control character, another scheme than http and https, a user name, no host, a port or an address that is not allowed.
    """
    if re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", url):
        raise Refused("a control character in the URL, or bytes that are not UTF-8")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("not a URL") from None
    if parts.scheme not in ("http", "https"):
        raise Refused(f"not http or https but {parts.scheme[:20]!r}")
    if "@" in parts.netloc:
        raise Refused("a user name before the host")
    if not host or re.search(r"[\s\\\x00-\x1f\x7f]", parts.netloc):
        raise Refused("no host")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if port not in policy.ports:
        raise Refused(f"port {port} is not allowed", "ports")
    if ":" in host or _NUMERIC.search(host.rpartition(".")[2] or host):
        _check_address(host, policy)


def _check_address(address: str | Address, policy: NetworkPolicy) -> None:
    reason = refusal(address, policy)
    if reason:
        raise Refused(f"the address may not be reached: {reason}", "allow_networks")


def guarded_socket(address_info: tuple[Any, Any, int, str, tuple[Any, ...]], policy: NetworkPolicy) -> socket.socket:
    """The socket for one resolved address, as `getaddrinfo` describes it.

    Raises:
        Refused: the address may not be reached; no socket is made.
    """
    family, kind, protocol, _, address = address_info
    if family not in (socket.AF_INET, socket.AF_INET6):
        raise Refused("neither IPv4 nor IPv6")
    _check_address(address[0], policy)
    return socket.socket(family=family, type=kind, proto=protocol)


def connector(policy: NetworkPolicy, *, limit: int = 100, limit_per_host: int = 0, force_close: bool = False) -> TCPConnector:
    """An aiohttp connector that reaches nothing the policy refuses, IP literals and redirects included.

    aiohttp reports a refusal as a `ClientConnectorError` whose `os_error` is a `PermissionError`; several refused addresses of one name
    are reported as one.
    """
    from aiohttp import TCPConnector

    return TCPConnector(
        socket_factory=lambda info: guarded_socket(info, policy),
        limit=limit,
        limit_per_host=limit_per_host,
        ttl_dns_cache=60,
        force_close=force_close,
    )
