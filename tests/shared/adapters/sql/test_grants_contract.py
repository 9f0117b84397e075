"""What tenants' functions may reach, over every transport."""

import pytest
from stores_world import World

from shared.adapters.sql.grants import SqlTenantGrants
from shared.errors import StoreError
from shared.ports import Grants

GRACE, OTHER = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"


async def test_given_hosts_and_secrets_then_they_are_the_tenants_and_the_stages_own(world: World) -> None:
    grants = SqlTenantGrants(world.database, world.stage)
    assert await grants.of(GRACE) == Grants()
    assert [await grants.allow(GRACE, "api.hall.example") for _ in range(2)] == [True, False]
    assert await grants.allow(GRACE, "hall.example:8443")
    await grants.put_secret(GRACE, "hall", "one")
    await grants.put_secret(GRACE, "hall", "two")
    found = await grants.of(GRACE)
    assert found == Grants(frozenset({"api.hall.example", "hall.example:8443"}), {"hall": "two"})
    assert "two" not in repr(found)
    assert await grants.of(OTHER) == await grants.of("") == Grants()
    assert [await grants.refuse(GRACE, "hall.example:8443") for _ in range(2)] == [True, False]
    assert [await grants.remove_secret(GRACE, "hall") for _ in range(2)] == [True, False]
    assert await grants.of(GRACE) == Grants(frozenset({"api.hall.example"}))
    for host in ("Api.Hall.example", "https://hall.example", "hall.example/x", ""):
        with pytest.raises(StoreError):
            await grants.allow(GRACE, host)
    for name, value in (("Bad", "x"), ("ok", "two\nlines"), ("ok", "")):
        with pytest.raises(StoreError):
            await grants.put_secret(GRACE, name, value)
