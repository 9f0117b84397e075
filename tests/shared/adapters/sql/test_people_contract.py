"""The people of tenants, over each transport: written by an operator, read with their tenant."""

import uuid

import asyncpg
import pytest
from stores_world import World

from shared.adapters.sql.people import SqlPeople
from shared.domain.people import Person

__all__: list[str] = []


async def test_when_people_are_written_then_their_tenant_has_them_in_the_order_of_their_places(world: World) -> None:
    people, tenant = SqlPeople(world.database), world.tenant_id
    ruth = Person("Ruth Adeyemi", "+12065550181", "parts", 2, {"mon": [["09:00", "17:00"]]})
    olaf = Person("Olaf Brandt", "204", cold=False)
    assert [await people.put(tenant, each) for each in (ruth, olaf, ruth)] == [True, True, False]
    read = await world.directory.tenant(tenant)
    assert read is not None and read.people == (olaf, ruth)

    moved = Person("Ruth Adeyemi", "+12065550182", cold=True)
    assert not await people.put(tenant, moved)
    assert await people.remove(tenant, "Olaf Brandt")
    assert not await people.remove(tenant, "Olaf Brandt")
    read = await world.directory.tenant(tenant)
    assert read is not None and read.people == (moved,)


async def test_when_a_person_cannot_be_called_then_the_database_refuses(world: World) -> None:
    insert = "insert into tenant_people (tenant_id, name, number) values ($1, $2, $3)"
    table = [("", "+12065550181"), ("Ruth", "5550181 "), ("Ruth", "+0206555"), ("Ruth", "sip:ruth@host"), ("Ruth", "1")]
    for name, number in table:
        with pytest.raises(asyncpg.CheckViolationError):
            await world.sql.execute(insert, uuid.UUID(world.tenant_id), name, number)
