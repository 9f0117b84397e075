"""The port `Workers` in Redis: the heartbeats of a stage's workers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from shared.adapters.kv.scripts import Scripts
from shared.adapters.sql.database import plain
from shared.errors import StoreUnavailable
from shared.ports import WorkerBeat

TTL_SECONDS = 15
"""A heartbeat counts so long: three in a row may get lost."""


class RedisWorkers:
    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._keys = [f"pickup:{stage}:workers:beats", f"pickup:{stage}:workers:until"]

    async def beat(self, beat: WorkerBeat) -> None:
        value = orjson.dumps(plain(beat)).decode()
        await self._scripts.run("worker_beat", self._keys, [beat.worker_id, value, str(TTL_SECONDS * 1000)])

    async def alive(self) -> Sequence[WorkerBeat]:
        stored = await self._scripts.run("workers_alive", self._keys, [])
        try:
            beats = [_beat(orjson.loads(text)) for text in orjson.loads(str(stored))]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise StoreUnavailable(f"what Redis holds of the workers can't be read: {error}", "malformed") from error
        return sorted(beats, key=lambda beat: beat.worker_id)

    async def gone(self, worker_id: str) -> None:
        await self._scripts.run("worker_gone", self._keys, [worker_id])


def _beat(stored: dict[str, Any]) -> WorkerBeat:
    # by name: another release's worker may send more fields
    return WorkerBeat(
        worker_id=stored["worker_id"],
        stage=stored["stage"],
        release=stored["release"],
        calls=stored["calls"],
        capacity=stored["capacity"],
        at=datetime.fromisoformat(stored["at"]),
        registered=stored["registered"],
        draining=stored["draining"],
    )
