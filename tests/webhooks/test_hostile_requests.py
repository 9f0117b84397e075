"""Bytes that no honest client sends, to a real process: refused, and never an error of ours that Sentry hears of."""

import asyncio
import base64
import contextlib
import random
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from attacked_world import Server
from webhooks_world import Process, Webhooks, event, room_name

from webhooks.connection import MOST_HEAD_BYTES


def request(line: str = "GET /health/live HTTP/1.1", *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([line, "Host: here", *headers, "", ""]).encode("latin-1") + body


def chunked(body: bytes, *, path: str = "/livekit") -> bytes:
    return request(f"POST {path} HTTP/1.1", "Transfer-Encoding: chunked", body=body)


def token_of(header: bytes) -> str:
    return f"Authorization: {base64.urlsafe_b64encode(header).decode()}.e30.e30"


POST = "POST /livekit HTTP/1.1"
CLOSED = "closed"
RAW: dict[str, tuple[bytes, set[str]]] = {
    "two lengths": (
        request(POST, "Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\nGET /"), {"400", CLOSED},
    ),
    "two lengths, the other order": (
        request(POST, "Transfer-Encoding: chunked", "Content-Length: 3", body=b"0\r\n\r\n"), {"400", CLOSED},
    ),
    "chunks in HTTP/1.0": (
        request("POST /livekit HTTP/1.0", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), {"400", CLOSED},
    ),
    "another coding": (request(POST, "Transfer-Encoding: gzip, chunked"), {"400", CLOSED}),
    "a coding in two headers": (
        request(POST, "Transfer-Encoding: identity", "Transfer-Encoding: chunked"), {"400", CLOSED},
    ),
    "two different lengths": (request(POST, "Content-Length: 5", "Content-Length: 6"), {"400", CLOSED}),
    "the same length twice": (request(POST, "Content-Length: 2", "Content-Length: 2", body=b"{}"), {"401"}),
    "a negative length": (request(POST, "Content-Length: -1"), {"400", CLOSED}),
    "a signed length": (request(POST, "Content-Length: +2", body=b"{}"), {"400", CLOSED}),
    "a length in hexadecimals": (request(POST, "Content-Length: 0x2", body=b"{}"), {"400", CLOSED}),
    "an endless length": (request(POST, f"Content-Length: {'9' * 5000}"), {"400", CLOSED}),
    "a huge length": (request(POST, f"Content-Length: {'9' * 19}"), {"413", CLOSED}),
    "a bad chunk size": (chunked(b"zz\r\n"), {"400", CLOSED}),
    "a negative chunk": (chunked(b"-1\r\n"), {"400", CLOSED}),
    "an endless chunk size": (chunked(b"f" * 30_000), {"400", CLOSED}),
    "a chunk without its end": (chunked(b"1\r\nxx\r\n0\r\n\r\n"), {"400", CLOSED}),
    "a chunk's extension without end": (chunked(b"1;" + b"x" * 30_000), {"400", CLOSED}),
    "endless trailers": (chunked(b"0\r\n" + b"x: " + b"y" * 30_000), {"400", "401", CLOSED}),
    "bad chunks after the answer": (chunked(b"zz\r\n", path="/nowhere"), {"400", "404", CLOSED}),
    "a folded header": (request("GET /health/live HTTP/1.1", "X-One: a", " b"), {"200", "400"}),
    "a NUL in a header": (request("GET /health/live HTTP/1.1", "X-One: a\0b"), {"400", CLOSED}),
    "a bare CR in a header": (request("GET /health/live HTTP/1.1", "X-One: a\rX-Two: b"), {"400", CLOSED}),
    "a header without a colon": (request("GET /health/live HTTP/1.1", "X-One"), {"400", CLOSED}),
    "a space before the colon": (request(POST, "Content-Length : 2", body=b"{}"), {"400", CLOSED}),
    "an empty header's name": (request("GET /health/live HTTP/1.1", ": x"), {"400", CLOSED}),
    "no host": (b"GET /health/live HTTP/1.1\r\n\r\n", {"400", CLOSED}),
    "two hosts": (request("GET /health/live HTTP/1.1", "Host: there"), {"400", CLOSED}),
    "an odd host": (b"GET /nowhere/ HTTP/1.1\r\nHost: [\r\n\r\n", {"404"}),
    "an odd host of a refused event": (
        b"POST /livekit HTTP/1.1\r\nHost: [::1\r\nContent-Length: 2\r\n\r\n{}", {"401"},
    ),
    "a slash too many": (request("POST /livekit/ HTTP/1.1", "Content-Length: 0"), {"404"}),
    "a large head at once": (
        request("GET /health/live HTTP/1.1", f"X-One: {'x' * MOST_HEAD_BYTES}"), {"400", CLOSED},
    ),
    "many headers": (request("GET /health/live HTTP/1.1", *["a: b"] * 20_000), {"400", CLOSED}),
    "a large target": (request(f"GET /{'x' * MOST_HEAD_BYTES} HTTP/1.1"), {"400", CLOSED}),
    "a head that just fits": (request("GET /health/live HTTP/1.1", f"X-One: {'x' * 15_000}"), {"200"}),
    "a target in absolute form": (request("GET http://here/health/live HTTP/1.1"), {"404"}),
    "a target of stars": (request("OPTIONS * HTTP/1.1"), {"404", "405", "400"}),
    "a tunnel": (request("CONNECT here:443 HTTP/1.1"), {"404", "405", "400"}),
    "a target with bad escapes": (request("GET /%zz%ff%00/../.. HTTP/1.1"), {"404"}),
    "a NUL in the target": (request("GET /lines/%00.wav HTTP/1.1"), {"404"}),
    "a name of a sentence that climbs": (request("GET /lines/..%2f..%2fpyproject.wav HTTP/1.1"), {"404"}),
    "a target that isn't ASCII": (b"GET /\xff HTTP/1.1\r\nHost: here\r\n\r\n", {"400", CLOSED}),
    "an unknown method": (request("BREW /livekit HTTP/1.1"), {"405"}),
    "an unknown version": (request("GET /health/live HTTP/3.0"), {"400", CLOSED}),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {"400", CLOSED}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), {"400", CLOSED}),
    "HTTP/1.0": (b"GET /health/live HTTP/1.0\r\n\r\n", {"200", CLOSED}),
    "an upgrade to a web socket": (
        request(
            "GET /health/live HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ), {"200"},
    ),
    "an upgrade to HTTP/2": (
        request("GET /health/live HTTP/1.1", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings"), {"200"},
    ),
    "an expectation": (request(POST, "Expect: 100-continue", "Content-Length: 2", body=b"{}"), {"100", "401"}),
    "an expectation of too much": (
        request(POST, "Expect: 100-continue", "Content-Length: 9999999"), {"413", CLOSED},
    ),
    "another expectation": (request(POST, "Expect: a miracle", "Content-Length: 2", body=b"{}"), {"401"}),
    "two requests at once": (request() + request("GET /nowhere HTTP/1.1"), {"200", "404"}),
    "a request and rubbish": (request() + b"rubbish\r\n\r\n", {"200", "400", CLOSED}),
    "a head request": (request("HEAD /health/live HTTP/1.1"), {"405"}),
    "a token that is nested deeply": (
        request(
            POST, token_of(b"[" * 10_000), "Content-Length: 2", body=b"{}",
        ), {"401"},
    ),
    "a token with a number without end": (
        request(
            POST, token_of(b'{"alg":' + b"9" * 6000 + b"}"), "Content-Length: 2", body=b"{}",
        ), {"401"},
    ),
    "a token that isn't ASCII": (
        request(POST, "Authorization: \xe9.\xe9.\xe9", "Content-Length: 2", body=b"{}"), {"401"},
    ),
    "a signature that isn't ASCII": (
        request(
            "POST /telnyx HTTP/1.1", "telnyx-signature-ed25519: \xe9", "telnyx-timestamp: \xb2", "Content-Length: 2",
            body=b"{}",
        ), {"401"},
    ),
    "a consent without a token": (
        request("POST /consent HTTP/1.1", "Authorization: Bearer \xff", "Content-Length: 2", body=b"{}"), {"401"},
    ),
}  # fmt: skip


async def test_given_requests_that_no_honest_client_sends_then_each_is_refused_or_answered_as_it_should(
    server: Server, client: Webhooks
) -> None:
    answers = await asyncio.gather(*(server.answer(sent) for sent, _ in RAW.values()))
    wrong: dict[str, Any] = {}
    for (name, (_, expected)), answer in zip(RAW.items(), answers, strict=True):
        statuses = set(re.findall(r"HTTP/1\.1 (\d{3}) ", answer.decode("latin-1")))
        if not statuses <= expected or (not statuses and CLOSED not in expected):
            wrong[name] = statuses or CLOSED
    assert wrong == {}
    assert (await client.tell(event("room_started", room_name()))).status_code == 200


async def test_given_two_lengths_when_refused_then_what_follows_is_no_second_request(server: Server) -> None:
    smuggled = request("GET /health/ready HTTP/1.1")
    answer = await server.answer(
        request(POST, "Content-Length: 4", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + smuggled)
    )
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 400 ") and b"connection: close" in answer.lower()


async def test_given_a_body_that_breaks_when_its_handler_waits_for_it_then_nothing_of_ours_breaks(
    server: Server, client: Webhooks
) -> None:
    head = request(POST, "Content-Length: 100")
    for sent, then in (
        (chunked(b"1\r\nx\r\n"), b"zz\r\n"),
        (request("GET /health/ready HTTP/1.1", "Transfer-Encoding: chunked"), b"zz\r\n"),
        (request("GET /health/live HTTP/1.1", "Transfer-Encoding: chunked"), b"zz\r\n"),
        (head + b"{", b""),
    ):
        await server.answer(sent, then=then, wait=0.5)
    assert (await client.tell(event("room_started", room_name()))).status_code == 200


async def test_given_a_flood_of_bytes_when_they_are_random_then_the_server_lives(
    server: Server, client: Webhooks
) -> None:
    chance = random.Random(1)
    whole = request(POST, "Content-Length: 2", body=b"{}")

    async def once() -> None:
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        with contextlib.suppress(ConnectionError):
            answer = await server.answer(bytes(changed), wait=0.2)
            assert b"HTTP/1.1 5" not in answer, bytes(changed)

    for _ in range(10):
        await asyncio.gather(*(once() for _ in range(30)))
    assert (await client.tell(event("room_started", room_name()))).status_code == 200


# ---- a deployed stage


@pytest.fixture
def deployed(serve: Callable[..., Process]) -> Process:
    return serve(PICKUP_STAGE="preview-blue")


async def test_given_a_deployed_stage_when_strangers_ask_then_it_neither_describes_itself_nor_gives_details(
    deployed: Process,
) -> None:
    async with httpx.AsyncClient(base_url=deployed.ready["url"], timeout=20, trust_env=False) as client:
        for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
            assert (await client.get(path)).status_code == 404, path
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})
    assert '"event": "readiness changed"' in deployed.log.read_text(), "operators have the reasons"
