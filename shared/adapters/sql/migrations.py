"""Applies supabase/migrations, and records them as `supabase db push` does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

from shared.errors import StackError, StoreUnavailable

_HERE = Path(__file__).resolve()
SQL = next((p for p in (_HERE.parents[3] / "supabase", _HERE.parents[2] / "supabase") if p.is_dir()), _HERE.parent)
"""The folder of `migrations/`: in the checkout, or beside the package where it is installed."""

_RECORD = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations
  (version text primary key, statements text[], name text);
"""
_LOCK = 0x7069636B7570  # "pickup": one migrates at a time


async def migrate(url: str, *, local: bool = False, seconds: float = 60.0) -> Sequence[str]:
    """Applies what is missing, each file in a transaction; gives the versions applied now.

    `local`, for the embedded stack, also adds what only Supabase has (roles, `auth`), the lab's clock and the demo
    tenants, and refuses with a `StackError` a database that was made by another text of a migration (`supabase db push`
    records its statements in its own way).
    Raises `StoreUnavailable` when there is no connection, and asyncpg's error when a migration is wrong: that is a
    fault of the release, not of the store.
    """
    try:
        connection = await cast(Any, asyncpg).connect(url, timeout=10, command_timeout=seconds)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as error:
        raise StoreUnavailable(f"can't migrate: {error or type(error).__name__}") from error
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(_RECORD)
        if local:
            await _refuse_changed(connection)
            await connection.execute((SQL / "local_shim.sql").read_text())
        applied = await _apply_missing(connection)
        if local:
            for file in (SQL / "local_clock.sql", *sorted((SQL / "seeds").glob("*.sql"))):
                await connection.execute(file.read_text())
        return applied
    finally:
        await connection.close(timeout=5)


async def _refuse_changed(connection: Any) -> None:
    rows = await connection.fetch("select version, name, statements from supabase_migrations.schema_migrations")
    texts = {file.stem: file.read_text() for file in (SQL / "migrations").glob("*.sql")}
    changed = sorted(
        stem for row in rows if texts.get(stem := f"{row['version']}_{row['name']}") != "".join(row["statements"] or ())
    )
    if changed:
        raise StackError(
            f"{', '.join(changed)}: changed after it was applied to the local database; `make clean` removes the data"
        )


async def _apply_missing(connection: Any) -> list[str]:
    rows = await connection.fetch("select version from supabase_migrations.schema_migrations")
    known = {row["version"] for row in rows}
    applied: list[str] = []
    for file in sorted((SQL / "migrations").glob("*.sql")):
        version, _, name = file.stem.partition("_")
        if version in known:
            continue
        text = file.read_text()
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute(
                "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
                version,
                [text],
                name,
            )
        applied.append(version)
    return applied
