"""Which addresses a webhook may go to: not into the network the server itself stands in."""

import asyncio
import re
import socket
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings

_PLAIN = re.compile(r"[\x21-\x7e]+")
# The rest of IPv6 holds other networks' addresses in disguise (NAT64, SIIT), or is nobody's.
_UNICAST = IPv6Network("2000::/3")


class Forbidden(Exception):
    """The address is not one that webhooks go to; the text says why."""


def check_url(url: str) -> None:
    """Refuse what can never be an endpoint, before anything is resolved. Raises Forbidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Forbidden("The address cannot be read.") from None
    if not _PLAIN.fullmatch(url):
        raise Forbidden("The address is of ASCII letters and signs alone (names in punycode).")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Forbidden("The address is an http or https URL.")
    if parts.scheme == "http" and not settings.WEBHOOK_PRIVATE_ADDRESSES:
        raise Forbidden("The address must be https.")
    if parts.username or parts.password or parts.fragment:
        raise Forbidden("The address has no user, password or fragment.")
    try:
        port = parts.port
    except ValueError:
        raise Forbidden("The port is not a number.") from None
    if port == 0:
        raise Forbidden("There is no port 0.")


async def resolve(url: str) -> str:
    """The IP address to connect to; the name is not looked up again after this check.

    Raises:
        Forbidden: The name leads into a private, local or reserved network.
        OSError: It leads nowhere.
    """
    check_url(url)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not settings.WEBHOOK_PRIVATE_ADDRESSES:
        for address in addresses:
            if not _is_public(address):
                raise Forbidden("The address is in a private network.")
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return inner.is_global
        return address.is_global and address in _UNICAST
    return address.is_global and not address.is_multicast
