"""The carrier as the webhooks' tests need it: it tells of a call's legs, signed, and takes commands; nothing rings."""

import asyncio
import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.domain.call import CallRecord
from shared.domain.telephony.legs import LegNote, call_id_of_session
from shared.services import Services

SIGNING = Ed25519PrivateKey.from_private_bytes(b"only for tests of the webhooks..")
PUBLIC_KEY = base64.b64encode(SIGNING.public_key().public_bytes_raw()).decode()
API_KEY = "KEY_of_the_tests"
NUMBER, CALLER = "+12065550100", "+12065550142"
SIP_HOST = "sip.agents.example"
PUBLIC_URL = "https://hooks.example"
_ACTION = re.compile(r"/v2/calls/([^/]+)/actions/([a-z_]+)")
_GONE = {"errors": [{"code": "90018", "title": "Call has already ended", "detail": "This call is no longer active"}]}


@dataclass(frozen=True)
class Command:
    leg: str
    action: str
    fields: dict[str, Any]


class CarrierApi:
    """Telnyx's API for calls, as far as its answers go: each command once, by its id, and none for a leg that ended."""

    def __init__(self) -> None:
        self.done: list[Command] = []
        """Every command that had an effect."""
        self.fault: int | None = None
        """Answered to everything instead, after `fault_seconds`."""
        self.fault_seconds = 0.0
        self.faults = 0
        """How many requests the fault strikes; 0: all."""
        self.asked = 0
        self._ended: set[str] = set()
        self._ids: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="carrier's API")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v2"

    def clear(self) -> None:
        with self._lock:
            self.done, self.fault, self.fault_seconds, self.faults, self.asked = [], None, 0.0, 0, 0
            self._ended, self._ids = set(), set()

    def end(self, leg: str) -> None:
        self._ended.add(leg)

    def of(self, leg: str) -> list[str]:
        """What was done to it."""
        return [command.action for command in self.done if command.leg == leg]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def take(self, leg: str, action: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked += 1
            if (fault := self.fault) is not None:
                time.sleep(self.fault_seconds)
                if self.asked == self.faults:
                    self.fault = None
                return fault, {"errors": [{"code": "10007", "title": "Unexpected error"}]}
            if fields["command_id"] not in self._ids:
                if leg in self._ended:
                    return 422, _GONE
                self._ids.add(fields["command_id"])
                self.done.append(Command(leg, action, fields))
            return 200, {"data": {"result": "ok"}}


def _handler(api: CarrierApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = _ACTION.fullmatch(self.path)
            if self.headers.get("authorization") != f"Bearer {API_KEY}":
                self._answer(401, {"errors": [{"code": "10009", "title": "Authentication failed"}]})
            elif asked is None:
                self._answer(404, {"errors": [{"code": "10005", "title": "Resource not found"}]})
            else:
                self._answer(*api.take(asked[1], asked[2], json.loads(body)))

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def carrier_environment(api_url: str) -> dict[str, str]:
    """What a process is told for calls that come by the carrier."""
    return {
        "TELNYX_API_KEY": API_KEY,
        "TELNYX_PUBLIC_KEY": PUBLIC_KEY,
        "TELNYX_BASE_URL": api_url,
        "PICKUP_SIP_HOST": SIP_HOST,
        "PICKUP_PUBLIC_URL": PUBLIC_URL,
        "PICKUP_SIP_USER": "carrier",
        "PICKUP_SIP_PASSWORD": "only-for-these-tests-here",
    }


@dataclass
class Legs:
    """One call as the carrier tells of it: the caller's leg, and the one to the agent."""

    dialled: str = NUMBER
    caller: str = CALLER
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.time)
    note: str | None = None
    """`client_state` of the caller's leg, as the last command to it said."""

    @property
    def call_id(self) -> str:
        return call_id_of_session(self.session)

    @property
    def leg(self) -> str:
        """The caller's."""
        return f"v3:{self.session}-caller"

    @property
    def agent_leg(self) -> str:
        return f"v3:{self.session}-agent"

    def at(self, after: float) -> datetime:
        """`after` seconds since it began."""
        return datetime.fromtimestamp(self.began + after, UTC)

    def event(self, name: str, *, after: float = 0.0, leg: str = "", **payload: Any) -> dict[str, Any]:
        """Of the caller's leg if none is given."""
        of_caller = leg in ("", self.leg)
        told = {
            "call_control_id": leg or self.leg,
            "call_leg_id": leg or self.leg,
            "call_session_id": self.session,
            "connection_id": "2811212257810187875",
            "client_state": self.note if of_caller else None,
            "from": self.caller,
            "to": self.dialled if of_caller else f"sip:{self.dialled}@{SIP_HOST}",
            "direction": "incoming" if of_caller else "outgoing",
        }
        data = {
            "record_type": "event",
            "event_type": name,
            "id": str(uuid.uuid4()),
            "occurred_at": self.at(after).isoformat().replace("+00:00", "Z"),
            "payload": told | payload,
        }
        return {"data": data, "meta": {"attempt": 1, "delivered_to": f"{PUBLIC_URL}/telnyx"}}

    def initiated(self, custom_headers: Any = None) -> dict[str, Any]:
        return self.event(
            "call.initiated", state="parked", start_time=self.at(0).isoformat(), custom_headers=custom_headers
        )

    def hangup(self, cause: str, *, after: float, source: str = "caller", leg: str = "", **more: Any) -> dict[str, Any]:
        told = {"hangup_cause": cause, "hangup_source": source, "sip_hangup_cause": "200"}
        times = {"start_time": self.at(0).isoformat()}
        return self.event("call.hangup", after=after, leg=leg, **(told | times | more))


def client_state(note: LegNote) -> str:
    return base64.b64encode(note.to_text().encode()).decode()


def signature_of(body: bytes, *, key: Ed25519PrivateKey = SIGNING, age: float = 0.0) -> dict[str, str]:
    """Telnyx's headers for a body that it signed `age` seconds ago."""
    timestamp = str(int(time.time() - age))
    signature = base64.b64encode(key.sign(timestamp.encode() + b"|" + body)).decode()
    return {"telnyx-signature-ed25519": signature, "telnyx-timestamp": timestamp}


class Telnyx:
    """The carrier, to a process of ours."""

    def __init__(self, client: httpx.AsyncClient, api: CarrierApi) -> None:
        self.client = client
        self.api = api

    async def tell(self, told: Any, **signed: Any) -> httpx.Response:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers = {"Content-Type": "application/json"} | signature_of(body, **signed)
        return await self.client.post("/telnyx", content=body, headers=headers)

    async def all(self, *told: dict[str, Any]) -> None:
        for one in told:
            answer = await self.tell(one)
            assert answer.status_code == 200, answer.text

    def note(self, legs: Legs) -> None:
        """From now on the caller's leg tells what the last command to it noted."""
        states = [c.fields["client_state"] for c in self.api.done if c.leg == legs.leg and "client_state" in c.fields]
        legs.note = states[-1] if states else legs.note


async def record_of(services: Services, legs: Legs, events: int = 1) -> CallRecord:
    """As soon as it has so many, within some seconds."""
    async with asyncio.timeout(10):
        while (record := await services.records.find(legs.call_id)) is None or len(record.events) < events:
            await asyncio.sleep(0.05)
    return record


@pytest.fixture(scope="session")
def shared_api() -> Iterator[CarrierApi]:
    api = CarrierApi()
    yield api
    api.close()


@pytest.fixture
def api(shared_api: CarrierApi) -> CarrierApi:
    shared_api.clear()
    return shared_api
