"""The port `Generations` in Redis: one value of the stage, which changes by comparing and setting."""

from collections.abc import Callable

import orjson

from shared.adapters.kv.scripts import Answer, Scripts, parsed_json
from shared.adapters.sql.database import plain
from shared.domain.generations import StageGenerations
from shared.errors import StoreUnavailable

TRIES = 5


class RedisGenerations:
    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._key = f"pickup:{stage}:generations"

    async def known(self) -> StageGenerations:
        return _parsed(await self._stored())

    async def change(self, step: Callable[[StageGenerations], StageGenerations]) -> StageGenerations:
        for _ in range(TRIES):
            stored = await self._stored()
            before = _parsed(stored)
            after = step(before)
            if after == before:
                return before
            text = orjson.dumps(plain(after)).decode()
            if await self._scripts.run("replace", [self._key], ["" if stored is None else str(stored), text]) == 1:
                return after
        raise StoreUnavailable("the generations are changed all the time", "contended")

    async def _stored(self) -> Answer:
        return await self._scripts.run("load", [self._key], [])


def _parsed(stored: Answer) -> StageGenerations:
    return StageGenerations() if stored is None else parsed_json(StageGenerations, stored)
