"""The port `Pins` over any `Database`."""

from dataclasses import dataclass, field

from shared.adapters.sql.database import Database, parsed
from shared.domain.pin import LOCKED_HOURS, MOST_TRIES_IN_ALL


class SqlPins:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def is_set(self, tenant_id: str) -> bool:
        return parsed(_Found, await self._database.call("pin_v1", self._of(tenant_id))).set

    async def put(self, tenant_id: str, hashed: str) -> None:
        await self._database.call("set_pin_v1", self._of(tenant_id) | {"hash": hashed})

    async def remove(self, tenant_id: str) -> bool:
        answer = await self._database.call("set_pin_v1", self._of(tenant_id) | {"hash": None})
        return parsed(_Changed, answer).changed

    async def begin_try(self, tenant_id: str) -> str | None:
        limits = {"most": MOST_TRIES_IN_ALL, "hours": LOCKED_HOURS}
        return parsed(_Tried, await self._database.call("try_pin_v1", self._of(tenant_id) | limits)).hash

    async def passed(self, tenant_id: str) -> None:
        await self._database.call("pass_pin_v1", self._of(tenant_id))

    def _of(self, tenant_id: str) -> dict[str, str | int | None]:
        return {"stage": self._stage, "tenant_id": tenant_id or None}


@dataclass(frozen=True)
class _Found:
    set: bool


@dataclass(frozen=True)
class _Changed:
    changed: bool


@dataclass(frozen=True)
class _Tried:
    hash: str | None = field(repr=False)
