"""Redis by redis-py: for the embedded server, and for workers in the cloud."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha1
from typing import Any, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from shared.adapters.kv.scripts import Answer, source
from shared.errors import StoreUnavailable

RUN_SECONDS = 1.0


class RedisScripts:
    def __init__(self, client: "redis.Redis", run_seconds: float) -> None:
        # the client's type leaves open whether this is awaitable
        self._client = cast(Any, client)
        self._run_seconds = run_seconds

    async def run(self, script: str, keys: list[str], args: list[str]) -> Answer:
        try:
            async with asyncio.timeout(self._run_seconds):
                return await self._evaluate(source(script), keys, args)
        except TimeoutError as error:
            raise StoreUnavailable(f"{script}: no answer within {self._run_seconds} s", "timeout") from error
        except (RedisError, OSError) as error:
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
        # a retry would outlast the time limit; the port's user tries again at its next turn
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield RedisScripts(client, run_seconds)
    finally:
        await client.aclose()
