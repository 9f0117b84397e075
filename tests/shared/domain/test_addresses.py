"""Which addresses a tenant's server may have."""

from shared.domain.addresses import is_address, is_public

PUBLIC = ("93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "172.32.0.1")
HIDDEN = (
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "198.18.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "2001:db8::1",
)
NONE = ("", "localhost", "shop.example", "127.1", "2130706433", "0x7f.1", "1.2.3.4.5", "1.1.1.1/32", "[::1]")


def test_given_an_address_then_only_one_that_anybody_may_connect_to_is_public() -> None:
    assert [address for address in PUBLIC if not is_public(address)] == []
    assert [address for address in (*HIDDEN, *NONE) if is_public(address)] == []
    assert [address for address in NONE if is_address(address)] == []
    assert [address for address in (*PUBLIC, *HIDDEN) if not is_address(address)] == []
