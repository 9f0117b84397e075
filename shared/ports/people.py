"""The people of tenants, as an operator writes them; a call reads them with its tenant."""

from typing import Protocol

from shared.domain.people import Person


class People(Protocol):
    """A failure is a `StoreError`."""

    async def put(self, tenant_id: str, person: Person) -> bool:
        """True where the name is new; else its other fields are replaced."""
        ...

    async def remove(self, tenant_id: str, name: str) -> bool:
        """False where the tenant has nobody of this name."""
        ...
