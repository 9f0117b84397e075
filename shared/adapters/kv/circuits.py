"""The port `CircuitStore` in Redis: one value of the stage, which changes by comparing and setting."""

from collections.abc import Callable

import orjson

from shared.adapters.kv.scripts import Scripts, parsed_json
from shared.adapters.sql.database import plain
from shared.domain.circuit import Circuit
from shared.errors import StoreUnavailable
from shared.ports import Known

TRIES = 5


class RedisCircuits:
    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._key = f"pickup:{stage}:circuits"

    async def change(self, step: Callable[[Known], Known]) -> Known:
        for _ in range(TRIES):
            stored = await self._scripts.run("load", [self._key], [])
            before = {} if stored is None else parsed_json(dict[str, Circuit], stored)
            after = step(before)
            if after == before:
                return before
            text = orjson.dumps({name: plain(circuit) for name, circuit in after.items()}).decode()
            if await self._scripts.run("replace", [self._key], ["" if stored is None else str(stored), text]) == 1:
                return after
        raise StoreUnavailable("the circuits are changed all the time", "contended")

    async def claim_probe(self, name: str, holder: str, seconds: float) -> bool:
        key, milliseconds = f"{self._key}:probe:{name}", str(max(1, round(seconds * 1000)))
        return await self._scripts.run("lease_take", [key], [holder, milliseconds]) == 1
