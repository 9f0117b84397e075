"""The directory over any `Database`: whatever goes wrong is a `DirectoryError`, never "no such number" (PT-14)."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.adapters.database import Database, plain
from shared.domain.tenant import Fallback, Holding, Listing, Route, Tenant
from shared.errors import DirectoryError, StoreError

MALFORMED = "malformed"
_Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _ListingRow(BaseModel):
    model_config = ConfigDict(strict=True)

    did: _Text
    stage: _Text
    active: bool
    route: Route
    tenant_id: _Text | None
    template: str | None
    allowlist: Annotated[tuple[str, ...], Field(strict=False)]
    caller_blocked: bool
    calls_limit: int | None
    calls_used: int
    language: _Text
    fallback: Fallback
    forward_to: str | None


class _HoldingRow(BaseModel):
    model_config = ConfigDict(strict=True)

    stage: _Text
    active: bool
    route: Route
    tenant_id: _Text | None


class _TenantRow(BaseModel):
    model_config = ConfigDict(strict=True)

    tenant_id: _Text
    name: _Text
    timezone: _Text
    language: _Text
    greeting: str | None
    facts: dict[str, str]
    extras: dict[str, Any]
    escalation_contact_email: str | None
    phone: str | None


class _Dids(BaseModel):
    model_config = ConfigDict(strict=True)

    dids: list[_Text]


class SqlDirectory:
    """Asks once: whether to ask again is for the use-case to say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listing(self, did: str, caller: str) -> Listing | None:
        row = await self._ask("listing_v1", {"did": did, "caller": caller})
        return None if row is None else Listing(**_validated(_ListingRow, row).model_dump())

    async def tenant(self, tenant_id: str) -> Tenant | None:
        row = await self._ask("tenant_v1", {"tenant_id": tenant_id})
        return None if row is None else Tenant(**_validated(_TenantRow, row).model_dump())

    async def holding(self, did: str) -> Holding | None:
        """Asks of the number's own row alone."""
        row = await self._ask("holding_v1", {"did": did})
        return None if row is None else Holding(**_validated(_HoldingRow, row).model_dump())

    async def dids(self, stage: str) -> Sequence[str]:
        return _validated(_Dids, {"dids": await self._ask("dids_v1", {"stage": stage})}).dids

    async def _ask(self, function: str, payload: dict[str, Any]) -> object:
        try:
            return await self._database.call(function, plain(payload))
        except StoreError as error:
            raise DirectoryError(str(error), error.cause_code) from error


_Row = TypeVar("_Row", bound=BaseModel)


def _validated(kind: "type[_Row]", row: object) -> "_Row":
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(at) for at in item['loc'])}: {item['msg']}" for item in error.errors())
        raise DirectoryError(f"a malformed row: {wrong}", MALFORMED) from error
