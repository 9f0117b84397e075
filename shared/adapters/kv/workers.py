"""The port `Workers` in Redis: the heartbeats of a stage's workers."""

from collections.abc import Sequence

import orjson

from shared.adapters.kv.scripts import Scripts, parsed_json
from shared.adapters.sql.database import plain
from shared.ports import WorkerBeat

TTL_SECONDS = 15
"""A heartbeat counts so long: three in a row may get lost."""

NAMED_SECONDS = 60
"""How long a dead worker is named to the others."""


class RedisWorkers:
    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._keys = [f"pickup:{stage}:workers:beats", f"pickup:{stage}:workers:until"]
        self._pulses = f"pickup:{stage}:workers:pulses"

    async def beat(self, beat: WorkerBeat, ttl_seconds: float | None = None) -> None:
        value, ttl_ms = orjson.dumps(plain(beat)).decode(), int((ttl_seconds or TTL_SECONDS) * 1000)
        await self._scripts.run("worker_beat", self._keys, [beat.worker_id, value, str(ttl_ms)])

    async def alive(self) -> Sequence[WorkerBeat]:
        stored = await self._scripts.run("workers_alive", self._keys, [])
        beats = [parsed_json(WorkerBeat, text) for text in parsed_json(list[str], stored)]
        return sorted(beats, key=lambda beat: beat.worker_id)

    async def gone(self, worker_id: str) -> None:
        await self._scripts.run("worker_gone", [*self._keys, self._pulses], [worker_id])

    async def pulse(self, worker_id: str, silent_seconds: float) -> Sequence[str]:
        silence = [str(int(silent_seconds * 1000)), str(NAMED_SECONDS * 1000)]
        return parsed_json(list[str], await self._scripts.run("worker_pulse", [self._pulses], [worker_id, *silence]))
