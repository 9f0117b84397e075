"""Redis by Upstash's REST API: for webhooks in the cloud."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from upstash_redis.asyncio import Redis

from shared.adapters.kv.scripts import Answer, source
from shared.errors import StoreUnavailable

RUN_SECONDS = 1.0

KEY_LOCKING = "#!lua flags=allow-key-locking\n"
"""Without this flag a script locks the whole database. Redis itself refuses it as unknown."""


class UpstashScripts:
    def __init__(self, client: Redis, run_seconds: float, prefix: str) -> None:
        self._client = cast(Any, client)  # its answers have types of its own
        self._run_seconds = run_seconds
        self._prefix = prefix

    async def run(self, script: str, keys: list[str], args: list[str]) -> Answer:
        command = ["EVAL", self._prefix + source(script), str(len(keys)), *keys, *args]
        try:
            # the client has no time limit
            async with asyncio.timeout(self._run_seconds):
                answer = await self._execute(command)
        except TimeoutError as error:
            raise StoreUnavailable(f"{script}: no answer within {self._run_seconds} s", "timeout") from error
        except Exception as error:
            # the boundary to a library, which raises ValueError or KeyError for an answer that isn't Upstash's JSON
            raise StoreUnavailable(f"{script}: {error}", type(error).__name__) from error
        if answer is not None and not isinstance(answer, str | int):
            raise StoreUnavailable(f"{script}: the answer is a {type(answer).__name__}", "malformed")
        return answer

    async def _execute(self, command: list[str]) -> object:
        try:
            return await self._client.execute(command)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            # a connection of the pool that was reset while it was idle; each script may run twice
            return await self._client.execute(command)


@asynccontextmanager
async def open_upstash(
    url: str, token: str, *, run_seconds: float = RUN_SECONDS, prefix: str = KEY_LOCKING
) -> AsyncGenerator[UpstashScripts]:
    # its retries would run a command twice, and its telemetry is on by default
    client = Redis(url, token, rest_retries=0, allow_telemetry=False)
    try:
        yield UpstashScripts(client, run_seconds, prefix)
    finally:
        await client.close()
