"""The port `Leases` in Redis: which agent holds a call, and until when."""

from shared.adapters.kv.scripts import Scripts


class RedisLeases:
    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._stage = stage

    async def take(self, call_id: str, holder: str, ttl_seconds: float) -> bool:
        return await self._scripts.run("lease_take", [self._key(call_id)], [holder, _milliseconds(ttl_seconds)]) == 1

    async def renew(self, call_id: str, holder: str, ttl_seconds: float) -> bool:
        return await self._scripts.run("lease_renew", [self._key(call_id)], [holder, _milliseconds(ttl_seconds)]) == 1

    async def release(self, call_id: str, holder: str) -> None:
        await self._scripts.run("lease_release", [self._key(call_id)], [holder])

    async def holder(self, call_id: str) -> str | None:
        stored = await self._scripts.run("load", [self._key(call_id)], [])
        return None if stored is None else str(stored)

    async def break_(self, call_id: str, holder_prefix: str, left_seconds: float) -> bool:
        args = [holder_prefix, _milliseconds(left_seconds)]
        return await self._scripts.run("lease_break", [self._key(call_id)], args) == 1

    def _key(self, call_id: str) -> str:
        return f"pickup:{self._stage}:lease:{call_id}"


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
