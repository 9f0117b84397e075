"""The carrier's networks: from where LiveKit takes calls, as an operator lists them."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

WIDEST = {4: 8, 6: 16}
"""By IP version: a prefix shorter than this lets in everybody, or nearly so."""

_CIDR = re.compile(r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?")
_SHOWN = 60


def networks_of(text: str) -> tuple[str, ...]:
    """The networks that `text` lists between commas, each in CIDR notation: `192.0.2.7/32`, `198.51.100.0/24`.

    Raises ValueError that names each wrong item and its remedy. None is skipped: LiveKit skips what it can't read, and
    takes calls from everybody when nothing is left. Empty text lists none.
    """
    networks: list[Network] = []
    problems: list[str] = []
    for item in text.split(",") if text else []:
        shown = repr(item[:_SHOWN])
        try:
            network = _network(item)
            if (other := next((each for each in networks if _overlap(each, network)), None)) is not None:
                raise ValueError(f"overlaps {other}, which is listed too: leave one of them out")
            networks.append(network)
        except ValueError as error:
            problems.append(f"{shown} {error}")
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(str(network) for network in networks)


def _network(item: str) -> Network:
    """Raises ValueError: what is wrong with the item, and what to write."""
    if not item:
        raise ValueError("stands where an address should: take away the comma before or after it")
    try:
        network = ip_network(item, strict=False) if _CIDR.fullmatch(item) else None
    except ValueError:
        network = None
    if network is None:
        raise ValueError(
            "isn't an IP address or a network in CIDR notation: write it like 192.0.2.7 or 198.51.100.0/24, with "
            "nothing but a comma between two, and no host name"
        )
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(
            f"is wider than /{WIDEST[network.version]} and lets nearly everybody in: write the carrier's own networks, "
            "or none at all"
        )
    if "/" in item and ip_network(item.partition("/")[0]).network_address != network.network_address:
        raise ValueError(f"has bits set behind its prefix: write {network}")
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise ValueError("never matches, as LiveKit compares an IPv4 address as such: write it without ::ffff:")
    if network.is_unspecified or network.is_multicast:
        raise ValueError("is no address that a carrier could call from: write the carrier's own")
    return network


def _overlap(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.overlaps(other)
    return isinstance(other, IPv6Network) and one.overlaps(other)
