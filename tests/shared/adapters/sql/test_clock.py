"""SQL's clock: tests and `--speed` set it in the lab's database, and nothing sets it in a deployed one."""

import subprocess
import sys
import textwrap
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from lab.stack.postgres import EmbeddedPostgres
from shared.adapters.sql.migrations import SQL, migrate

AHEAD = timedelta(seconds=0.5)
"""The most that two clocks are apart that are read one after the other."""


@pytest.fixture
async def deployed(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The DSN of a database as a deploy makes it: only the migrations on what a Supabase project has."""
    name = f"deployed_{uuid.uuid4().hex[:8]}"
    url = await postgres_server.create_database(name)
    connection = await asyncpg.connect(url)
    await connection.execute((SQL / "local_shim.sql").read_text())
    await connection.close()
    await migrate(url)
    yield url
    await postgres_server.drop_database(name)


async def ahead(url: str, *settings: str) -> timedelta:
    """How far pickup.now() is ahead of the database's own clock, in a session with these settings."""
    connection = await asyncpg.connect(url)
    for setting in settings:
        await connection.execute(f"set {setting}")
    found: timedelta = await connection.fetchval("select pickup.now() - now()")
    await connection.close()
    return found


SETTINGS = ("pickup.clock_offset = '2 hours'", "pickup.clock_speed = '8'", "pickup.clock_origin = '0'")


async def test_given_the_labs_database_when_the_clock_is_set_then_functions_and_defaults_follow(
    database_url: str,
) -> None:
    assert await ahead(database_url) == timedelta(0)
    assert await ahead(database_url, SETTINGS[0]) == timedelta(hours=2)
    connection = await asyncpg.connect(database_url)
    await connection.execute(f"set {SETTINGS[0]}")
    opened = '{"call_id": "a-call-later", "stage": "local", "release": "r1", "ringing_at": "2026-05-04T12:00:00Z"}'
    await connection.fetchval("select open_call_v1($1::text::jsonb)::text", opened)
    row: Any = await connection.fetchrow("select created_at - now() as made, opened_at - now() as opened from calls")
    assert timedelta(hours=2) - AHEAD < row["made"] <= timedelta(hours=2)
    assert timedelta(hours=2) - AHEAD < row["opened"] <= timedelta(hours=2)
    await connection.close()


async def test_given_a_stages_role_in_the_lab_when_the_clock_is_set_then_it_follows_too(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(f"set {SETTINGS[0]}; set role pickup_functions")
    assert await connection.fetchval("select pickup.now() - now()") == timedelta(hours=2)
    await connection.close()


def test_given_a_process_at_eight_times_when_it_reads_sqls_clock_then_that_runs_as_its_own(database_url: str) -> None:
    program = f"""
        from lab.base import timescale
        timescale.install(8.0)
        import asyncio, time
        import asyncpg

        async def main():
            connection = await asyncpg.connect(timescale.database_url({database_url!r}))
            await asyncio.sleep(4)
            before = time.time()
            told = await connection.fetchval("select extract(epoch from pickup.now())::float8")
            print(before, told, time.time())
            await connection.close()

        asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60, check=True
    )
    before, told, after = map(float, done.stdout.split())
    assert before - 0.1 <= told <= after + 0.1
    assert told - datetime.now().timestamp() > 2, "it runs ahead of real time"


async def test_given_a_deployed_database_when_every_setting_is_made_then_the_clock_is_the_databases(
    deployed: str, postgres_server: EmbeddedPostgres
) -> None:
    assert await ahead(deployed, *SETTINGS) == timedelta(0)
    name = deployed.rpartition("/")[2]
    connection = await asyncpg.connect(deployed)
    for setting in SETTINGS:
        await connection.execute(f"alter database {name} set {setting}")
    await connection.close()
    assert await ahead(deployed) == timedelta(0)


async def test_given_a_supabase_project_when_it_is_prepared_as_the_labs_then_that_is_refused(
    postgres_server: EmbeddedPostgres,
) -> None:
    name = f"project_{uuid.uuid4().hex[:8]}"
    url = await postgres_server.create_database(name)
    connection = await asyncpg.connect(url)
    # within a transaction, as roles are the server's, and other tests prepare databases on it
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("create role supabase_admin nologin")
    with pytest.raises(asyncpg.RestrictViolationError, match="Supabase project"):
        await connection.execute((SQL / "local_shim.sql").read_text())
    await transaction.rollback()
    await connection.close()
    await postgres_server.drop_database(name)


async def test_when_functions_and_defaults_are_read_then_none_but_the_clock_reads_another_clock(deployed: str) -> None:
    other = r"((?<!pickup\.)\mnow\(\)|clock_timestamp|current_timestamp|localtimestamp|transaction_timestamp)"
    connection = await asyncpg.connect(deployed)
    found = await connection.fetch(
        """
        select proname::text from pg_proc
        where pronamespace in ('public'::regnamespace, 'pickup'::regnamespace) and prosrc ~* $1
        union all
        select adrelid::regclass::text from pg_attrdef d join pg_class c on c.oid = d.adrelid
        where c.relnamespace = 'public'::regnamespace and pg_get_expr(adbin, adrelid) ~* $1
        """,
        other,
    )
    await connection.close()
    assert [row["proname"] for row in found] == ["now"]


async def test_when_functions_are_listed_then_each_sets_its_search_path_with_temporary_objects_last(
    deployed: str,
) -> None:
    connection = await asyncpg.connect(deployed)
    rows = await connection.fetch(
        """
        select proname, coalesce(proconfig, '{}') as config from pg_proc
        where pronamespace in ('public'::regnamespace, 'pickup'::regnamespace)
        """
    )
    await connection.close()
    assert len(rows) > 40
    assert {row["proname"]: row["config"] for row in rows} == {
        row["proname"]: ["search_path=pg_catalog, public, pg_temp"] for row in rows
    }
