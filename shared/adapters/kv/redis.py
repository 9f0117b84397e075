"""Redis by redis-py: for the embedded server, and for workers in the cloud."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha1
from typing import Any, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError

from shared.adapters.kv.scripts import Answer, source
from shared.errors import StoreUnavailable

RUN_SECONDS = 1.0


class RedisScripts:
    def __init__(self, client: "redis.Redis", run_seconds: float) -> None:
        # the client's type leaves open whether this is awaitable
        self._client = cast(Any, client)
        self._run_seconds = run_seconds

    async def run(self, script: str, keys: list[str], args: list[str]) -> Answer:
        text = source(script)
        try:
            async with asyncio.timeout(self._run_seconds):
                try:
                    return await self._evaluate(text, keys, args)
                except ResponseError:
                    raise
                except Exception:
                    # a connection of the pool that was reset while it was idle, mostly; where the client itself closes
                    # it in between, it raises AttributeError. Each script may run twice.
                    await self._client.connection_pool.disconnect(inuse_connections=False)
                    return await self._evaluate(text, keys, args)
        except TimeoutError as error:
            raise StoreUnavailable(f"{script}: no answer within {self._run_seconds} s", "timeout") from error
        except Exception as error:
            # the boundary to a library: what it breaks by is no reason for its user to break
            raise StoreUnavailable(f"{script}: {error}", type(error).__name__) from error

    async def _evaluate(self, text: str, keys: list[str], args: list[str]) -> Answer:
        try:
            return await self._client.evalsha(sha1(text.encode()).hexdigest(), len(keys), *keys, *args)
        except NoScriptError:
            return await self._client.eval(text, len(keys), *keys, *args)


@asynccontextmanager
async def open_redis(url: str, *, run_seconds: float = RUN_SECONDS) -> AsyncGenerator[RedisScripts]:
    """Connects at the first script, so that a process starts without its Redis."""
    client = redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        decode_responses=True,
        # `run` bounds the whole. With its own timeout the client sends by asyncio.wait_for, which in Python 3.11 loses
        # the cancellation of a task when the sending ends at that moment: a worker's heartbeat then never ended.
        socket_timeout=None,
        socket_connect_timeout=run_seconds,
        # `run` tries once more itself, on a fresh connection and within its time limit
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield RedisScripts(client, run_seconds)
    finally:
        await client.aclose()
