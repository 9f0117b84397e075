"""What anybody who reaches the server's port may try: raw bytes to a real process, and many connections at once.

Signed events must be acked meanwhile; what is wrong is refused, and is never an error of ours that Sentry hears of.
"""

import asyncio
import base64
import contextlib
import json
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sentry_world import Receiver, receiving
from telnyx_world import CarrierApi, Legs, carrier_environment, signature_of
from webhooks_world import Process, Webhooks, environment_of, event, room_name, token_for

from lab.stack.starting import Starting, started
from shared.config import Settings
from webhooks.connection import MOST_CONNECTIONS, MOST_HEAD_BYTES, WAIT_SECONDS

ATTACKERS = 2000
EVENTS, ENOUGH = 100, 30
LONGEST_SECONDS = 10.0
BETWEEN_SECONDS = 0.02
GENEROUS_MS = 5000.0
"""The P99 of an ack under attack is printed; beyond this nobody would call it acked."""
BREAKS = re.compile("Traceback|Fatal error|Exception in ASGI|never retrieved")


@dataclass(frozen=True)
class Server:
    process: Process
    sentry: Receiver

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.process.ready["url"])
        return url.host, url.port or 0

    def refuse_breaks(self) -> None:
        """Fails for an error of the server's own, in its log or told to Sentry."""
        found = BREAKS.search(self.process.log.read_text())
        assert found is None, self.process.log.read_text()[-3000:]
        assert self.sentry.events == []

    async def answer(self, sent: bytes, *, then: bytes = b"", wait: float = 3.0) -> bytes:
        """All that the server answers until it closes, or is silent for `wait` seconds after the last byte."""
        reader, writer = await asyncio.open_connection(*self.address)
        got = b""
        try:
            writer.write(sent)
            if then:
                await asyncio.sleep(0.1)
                writer.write(then)
            while True:
                try:
                    async with asyncio.timeout(wait if not got else 0.3):
                        data = await reader.read(65536)
                except (TimeoutError, ConnectionError):
                    return got
                if not data:
                    return got
                got += data
        finally:
            writer.close()

    async def is_closed_unread(self) -> float:
        """Seconds until the server closes a connection whose client asks on and on, and reads no answer."""
        _, writer = await asyncio.open_connection(*self.address, limit=1)
        began = time.monotonic()
        try:
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(4 * WAIT_SECONDS):
                    while True:
                        writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n" * 50)
                        await writer.drain()
                        await asyncio.sleep(0.05)
        finally:
            writer.close()
        return time.monotonic() - began

    async def is_closed_after(self, sent: bytes, *, slowly: bytes = b"") -> float:
        """Seconds until the server closes a connection on which `sent` comes, then `slowly` a byte at a time."""
        reader, writer = await asyncio.open_connection(*self.address)
        began, left = time.monotonic(), iter(slowly)
        try:
            writer.write(sent)
            while True:
                try:
                    async with asyncio.timeout(0.3):
                        if not await reader.read(65536):
                            break
                except TimeoutError:
                    writer.write(bytes([next(left)]) if slowly else b"")
                except ConnectionError:
                    break
                assert time.monotonic() - began < 4 * WAIT_SECONDS, "it holds the connection"
        finally:
            writer.close()
        return time.monotonic() - began


