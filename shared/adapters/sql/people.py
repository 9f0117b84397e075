"""The port `People` over any `Database`."""

from dataclasses import asdict, dataclass

from shared.adapters.sql.database import Database, parsed, plain
from shared.domain.people import Person


class SqlPeople:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant_id: str, person: Person) -> bool:
        row = plain({"tenant_id": tenant_id} | asdict(person))
        return parsed(_Made, await self._database.call("put_person_v1", row)).made

    async def remove(self, tenant_id: str, name: str) -> bool:
        answer = await self._database.call("remove_person_v1", plain({"tenant_id": tenant_id, "name": name}))
        return parsed(_Removed, answer).removed


@dataclass(frozen=True)
class _Made:
    made: bool


@dataclass(frozen=True)
class _Removed:
    removed: bool
