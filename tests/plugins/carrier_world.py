"""What the tests of the carrier stand on: its process, the customer whom it tells of calls, the phones around it."""

import asyncio
import base64
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from lab_process import running
from sip_people import Talk, tone
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from lab.base import sound
from lab.carrier.control import CarrierControl
from lab.sip.stack import Leg, SipStack
from lab.stack.starting import Starting

ROOT = Path(__file__).parents[2]
API_KEY = "KEY_of_the_tests"
CALLER = "+12065550142"
FRIEND = "+12065550177"
"""Somebody else's number, at the tests' own phone."""
WAV_HZ, WAV_RATE = 900, 8000


@dataclass(frozen=True)
class CarrierProcess:
    """`python -m lab.carrier`, ready."""

    process: subprocess.Popen[bytes]
    sip: str
    api: str
    public_key: str
    log: Path


@contextmanager
def running_carrier(folder: Path, **told: Any) -> Iterator[CarrierProcess]:
    """`told`: more of its line of JSON. It has ended afterwards."""
    log = folder / "carrier.log"
    seed = base64.b64encode(bytes(range(32))).decode()
    line = {"api_key": API_KEY, "signing_seed": seed, "speech_url": "", "routes": [], **told}
    with running(Starting("the carrier", [sys.executable, "-m", "lab.carrier"], log, line=line)) as (process, ready):
        yield CarrierProcess(process, **ready, log=log)


@dataclass(frozen=True)
class Told:
    """One webhook that came."""

    at: float
    name: str
    payload: dict[str, Any]
    event_id: str
    attempt: int
    path: str


Decision = Callable[[Told], Awaitable[object] | None]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@dataclass
class Customer:
    """A real HTTP server that takes webhooks, checks their signatures, and decides. Inside `async with`.

    It serves a WAV too: a tone of `WAV_HZ`.
    """

    carrier: CarrierProcess
    came: list[Told] = field(default_factory=list[Told])
    """Each that was taken, or refused by `statuses`."""
    decisions: dict[str, Decision] = field(default_factory=dict[str, Decision])
    """By the event's name; done after it is answered."""
    statuses: list[int] = field(default_factory=list[int])
    """What the next ones are answered with; 200 afterwards."""
    url: str = ""
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    async def __aenter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        routes = [
            Route("/telnyx", self._hear, methods=["POST"]),
            Route("/failover", self._hear, methods=["POST"]),
            Route("/tone.wav", self._wav),
            Route("/long.wav", self._long_wav),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), access_log=False, log_level="warning", timeout_graceful_shutdown=1
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve([listening]))
        self.client = httpx.AsyncClient(
            base_url=f"{self.carrier.api}/", headers={"authorization": f"Bearer {API_KEY}"}, trust_env=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failures = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()
        self._server.should_exit = True
        await self._serving
        for failure in failures:
            if isinstance(failure, BaseException):
                raise failure

    async def command(self, leg_id: str, command: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"calls/{leg_id}/actions/{command}", json=body)

    async def do(self, leg_id: str, command: str, **body: Any) -> None:
        answer = await self.command(leg_id, command, **body)
        assert answer.status_code == 200, answer.text

    async def until(self, name: str, seconds: float = 5.0, **payload: Any) -> Told:
        """The first webhook of that name, with this in its payload."""
        deadline = time.monotonic() + seconds
        while True:
            for told in self.came:
                if told.name == name and payload.items() <= told.payload.items():
                    return told
            assert time.monotonic() < deadline, f"no {name} within {seconds:g} s, but {self.names}"
            await asyncio.sleep(0.01)

    @property
    def names(self) -> list[str]:
        """In their order; those of outgoing legs have a `+`."""
        outgoing = {told.payload["call_leg_id"] for told in self.came if told.payload.get("direction") == "outgoing"}
        return [f"{told.name}{'+' if told.payload['call_leg_id'] in outgoing else ''}" for told in self.came]

    async def _hear(self, request: Request) -> Response:
        body = await request.body()
        timestamp = request.headers["telnyx-timestamp"]
        assert abs(time.time() - int(timestamp)) < 5
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.carrier.public_key))
        # raises, and so answers 500, when it isn't theirs
        key.verify(base64.b64decode(request.headers["telnyx-signature-ed25519"]), f"{timestamp}|".encode() + body)
        message = json.loads(body)
        data = message["data"]
        path = request.url.path
        told = Told(time.monotonic(), data["event_type"], data["payload"], data["id"], message["meta"]["attempt"], path)
        self.came.append(told)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200 and (decision := self.decisions.get(told.name)) and (doing := decision(told)):
            self._tasks.add(asyncio.ensure_future(doing))
        return Response(status_code=status)

    async def _wav(self, _: Request) -> Response:
        at = np.arange(round(0.8 * WAV_RATE)) / WAV_RATE
        samples = (0.3 * np.sin(2 * np.pi * WAV_HZ * at)).astype(np.float32)
        return Response(sound.wav(sound.to_pcm(samples), WAV_RATE), media_type="audio/wav")

    async def _long_wav(self, _: Request) -> Response:
        return StreamingResponse(_long(), media_type="audio/wav")


