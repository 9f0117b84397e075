"""What many tests stand on: real Postgres and Redis, one of each a test process, and a fresh database for each test."""

import asyncio
import itertools
import shutil
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import pytest_asyncio
import redis.asyncio as redis

from lab.base import timescale
from lab.providers.control import LabControl
from lab.stack.postgres import EmbeddedPostgres, folders, home_of
from lab.stack.providers import running_providers
from lab.stack.redis import EmbeddedRedis
from shared.adapters.sql.migrations import migrate
from shared.config import Settings, load_settings, pg_bin, redis_bin
from shared.services import Services
from shared.wiring import open_services

TEMPLATE = "pickup_template"
REDIS_DATABASES = 16
_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def nothing_left_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of data that lies outside the tests' folders, as root's does."""
    yield
    for pointer in tmp_path_factory.getbasetemp().rglob("postgres.path"):
        shutil.rmtree(home_of(pointer.parent), ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A running server with a migrated and seeded database to copy. Don't stop it: make your own for that."""
    folder = tmp_path_factory.mktemp("stack")
    server = EmbeddedPostgres(folder / "postgres", pg_bin=pg_bin(), durable=False)

    async def prepare() -> None:
        await server.start()
        await migrate(await server.create_database(TEMPLATE), local=True)

    try:
        asyncio.run(prepare())
        yield server
    finally:
        asyncio.run(server.stop())
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A running server. Don't stop it: make your own for that."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), appendonly=False, redis_bin=redis_bin())
    try:
        asyncio.run(server.start())
        yield server
    finally:
        asyncio.run(server.stop())


@pytest.fixture
async def database_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The DSN of a database of the test's own, migrated and seeded with the demo tenants."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield timescale.database_url(await postgres_server.create_database(name, TEMPLATE))
    await postgres_server.drop_database(name)


@pytest.fixture
async def redis_url(redis_server: EmbeddedRedis) -> str:
    """The URL of an empty database of the test's own."""
    number = next(_numbers) % REDIS_DATABASES
    url = urlunsplit(urlsplit(redis_server.url)._replace(path=f"/{number}"))
    async with redis.Redis.from_url(url) as client:
        await client.flushdb()
    return url


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of stage `local` on the test's own stores, with its own data folder and no speech providers."""
    return load_settings(
        needs=("database", "redis"),
        stage="local",
        release="test",
        data_dir=tmp_path / "data",
        recordings_dir=tmp_path / "data" / "recordings",
        database_url=database_url,
        redis_url=redis_url,
        signing_keys="only-for-this-test-and-no-other-stage",
        sentry_dsn=None,
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def providers_url() -> AsyncIterator[str]:
    """The URL of the lab's speech providers, one process for all tests of a run."""
    async with running_providers() as url:
        async with LabControl(url) as lab:
            await lab.ready()
        yield url


@pytest.fixture
async def lab(providers_url: str) -> AsyncIterator[LabControl]:
    """Controls the providers; each test finds them without faults."""
    async with LabControl(providers_url) as lab:
        await lab.clear()
        yield lab
        await lab.clear()
        await lab.forget_expected()
        await lab.model("scripted")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says over which transports the contract suite passed."""
    cases: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        if "_contract.py" in report.nodeid and report.nodeid.endswith("]"):
            cases[report.nodeid.rpartition("[")[2].rstrip("]").partition("-")[0]] += 1
    if cases:
        told = ", ".join(f"{transport} {count}" for transport, count in sorted(cases.items()))
        terminalreporter.write_line(f"contract cases passed: {cases.total()} ({told})")
