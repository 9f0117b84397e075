"""The courier: what it refuses to connect to, how long it waits, how much it reads."""

import socket
from typing import Any

import pytest

from lab.receiver import open_receiver
from shared.adapters.courier import open_courier


async def test_given_an_address_inside_then_nothing_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to: dict[str, str] = {
        "rebound.example": "127.0.0.1",
        "cloud.example": "169.254.169.254",
        "office.example": "10.1.2.3",
        "six.example": "::1",
    }

    def resolved(host: str, port: int, *_: Any, **__: Any) -> Any:
        address = leads_to[host]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        where = (address, port, 0, 0) if family == socket.AF_INET6 else (address, port)
        return [(family, socket.SOCK_STREAM, 6, "", where)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    async with open_courier(inside=False) as courier:
        answers = {host: await courier.post(f"https://{host}/hook", b"{}", {}) for host in leads_to}
        assert {host: answer.status for host, answer in answers.items()} == dict.fromkeys(leads_to)
        assert all("isn't public" in answer.error for answer in answers.values()), answers
        for url in ("https://127.0.0.1/x", "https://[::1]/x", "https://[::ffff:10.0.0.1]/x", "https://10.0.0.1:8443/x"):
            answer = await courier.post(url, b"{}", {})
            assert (answer.status, "isn't a public address" in answer.error) == (None, True), url
        for url in ("http://rebound.example/x", "ftp://rebound.example", "https://2130706433/x", "https:///x", "x"):
            answer = await courier.post(url, b"{}", {})
            assert answer.status is None and answer.error, url


async def test_given_a_receiver_inside_where_that_is_allowed_then_it_is_posted_to_and_little_is_read() -> None:
    async with open_receiver("whsec_b29v") as receiver, open_courier(inside=True) as courier:
        receiver.faults += [302, 500]
        redirected = await courier.post(receiver.url, b"{}", {"webhook-id": "e"})
        refused = await courier.post(receiver.url, b"{}", {"webhook-id": "e"})
        nobody = await courier.post("http://127.0.0.1:9/x", b"{}", {})
    assert [status for _, status in receiver.tried] == [302, 500], "a redirect isn't followed"
    assert (redirected.status, refused.status, refused.error) == (302, 500, '{"refused": 500}')
    assert nobody.status is None and "ClientConnectorError" in nobody.error
