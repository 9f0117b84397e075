"""Postgres by Supabase's HTTP API: for webhooks in the cloud, whose short-lived processes hold no connections."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import stamina
from postgrest.exceptions import APIError

from shared.adapters.sql.database import checked, store_error
from shared.errors import StoreError, StoreUnavailable
from supabase import AsyncClient, AsyncClientOptions, acreate_client

CALL_SECONDS = 3.0
ATTEMPTS = 2


class SupabaseDatabase:
    """Repeats a call without an answer once, as all functions are idempotent; the client itself never does."""

    def __init__(self, client: AsyncClient, call_seconds: float) -> None:
        self._client = client
        self._call_seconds = call_seconds

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        checked(function)
        try:
            async with asyncio.timeout(self._call_seconds):
                return await self._retrying(function, payload)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise StoreUnavailable(f"{function}: no answer within {self._call_seconds} s", "timeout") from error
        except StoreError:
            raise
        except Exception as error:
            # the boundary to a library: what it breaks by is no reason for its user to break
            raise StoreUnavailable(f"{function}: {error or type(error).__name__}", type(error).__name__) from error

    async def _retrying(self, function: str, payload: dict[str, Any]) -> Any:
        async for attempt in stamina.retry_context(
            on=httpx.TransportError, attempts=ATTEMPTS, timeout=self._call_seconds, wait_initial=0.1, wait_max=0.3
        ):
            with attempt:
                return await self._once(function, payload)
        raise AssertionError("an attempt either returns or raises")

    async def _once(self, function: str, payload: dict[str, Any]) -> Any:
        try:
            answer = await self._client.rpc(function, {"p": payload}).execute()
        except APIError as error:
            raise store_error(f"{function}: {error.message or error.details}", error.code or "") from error
        if isinstance(answer.data, str):
            # the client returns an answer that isn't JSON as text, and no function of ours returns a text
            raise store_error(f"{function}: the answer is not JSON", "malformed")
        return answer.data


@asynccontextmanager
async def open_supabase(
    url: str, key: str, *, call_seconds: float = CALL_SECONDS, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncGenerator[SupabaseDatabase]:
    async with httpx.AsyncClient(timeout=call_seconds, transport=transport) as http:
        options = AsyncClientOptions(
            httpx_client=http, auto_refresh_token=False, persist_session=False, postgrest_client_retry=False
        )
        client = await acreate_client(url, key, options)
        yield SupabaseDatabase(client, call_seconds)
