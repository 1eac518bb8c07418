"""Hosts: where we connect to when a person names the address, so that it leads nowhere inside."""

import ipaddress
import socket
from dataclasses import dataclass

import httpx

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
NOT_A_URL = marked("Enter a whole address that begins with https://.")
NEEDS_HTTPS = marked("The address must begin with https://: what we send is not for others.")
HAS_CREDENTIALS = marked("Leave user name and password out of the address.")
INSIDE = marked(
    "%(host)s is an address inside your own network or of this machine. For a shop in your own "
    "network, tick that it is one."
)
NOWHERE = marked("The name %(host)s cannot be found. Check the address for typing errors.")


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached besides the internet: a local network (its owner said so), and this
    machine itself (for the sandbox only, without https too).
    """

    local_network: bool = False
    this_machine: bool = False

    def allows(self, address: str) -> bool:
        """Whether an IP address may be connected to. Link-local ones hold clouds' secrets."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        ip = _inner(ip) or ip
        if ip.is_loopback:
            return self.this_machine
        if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved:
            return False
        return ip.is_global or self.local_network


def check_url(url: str, reach: Reach) -> str:
    """Return the address as it is kept. Raises Rejected, with what to change.

    The name is looked up here for the person's sake; what counts is `addresses_of`, asked again
    at each connection: a name may lead elsewhere by then.
    """
    try:
        parts = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        raise Rejected(NOT_A_URL, code="bad_address") from None
    if not parts.host or parts.scheme not in ("http", "https"):
        raise Rejected(NOT_A_URL, code="bad_address")
    if parts.userinfo:
        raise Rejected(HAS_CREDENTIALS, code="bad_address")
    found = addresses_of(parts.host, reach)
    if parts.scheme == "http" and not all(_is_loopback(address) for address in found):
        raise Rejected(NEEDS_HTTPS, code="needs_https")
    return str(parts)


def addresses_of(host: str, reach: Reach) -> list[str]:
    """The IP addresses of the host. Raises Rejected where one of them must not be reached."""
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Rejected(NOWHERE, code="name_not_found", host=host) from None
    addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
    if not addresses or not all(reach.allows(address) for address in addresses):
        raise Rejected(INSIDE, code="inside_network", host=host)
    return addresses


def _inner(ip: IP) -> IP | None:
    """The IPv4 address that an IPv6 one stands for, if any."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
