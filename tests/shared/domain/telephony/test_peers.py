"""The carrier's networks, as an operator lists them."""

import pytest

from shared.domain.telephony.peers import networks_of


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("", ()),
        ("192.0.2.7", ("192.0.2.7/32",)),
        ("192.0.2.7/32", ("192.0.2.7/32",)),
        ("198.51.100.0/24,192.0.2.7", ("198.51.100.0/24", "192.0.2.7/32")),
        ("2001:DB8:0::7,2001:db8:1::/48", ("2001:db8::7/128", "2001:db8:1::/48")),
        ("10.0.0.0/8", ("10.0.0.0/8",)),
        ("127.0.0.1,::1", ("127.0.0.1/32", "::1/128")),
    ],
)
def test_given_addresses_and_networks_then_each_becomes_one_in_cidr_notation(
    text: str, networks: tuple[str, ...]
) -> None:
    assert networks_of(text) == networks
    assert networks_of(",".join(networks)) == networks


@pytest.mark.parametrize(
    ("text", "item", "remedy"),
    [
        ("a;b", "'a;b'", "CIDR notation"),
        ("192.0.2.7;192.0.2.8", "'192.0.2.7;192.0.2.8'", "nothing but a comma"),
        ("192.0.2.7 192.0.2.8", "'192.0.2.7 192.0.2.8'", "nothing but a comma"),
        ("192.0.2.7, 192.0.2.8", "' 192.0.2.8'", "nothing but a comma"),
        ("192.0.2.7\n", r"'192.0.2.7\n'", "nothing but a comma"),
        (" ", "' '", "nothing but a comma"),
        ("sip.carrier.example", "'sip.carrier.example'", "no host name"),
        ("*", "'*'", "CIDR notation"),
        ("192.0.2", "'192.0.2'", "CIDR notation"),
        ("192.0.2.07", "'192.0.2.07'", "CIDR notation"),
        ("3221225991", "'3221225991'", "CIDR notation"),
        ("192.0.2.7:5060", "'192.0.2.7:5060'", "CIDR notation"),
        ("sip:192.0.2.7", "'sip:192.0.2.7'", "CIDR notation"),
        ("192.0.2.1-192.0.2.9", "'192.0.2.1-192.0.2.9'", "CIDR notation"),
        ("192.0.2.0/255.255.255.0", "'192.0.2.0/255.255.255.0'", "CIDR notation"),
        ("192.0.2.0/33", "'192.0.2.0/33'", "CIDR notation"),
        ("192.0.2.0/", "'192.0.2.0/'", "CIDR notation"),
        ("/24", "'/24'", "CIDR notation"),
        ("[2001:db8::7]", "'[2001:db8::7]'", "CIDR notation"),
        ("fe80::1%eth0", "'fe80::1%eth0'", "CIDR notation"),
        ("192.0.2.7/24", "'192.0.2.7/24'", "write 192.0.2.0/24"),
        ("2001:db8::7/32", "'2001:db8::7/32'", "write 2001:db8::/32"),
        ("0.0.0.0/0", "'0.0.0.0/0'", "nearly everybody"),
        ("::/0", "'::/0'", "nearly everybody"),
        ("0.0.0.0/1,128.0.0.0/1", "'128.0.0.0/1'", "nearly everybody"),
        ("0.0.0.0", "'0.0.0.0'", "no address that a carrier could call from"),
        ("224.0.0.0/8", "'224.0.0.0/8'", "no address that a carrier could call from"),
        ("::ffff:192.0.2.7", "'::ffff:192.0.2.7'", "without ::ffff:"),
        (",", "''", "take away the comma"),
        ("192.0.2.7,", "''", "take away the comma"),
        ("192.0.2.7,,192.0.2.8", "''", "take away the comma"),
        ("192.0.2.7,192.0.2.7/32", "'192.0.2.7/32'", "leave one of them out"),
        ("192.0.2.0/24,192.0.2.7", "'192.0.2.7'", "leave one of them out"),
    ],
)
def test_given_anything_else_then_the_item_and_its_remedy_are_named(text: str, item: str, remedy: str) -> None:
    with pytest.raises(ValueError) as caught:
        networks_of(text)
    assert item in str(caught.value)
    assert remedy in str(caught.value)


def test_given_several_wrong_items_then_all_are_named() -> None:
    with pytest.raises(ValueError) as caught:
        networks_of("a;b,192.0.2.7,sip.example")
    assert "'a;b'" in str(caught.value) and "'sip.example'" in str(caught.value)
    assert "'192.0.2.7'" not in str(caught.value)