@pytest.fixture(scope="module")
def attacked(shared: Settings, shared_api: CarrierApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process for all these tests: it must outlive each of them."""
    with receiving() as sentry:
        environment = environment_of(shared, SENTRY_DSN=sentry.dsn, **carrier_environment(shared_api.url))
        process = Process("webhooks", tmp_path_factory.mktemp("attacked"), environment)
        try:
            yield Server(process, sentry)
        finally:
            process.stop()


@pytest.fixture
def server(attacked: Server, settings: Settings, api: CarrierApi) -> Iterator[Server]:
    yield attacked
    attacked.refuse_breaks()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Webhooks]:
    async with httpx.AsyncClient(base_url=server.process.ready["url"], timeout=20, trust_env=False) as client:
        yield Webhooks(server.process, client)


# ---- connections that are held


async def test_given_connections_that_send_or_read_nothing_or_too_slowly_when_they_wait_then_they_are_closed(
    server: Server,
) -> None:
    host = b"GET /health/live HTTP/1.1\r\nHost: here\r\n"
    tries: dict[str, tuple[bytes, bytes]] = {
        "nothing": (b"", b""),
        "a head by single bytes": (b"", host + b"x: " + b"y" * 500),
        "half a head": (host, b""),
        "a request, then nothing": (host + b"\r\n", b""),
        "a request, then half a head by single bytes": (host + b"\r\n" + host, b"x: " + b"y" * 500),
        "an answered request whose body comes by single bytes": (
            b"POST /nowhere HTTP/1.1\r\nHost: here\r\nContent-Length: 4000\r\n\r\n", b"y" * 500,
        ),
        "empty lines": (b"", b"\r\n" * 250),
    }  # fmt: skip
    held = (server.is_closed_after(sent, slowly=slowly) for sent, slowly in tries.values())
    unread, *lasted = await asyncio.gather(server.is_closed_unread(), *held)
    assert unread < 2 * WAIT_SECONDS + 2
    late = {name: seconds for name, seconds in zip(tries, lasted, strict=True) if seconds > WAIT_SECONDS + 2}
    assert late == {}


async def test_given_thousands_of_idle_and_slow_connections_when_events_arrive_then_each_is_acked(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ATTACKERS > MOST_CONNECTIONS
    host, port = server.address
    program = [sys.executable, "-m", "bench.webhooks.attackers", host, str(port), str(ATTACKERS)]
    ack_ms: list[float] = []
    clients = httpx.AsyncClient(base_url=server.process.ready["url"], timeout=20, trust_env=False)
    async with started(Starting("attackers", program, tmp_path / "attackers.log"), 5.0), clients as kept:
        began = time.monotonic()
        for number in range(EVENTS):
            if number >= ENOUGH and time.monotonic() - began > LONGEST_SECONDS:
                break
            # every other one on a connection of its own, as after a pause of the sender's
            one_use = httpx.AsyncClient(base_url=kept.base_url, timeout=20, trust_env=False)
            async with one_use:
                ack_ms.append(await ack(Webhooks(server.process, one_use if number % 2 else kept)))
            await asyncio.sleep(BETWEEN_SECONDS)
    p50, p99 = (sorted(ack_ms)[int(share * len(ack_ms))] for share in (0.5, 0.99))
    with capsys.disabled():
        print(f"\n{ATTACKERS} idle and slow connections: {len(ack_ms)} acks, P50 {p50:.1f} ms, P99 {p99:.1f} ms")
    assert p99 < GENEROUS_MS


async def ack(webhooks: Webhooks) -> float:
    began = time.perf_counter()
    for attempt in range(2):
        try:
            answer = await webhooks.tell(event("room_started", room_name()))
        except httpx.TransportError:
            # an idle connection of the pool was closed at the moment of its use: senders open another
            assert not attempt
        else:
            assert answer.status_code == 200, answer.text
            return (time.perf_counter() - began) * 1000
    raise AssertionError


# ---- requests that no honest client sends


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


# ---- events that are signed, and can't be


def telnyx_event(**changes: Any) -> dict[str, Any]:
    return {"data": Legs().initiated()["data"] | changes}


def events() -> Iterator[tuple[str, str, bytes]]:
    """(name, path, body)."""
    now = int(time.time())

    def livekit(**changes: Any) -> bytes:
        return json.dumps(event("participant_joined", room_name()) | changes).encode()

    def participant(**changes: Any) -> dict[str, Any]:
        return {"identity": "sip_1", "kind": "SIP", **changes}

    def egress(**changes: Any) -> bytes:
        told = {"egressId": "EG_1", "roomName": room_name(), "status": "EGRESS_COMPLETE"}
        file = {"filepath": "00000000-0000-4000-a000-000000000001-12345678.ogg", "s3": {"bucket": "b"}}
        return livekit(egressInfo=told | {"roomComposite": {"fileOutputs": [file]}} | changes)

    year_8000, huge, many = 190_288_396_800, 10**40, b"9" * 5000
    absurd: dict[str, bytes] = {
        "a time in the year 8000": livekit(createdAt=str(year_8000)),
        "a time in 1970": livekit(createdAt="1"),
        "a negative time": livekit(createdAt="-5"),
        "a huge time": livekit(createdAt=str(huge)),
        "a time that is no number": livekit(createdAt="NaN"),
        "a bare NaN": livekit().replace(b'"createdAt": "', b'"createdAt": NaN, "x": "'),
        "a bare Infinity": livekit().replace(b'"createdAt": "', b'"createdAt": Infinity, "x": "'),
        "a number of thousands of digits": livekit().replace(b'"createdAt": "', b'"createdAt": ' + many + b', "x": "'),
        "a participant of the year 8000": livekit(participant=participant(joinedAtMs=str(year_8000 * 1000))),
        "a NUL in an identity": livekit(participant=participant(identity="sip_\0")),
        "a NUL in an attribute": livekit(participant=participant(attributes={"a": "b\0"})),
        "a NUL in an attribute's name": livekit(participant=participant(attributes={"a\0": "b"})),
        "a NUL in the id": livekit(id="EV_\0"),
        "a lone surrogate": livekit(id="EV_\ud800"),
        "an id without end": livekit(id="\U0001f600" * 1000),
        "an event's name without end": livekit(event="\U0001f600" * 1000),
        "deep nesting": livekit().replace(b'"createdAt": "', b'"room": ' + b"[" * 20_000 + b', "x": "'),
        "an egress that ends before it starts": egress(startedAt=str(now * 10**9), endedAt=str((now - 3600) * 10**9)),
        "an egress of a month": egress(startedAt=str((now - 29 * 86400) * 10**9), endedAt=str(now * 10**9)),
        "an egress of the year 8000": egress(startedAt=str(now * 10**9), endedAt=str(year_8000 * 10**9)),
    }  # fmt: skip
    yield from ((name, "/livekit", body) for name, body in absurd.items())

    def saved(began: str, ended: str) -> bytes:
        told = Legs().initiated()["data"]
        payload = told["payload"] | {
            "recording_started_at": began, "recording_ended_at": ended,
            "recording_urls": {"wav": "https://files.example/1.wav"},
        }  # fmt: skip
        return json.dumps({"data": told | {"event_type": "call.recording.saved", "payload": payload}}).encode()

    def days_ago(days: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - days * 86400))

    absurd = {
        "a recording of millennia": saved(days_ago(0), "8999-12-31T23:59:59Z"),
        "a recording that ends before it starts": saved(days_ago(0), days_ago(1)),
        "a recording of twenty days": saved(days_ago(20), days_ago(0)),
        "an event of the year 8000": json.dumps(telnyx_event(occurred_at="8000-01-01T00:00:00Z")).encode(),
        "an event of the year 9999": json.dumps(telnyx_event(occurred_at="9999-12-31T23:59:59-12:00")).encode(),
        "an event of 2001": json.dumps(telnyx_event(occurred_at="2001-01-01T00:00:00Z")).encode(),
        "a NUL in the id": json.dumps(telnyx_event(id="a\0b")).encode(),
        "an id without end": json.dumps(telnyx_event(id="\U0001f600" * 1000)).encode(),
        "a NUL in a number": json.dumps(telnyx_event()).replace("+12065550142", "+1\\u0000").encode(),
    }  # fmt: skip
    yield from ((name, "/telnyx", body) for name, body in absurd.items())


async def test_given_signed_events_that_can_t_be_when_told_then_they_are_refused_and_logged(
    server: Server, client: Webhooks
) -> None:
    wrong: dict[str, Any] = {}
    before = server.process.log.read_text().count('"event": "request refused"')
    for name, path, body in events():
        headers = {"Authorization": token_for(body)} | signature_of(body)
        answer = await client.client.post(path, content=body, headers=headers)
        if (answer.status_code, answer.json().get("code")) != (400, "input_invalid"):
            wrong[f"{path}: {name}"] = (answer.status_code, answer.text[:200])
    assert wrong == {}
    refused = server.process.log.read_text().count('"event": "request refused"')
    assert refused - before >= len(list(events()))


async def test_given_keys_twice_when_told_then_the_last_one_counts_and_nothing_breaks(
    client: Webhooks,
) -> None:
    body = json.dumps(event("room_started", room_name())).encode().replace(b'"event":', b'"event": "x", "event":')
    answer = await client.tell(body)
    assert (answer.status_code, answer.json()["event"]) == (200, "room_started")
    escaped = event("participant_joined", room_name(), participant={"identity": "a\\u0000b"})
    assert (await client.tell(escaped)).status_code == 200, "a backslash and u0000 are text that Postgres keeps"


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
