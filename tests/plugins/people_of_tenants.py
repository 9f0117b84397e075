"""The people of a test's tenant, whom callers may be put through to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.domain.people import Person
from shared.services import Services
from shared.wiring import open_people


@asynccontextmanager
async def reachable(services: Services, tenant_id: str, *people: Person) -> AsyncIterator[None]:
    """They are the tenant's while it lasts."""
    async with open_people(services.settings) as store:
        for person in people:
            await store.put(tenant_id, person)
        try:
            yield
        finally:
            for person in people:
                await store.remove(tenant_id, person.name)
