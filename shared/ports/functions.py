"""A tenant's own servers, as its templates' functions reach them."""

from dataclasses import dataclass, field
from typing import Protocol

from shared.domain.functions import HttpAnswer, HttpRequest


@dataclass(frozen=True)
class Grants:
    """What a tenant's functions may reach."""

    hosts: frozenset[str] = frozenset()
    """In lower case, with the port where it isn't 443."""
    secrets: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    """By name, for headers."""


class TenantGrants(Protocol):
    """Of the adapter's stage. Writes aren't spooled; a failure is a `StoreError`."""

    async def of(self, tenant_id: str) -> Grants: ...

    async def allow(self, tenant_id: str, host: str) -> bool:
        """False where it is allowed already."""
        ...

    async def refuse(self, tenant_id: str, host: str) -> bool:
        """False where it isn't allowed."""
        ...

    async def put_secret(self, tenant_id: str, name: str, value: str) -> None: ...

    async def remove_secret(self, tenant_id: str, name: str) -> bool:
        """False where there is none."""
        ...


class Partners(Protocol):
    """The tenants' servers."""

    async def ask(self, request: HttpRequest) -> HttpAnswer:
        """Any answer, whatever its status. Raises `PartnerError`. Follows no redirect; its caller bounds the time."""
        ...
