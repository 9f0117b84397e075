"""The port `Snapshots` in Redis: a hash for each name, with the copy, its age, its loader and the least version."""

from typing import Any

import orjson

from shared.adapters.kv.scripts import Scripts
from shared.adapters.sql.database import MALFORMED, plain
from shared.errors import StoreUnavailable
from shared.ports import Loading, Snapshot

LOAD_SECONDS = 3.0
"""A loader that hasn't put anything for so long has died or given up: the next one loads."""


class RedisSnapshots:
    def __init__(self, scripts: Scripts, stage: str, keep_seconds: float) -> None:
        """A copy may be used for `keep_seconds`; 0: never."""
        self._scripts = scripts
        self._stage = stage
        self._keep_seconds = keep_seconds

    async def find(self, name: str, loader: str) -> Snapshot | Loading:
        limits = [_milliseconds(self._keep_seconds), _milliseconds(LOAD_SECONDS)]
        answer = str(await self._scripts.run("snapshot_find", [self._key(name)], [loader, *limits]))
        if answer in (Loading.OURS, Loading.THEIRS):
            return Loading(answer)
        age, _, value = answer.partition(" ")
        try:
            return Snapshot(orjson.loads(value), int(age) / 1000)
        except ValueError as error:
            raise StoreUnavailable(f"the snapshot {name} can't be read: {error}", MALFORMED) from error

    async def put(self, name: str, loader: str, version: int, value: Any) -> bool:
        args = [loader, str(version), orjson.dumps(plain(value)).decode()]
        return await self._scripts.run("snapshot_put", [self._key(name)], args) == 1

    async def give_up(self, name: str, loader: str) -> None:
        await self._scripts.run("snapshot_give_up", [self._key(name)], [loader])

    async def drop(self, name: str, version: int) -> None:
        await self._scripts.run("snapshot_drop", [self._key(name)], [str(version)])

    def _key(self, name: str) -> str:
        return f"pickup:{self._stage}:snapshot:{name}"


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
