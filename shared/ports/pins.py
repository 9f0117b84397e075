"""The PINs of tenants, by their hashes."""

from typing import Protocol


class Pins(Protocol):
    """Of the adapter's stage. Writes aren't spooled; a failure is a `StoreError`."""

    async def is_set(self, tenant_id: str) -> bool: ...

    async def put(self, tenant_id: str, hashed: str) -> None:
        """`pin.hashed`; it takes the place of an earlier one."""
        ...

    async def remove(self, tenant_id: str) -> bool:
        """False where there is none."""
        ...

    async def begin_try(self, tenant_id: str) -> str | None:
        """The hash, once the try is counted; None where no PIN is taken now."""
        ...

    async def passed(self, tenant_id: str) -> None:
        """The try was right: earlier failures don't count any more."""
        ...
