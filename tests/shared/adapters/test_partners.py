"""Partners: what is never connected to, how much of an answer is read, what a broken connection may have done."""

import socket
from typing import Any

import pytest

from lab.partner import open_partner
from shared.adapters.partners import open_partners
from shared.domain.functions import HttpRequest
from shared.errors import PartnerError


def get(url: str) -> HttpRequest:
    return HttpRequest("GET", url, {}, None)


async def test_given_a_host_that_leads_inside_then_nothing_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to = {"cloud.example": "169.254.169.254", "office.example": "192.168.1.2", "self.example": "127.0.0.1"}

    def resolved(host: str, port: int, *_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    async with open_partners(inside=False) as partners:
        for url in (
            *(f"https://{host}/x" for host in leads_to),
            "https://10.0.0.1/",
            "https://[::1]/",
            "http://a.example/",
        ):
            with pytest.raises(PartnerError) as refused:
                await partners.ask(get(url))
            assert not refused.value.may_be_done, url


async def test_given_a_partner_that_misbehaves_then_each_has_its_error_and_no_more_than_is_bounded_is_read() -> None:
    async with open_partner() as partner, open_partners(inside=True) as partners:
        partner.answers["/x"] = {"price": 45}
        assert (await partners.ask(get(f"{partner.url}/x"))).body == b'{"price":45}'
        partner.faults += ["redirect", 500, "huge"]
        assert [(await partners.ask(get(f"{partner.url}/x"))).status for _ in range(2)] == [302, 500]
        with pytest.raises(PartnerError, match="more than 65536 bytes"):
            await partners.ask(get(f"{partner.url}/x"))
        assert [each.path for each in partner.requests] == ["/x"] * 4, "a redirect isn't followed"
        with pytest.raises(PartnerError, match="can't be reached") as nobody:
            await partners.ask(get("http://127.0.0.1:9/x"))
        assert (nobody.value.retryable, nobody.value.may_be_done) == (True, False)
