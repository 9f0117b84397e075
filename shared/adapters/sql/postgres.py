"""Postgres by asyncpg: for the embedded server, and for workers in the cloud through the pooler."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import orjson

from shared.adapters.sql.database import checked, store_error
from shared.errors import StoreError, StoreUnavailable

_asyncpg = cast(Any, asyncpg)  # it has no types

CALL_SECONDS = 2.5
RELEASE_SECONDS = 0.5
"""The longest wait for the server to cancel a call that timed out."""
CLOSE_SECONDS = 2.0


class PostgresDatabase:
    """A pool that connects at the first call, so that a process starts without its database."""

    def __init__(self, pool: Any, call_seconds: float) -> None:
        self._pool = pool
        self._call_seconds = call_seconds

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        statement = f"select public.{checked(function)}($1::text::jsonb)::text"
        argument = orjson.dumps(payload).decode()
        try:
            async with asyncio.timeout(self._call_seconds):
                answer = await self._fetch(statement, argument)
        except TimeoutError as error:
            raise StoreUnavailable(f"{function}: no answer within {self._call_seconds} s", "timeout") from error
        except asyncpg.PostgresError as error:
            raise store_error(f"{function}: {error}", _state(error, "")) from error
        except StoreError:
            raise
        except Exception as error:
            # the boundary to a library: what it breaks by is no reason for its user to break
            raise StoreUnavailable(f"{function}: {error or type(error).__name__}", "08006") from error
        return None if answer is None else orjson.loads(answer)

    async def _fetch(self, statement: str, argument: str) -> str | None:
        try:
            connection = await self._pool.acquire()
        except asyncpg.PostgresError as error:
            # an error while connecting (password, no such database, too many connections) is no answer to the call:
            # a write must be kept
            raise StoreUnavailable(f"no connection: {error}", _state(error, "08001")) from error
        try:
            return await connection.fetchval(statement, argument)
        finally:
            # the pool has already taken back a connection that broke just now, and says so
            with suppress(asyncpg.InternalClientError):
                await self._pool.release(connection, timeout=RELEASE_SECONDS)


async def _as_it_is(connection: Any) -> None:
    """Returns connections without a RESET, which costs a round trip: one statement leaves nothing to reset."""


def _state(error: asyncpg.PostgresError, unknown: str) -> str:
    return str(getattr(error, "sqlstate", None) or unknown)


@asynccontextmanager
async def open_postgres(
    url: str, *, pooler: bool = False, call_seconds: float = CALL_SECONDS, size: int = 10
) -> AsyncGenerator[PostgresDatabase]:
    """`pooler`: a transaction pooler stands before the server, so prepared statements can't be kept."""
    try:
        pool = await _asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=call_seconds,
            command_timeout=call_seconds,
            statement_cache_size=0 if pooler else 100,
            server_settings={"application_name": "pickup"},
            reset=_as_it_is,
        )
    except ValueError as error:
        raise StoreError(f"not a Postgres DSN: {error}") from error
    try:
        yield PostgresDatabase(pool, call_seconds)
    finally:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            pool.terminate()
