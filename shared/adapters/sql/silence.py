"""Remembers that the database was silent a moment ago, so that of several writes and reads of a call one waits."""

import asyncio
from typing import Any

from shared.adapters.sql.database import Database
from shared.errors import StoreUnavailable

LASTS_SECONDS = 5.0
LONG_SECONDS = 0.5
"""Whoever gave up after so long met silence too: who serves copies waits for less than the database's own bound."""


class ObservedDatabase:
    """Passes calls on. An answer ends the silence; so does time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._silent_until = 0.0

    @property
    def silent(self) -> bool:
        return asyncio.get_running_loop().time() < self._silent_until

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        began = asyncio.get_running_loop().time()
        try:
            answer = await self._database.call(function, payload)
        except (StoreUnavailable, asyncio.CancelledError) as error:
            now = asyncio.get_running_loop().time()
            if now - began >= LONG_SECONDS and getattr(error, "cause_code", "timeout") == "timeout":
                self._silent_until = now + LASTS_SECONDS
            raise
        self._silent_until = 0.0
        return answer


class ImpatientDatabase:
    """The same, for what has another way: it isn't asked while it is silent."""

    def __init__(self, database: ObservedDatabase) -> None:
        self._database = database

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        if self._database.silent:
            raise StoreUnavailable(f"{function}: the database was silent a moment ago", "silent")
        return await self._database.call(function, payload)
