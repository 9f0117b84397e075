"""Internet addresses: which of them lie outside, where a tenant's server may be."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether anybody may be connected to there: no private, loopback, link-local, multicast or reserved address, nor
    an IPv6 address that leads to such an IPv4 one. False for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    plain = found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)
    return inner.is_global and not inner.is_multicast if inner is not None else plain


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _inner(found: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a translator takes out of it."""
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