class Speaker(Talk):
    """A phone's user who is silent but while `hertz` says what tone to speak."""

    hertz = 0

    async def _say(self) -> None:
        size = self.leg.rate // 50 * 2
        while not self.leg.ending:
            if self.leg.unspoken_seconds < 0.06:
                self.leg.speak(tone(self.hertz, self.leg.rate)[:size])
            await asyncio.sleep(0.005)


async def _long() -> AsyncIterator[bytes]:
    for _ in range(25):
        yield bytes(1_000_000)


@dataclass
class World:
    """A carrier, its customer, and a phone that calls and can be called."""

    carrier: CarrierProcess
    customer: Customer
    control: CarrierControl
    stack: SipStack
    rung: "asyncio.Queue[Leg]"
    """Legs that ring at the phone."""
    did: str

    async def call(self, caller: str = CALLER, headers: dict[str, str] | None = None) -> Leg:
        """An INVITE to the number; hung up at the end of the test."""
        return await self.stack.dial(f"sip:{self.did}@{self.carrier.sip}", caller=caller, headers=headers)

    async def ring(self, seconds: float = 5.0) -> Leg:
        """The next leg that rings at the phone."""
        async with asyncio.timeout(seconds):
            return await self.rung.get()

    @property
    def agent(self) -> str:
        """A SIP URI of the phone's."""
        return f"sip:{self.did}@{self.stack.address}"

    async def route(self, **changes: Any) -> None:
        url = f"{self.customer.url}/telnyx"
        route = {"did": self.did, "mode": "call_control", "webhook_url": url, **changes}
        await self.control.routes(route, phones={FRIEND: self.stack.address})

    def passes_on(self, **more: Any) -> Decision:
        """On `call.initiated`: the caller is transferred to the phone's own address."""

        async def decide(told: Told) -> None:
            if told.payload["direction"] == "incoming":
                body = {"to": self.agent, "from": told.payload["from"], "timeout_secs": 8, **more}
                await self.customer.do(told.payload["call_control_id"], "transfer", **body)

        return decide

    def does(self, command: str, **body: Any) -> Decision:
        """On any event: that is commanded of its leg."""
        return lambda told: self.customer.do(told.payload["call_control_id"], command, **body)

    async def answered(self) -> tuple[Leg, str]:
        """A call that is answered: the phone's leg, and the call_control_id."""
        self.customer.decisions["call.initiated"] = self.does("answer")
        phone = await self.call()
        async with asyncio.timeout(5):
            await phone.connected.wait()
        # a leg that is transferred to is initiated too
        del self.customer.decisions["call.initiated"]
        return phone, (await self.customer.until("call.answered")).payload["call_control_id"]

    async def sent(self, count: int, seconds: float = 5.0) -> list[dict[str, Any]]:
        """The webhooks of the one call of this number, as the carrier tells of them, when there are so many."""
        deadline = time.monotonic() + seconds
        while True:
            told = await self.control.webhooks()
            sent = [one for one in told if one["event"]["payload"].get("to") in (self.did, self.agent)]
            if len(sent) >= count:
                return sent
            assert time.monotonic() < deadline, f"{len(sent)} webhooks, not {count}, within {seconds:g} s"
            await asyncio.sleep(0.02)

    async def legs(self) -> list[dict[str, Any]]:
        """Of the one call of this number, as the carrier tells it."""
        (call,) = [call for call in await self.control.calls() if call["did"] == self.did]
        return call["legs"]
