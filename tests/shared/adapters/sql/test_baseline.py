"""The schema as it is written down, and the migrations: both make the same database."""

import importlib.util
import re
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from lab.stack.binaries import postgres_programs
from lab.stack.postgres import EmbeddedPostgres
from shared.adapters.sql.migrations import SQL, migrate
from shared.config import pg_bin

BASELINE = Path(__file__).parents[4] / "scripts" / "baseline.py"


def baseline_script() -> Any:
    spec = importlib.util.spec_from_file_location("baseline", BASELINE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def two(postgres_server: EmbeddedPostgres) -> AsyncIterator[tuple[str, str]]:
    """The DSNs of a database made by the schema's files and of one made by the migrations."""
    names = [f"{way}_{uuid.uuid4().hex[:8]}" for way in ("schema", "migrations")]
    urls = [await postgres_server.create_database(name) for name in names]
    for url in urls:
        connection = await asyncpg.connect(url)
        await connection.execute((SQL / "local_shim.sql").read_text())
        if url == urls[0]:
            for file in baseline_script().schema_files():
                await connection.execute(file.read_text())
        await connection.close()
    await migrate(urls[1])
    yield urls[0], urls[1]
    for name in names:
        await postgres_server.drop_database(name)


def dump(url: str) -> str:
    """All of a database but its rows: tables, functions with owners and grants, policies, default privileges …"""
    program = postgres_programs(pg_bin(), None) / "pg_dump"
    if not program.exists():
        pytest.skip(f"needs pg_dump beside postgres, in {program.parent}")
    command = [program, "--schema-only", "--exclude-schema=supabase_migrations", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    # newer ones of pg_dump put a random key around what psql is to read
    return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.MULTILINE)


async def test_when_schema_and_migrations_are_applied_then_both_databases_have_the_same_dump(
    two: tuple[str, str],
) -> None:
    schema, migrations = map(dump, two)
    assert schema == migrations
    for part in ("CREATE FUNCTION public.open_call_v1", "CREATE POLICY rows_of_stage", "ALTER DEFAULT PRIVILEGES"):
        assert part in schema


async def test_given_one_difference_when_the_dumps_are_compared_then_it_shows(two: tuple[str, str]) -> None:
    connection = await asyncpg.connect(two[1])
    dumps = [dump(two[0])]
    for change in (
        "alter table calls alter column direction set default 'outbound'",
        "grant select on alerts to authenticated",
        "alter function listing_v1 reset search_path",
        "comment on column calls.attempt_id is 'another'",
    ):
        await connection.execute(change)
        dumps.append(dump(two[1]))
    await connection.close()
    assert len(set(dumps)) == len(dumps)


def test_when_files_of_the_schema_are_listed_then_none_is_left_out() -> None:
    script = baseline_script()
    listed = script.schema_files()
    assert sorted(listed) == sorted((script.SUPABASE / "schema").rglob("*.sql"))
    assert len(set(listed)) == len(listed)
