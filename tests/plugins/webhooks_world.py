"""What the tests of the webhooks stand on: a process of its own, told things over HTTP as LiveKit tells them."""

import asyncio
import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
from redis.asyncio import Redis
from telnyx_world import CALLER, NUMBER, CarrierApi, Telnyx, carrier_environment

from lab.stack.postgres import EmbeddedPostgres
from lab.stack.redis import EmbeddedRedis
from lab.stack.starting import Starting
from shared.config import Settings, load_settings, overrides_of, redis_bin
from shared.domain.call import CallRecord
from shared.domain.telephony.rooms import call_id_of, room_prefix
from shared.services import Services
from shared.tokens import StageTokens

KEY, SECRET = "pickup", "only for the tests of the webhooks here"
SIGNING_KEY = "only-for-the-tests-of-the-webhooks-here"
TOKENS = StageTokens("local", (SIGNING_KEY,))
NOWHERE = "ws://127.0.0.1:1"
ROOT = Path(__file__).parents[2]
READY_SECONDS = 20.0


def environment_of(settings: Settings, **changes: str) -> dict[str, str]:
    """What a process of ours needs to be told of the test's stack."""
    stores = overrides_of(settings)
    ours = ("PICKUP_", "LIVEKIT_", "SENTRY_", "SUPABASE_", "TELNYX_", "UPSTASH_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return plain | {
        "PICKUP_STAGE": settings.stage,
        "PICKUP_RELEASE": settings.release,
        "PICKUP_DATA_DIR": str(settings.data_dir),
        "PICKUP_DATABASE_URL": stores["database_url"],
        "PICKUP_REDIS_URL": stores["redis_url"],
        "LIVEKIT_URL": NOWHERE,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
        "PICKUP_SIGNING_KEYS": SIGNING_KEY,
        **changes,
    }


class Process:
    """`python -m <module>`, ready."""

    def __init__(self, module: str, folder: Path, environment: dict[str, str], *arguments: str) -> None:
        self.log = folder / f"{module}.log"
        program = [sys.executable, "-m", module, *arguments]
        self._starting = Starting(module, program, self.log, environment=environment, ready_seconds=READY_SECONDS)
        self._process = self._starting.process
        self.ready = self._starting.wait_ready()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit code, within 15 s."""
        return self._process.wait(15)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(5)
        self._starting.close()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(15)
            self._starting.close()
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts processes, and ends them with the test."""
    with ExitStack() as running:

        def start(module: str, environment: dict[str, str], *arguments: str) -> Process:
            process = Process(module, tmp_path / uuid.uuid4().hex[:6], environment, *arguments)
            running.callback(process.stop)
            return process

        yield start


def room_name() -> str:
    return f"{room_prefix('local')}_{NUMBER}_{uuid.uuid4().hex[:10]}"


def caller(**changes: Any) -> dict[str, Any]:
    attributes = {"sip.phoneNumber": CALLER, "sip.trunkPhoneNumber": NUMBER, "sip.callID": "SCL_1"}
    told = {"sid": "PA_1", "identity": f"sip_{CALLER}", "kind": "SIP", "state": "ACTIVE", "attributes": attributes}
    return told | changes


JOINED, LEFT, FINISHED = "participant_joined", "participant_left", "room_finished"
AGENT = {"sid": "PA_2", "identity": "agent-AJ_1", "kind": "AGENT", "state": "ACTIVE"}


def event(name: str, room: str, *, at: float | None = None, **fields: Any) -> dict[str, Any]:
    """As LiveKit writes it; `at` in seconds since the epoch."""
    return {
        "event": name,
        "id": f"EV_{uuid.uuid4().hex[:12]}",
        "createdAt": str(int(time.time() if at is None else at)),
        "room": {"sid": "RM_1", "name": room, "emptyTimeout": 300},
        **fields,
    }


def token_for(body: bytes, *, secret: str = SECRET, age: float = 0.0, **claims: Any) -> str:
    """LiveKit's, made `age` seconds ago, good for five minutes."""
    made = time.time() - age
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    told = {"iss": KEY, "nbf": int(made), "exp": int(made) + 300, "sha256": digest} | claims
    return jwt.encode({name: value for name, value in told.items() if value is not None}, secret, algorithm="HS256")


class Webhooks:
    """The process, as LiveKit knows it."""

    def __init__(self, process: Process, client: httpx.AsyncClient) -> None:
        self.process = process
        self.client = client

    async def tell(self, told: Any, **token: Any) -> httpx.Response:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers = {"Authorization": token_for(body, **token), "Content-Type": "application/webhook+json"}
        return await self.client.post("/livekit", content=body, headers=headers)

    async def all(self, *told: dict[str, Any]) -> None:
        for one in told:
            answer = await self.tell(one)
            assert answer.status_code == 200, answer.text


async def record_of(services: Services, room: str) -> CallRecord:
    record = await services.records.find(call_id_of(room))
    assert record is not None
    return record


# ---- one stack and one process for all these tests, as starting a process takes a second; each test finds it empty


@pytest.fixture(scope="session")
def shared(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("webhooks")
    redis = EmbeddedRedis(folder / "redis", appendonly=False, redis_bin=redis_bin())
    asyncio.run(redis.start())
    name = f"webhooks_{uuid.uuid4().hex[:12]}"
    url = asyncio.run(postgres_server.create_database(name, "pickup_template"))
    try:
        yield load_settings(
            needs=("database", "redis"),
            stage="local",
            release="test",
            data_dir=folder / "data",
            database_url=url,
            redis_url=redis.url,
            signing_keys=SIGNING_KEY,
            sentry_dsn=None,
        )
    finally:
        asyncio.run(postgres_server.drop_database(name))
        asyncio.run(redis.stop())


@pytest.fixture(scope="session")
def shared_process(
    shared: Settings, shared_api: CarrierApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """Takes calls both ways: by the carrier and past it."""
    environment = environment_of(shared, **carrier_environment(shared_api.url), PICKUP_DIRECT_CALLS="true")
    process = Process("webhooks", tmp_path_factory.mktemp("process"), environment)
    yield process
    process.stop()


@pytest.fixture
async def settings(shared: Settings, tmp_path: Path) -> Settings:
    stores = overrides_of(shared)
    connection = await asyncpg.connect(stores["database_url"])
    await connection.execute("truncate calls, call_places, alerts cascade")
    await connection.close()
    async with Redis.from_url(stores["redis_url"]) as client:
        await client.flushdb()
    return shared.model_copy(update={"data_dir": tmp_path / "data", "recordings_dir": tmp_path / "data" / "recordings"})


@pytest.fixture
def serve(started: Callable[..., Process], settings: Settings) -> Callable[..., Process]:
    """Starts a process of the test's own."""
    return lambda **changes: started("webhooks", environment_of(settings, **changes))


@pytest.fixture
async def webhooks(shared_process: Process, settings: Settings) -> AsyncIterator[Webhooks]:
    """Not to be stopped: `serve` one for that."""
    async with httpx.AsyncClient(base_url=shared_process.ready["url"], timeout=20, trust_env=False) as client:
        yield Webhooks(shared_process, client)


@pytest.fixture
async def telnyx(webhooks: Webhooks, api: CarrierApi) -> Telnyx:
    return Telnyx(webhooks.client, api)
