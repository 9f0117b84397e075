"""The port `Directory` over any `Database`. A failure is a `DirectoryError`, never "no such number" (PT-14)."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, Field

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.domain.people import Person
from shared.domain.rollout import Rollout
from shared.domain.setup import NumberSetup, StageSetups
from shared.domain.telephony.numbers import caller_key
from shared.domain.tenant import Access, Fallback, Holding, Listing, Route, Tenant, Unattested, Unlisted
from shared.errors import DirectoryError, StoreError

_Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


def _texts_only(facts: object) -> object:
    """A fact that is no text counts as missing, so that it costs the caller one answer and not the call."""
    if not isinstance(facts, dict):
        return facts
    return {name: fact for name, fact in cast(dict[str, object], facts).items() if isinstance(fact, str)}


_Facts = Annotated[dict[str, str], BeforeValidator(_texts_only)]


class _ListingRow(BaseModel):
    did: _Text
    stage: _Text
    active: bool
    route: Route
    tenant_id: _Text | None
    template: str | None
    allowlist: tuple[str, ...]
    access: Access = "open"
    unlisted_callers: Unlisted = "reject"
    unattested_callers: Unattested = "accept"
    caller_blocked: bool
    blocked_alike: tuple[str, ...] = ()
    calls_limit: int | None
    calls_used: int
    language: str
    fallback: Fallback
    forward_to: str | None
    rollout: Rollout | None = None
    rivals: tuple[str, ...] = ()


class _HoldingRow(BaseModel):
    stage: _Text
    active: bool
    route: Route
    tenant_id: _Text | None


class _TenantRow(BaseModel):
    tenant_id: _Text
    name: _Text
    timezone: str
    language: str
    greeting: str | None
    facts: _Facts
    extras: dict[str, Any]
    escalation_contact_email: str | None
    phone: str | None
    people: tuple[Person, ...] = ()


class _AnyTenantRow(_TenantRow):
    """A tenant however it is written down: a check says what is wrong with it."""

    name: str


class _SetupRow(BaseModel):
    did: _Text
    stage: _Text
    route: Route
    tenant_id: _Text | None
    template: str | None
    allowlist: tuple[str, ...]
    access: Access = "open"
    fallback: Fallback
    forward_to: str | None
    tenant: _AnyTenantRow | None


class _Setups(BaseModel):
    numbers: list[Any]
    forwards: dict[str, str | None]


_Row = TypeVar("_Row", bound=BaseModel)


class SqlDirectory:
    """Reads once; the use-case decides about a retry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listing(self, did: str, caller: str) -> Listing | None:
        row = await self._row(_ListingRow, "listing_v1", {"did": did, "caller": caller})
        if row is None:
            return None
        listing = Listing(**row.model_dump(exclude={"blocked_alike", "rollout"}), rollout=row.rollout)
        return replace(listing, caller_blocked=row.caller_blocked or caller in map(caller_key, row.blocked_alike))

    async def tenant(self, tenant_id: str) -> Tenant | None:
        row = await self._row(_TenantRow, "tenant_v1", {"tenant_id": tenant_id})
        return None if row is None else _tenant(row)

    async def holding(self, did: str) -> Holding | None:
        """Reads the number's row alone."""
        row = await self._row(_HoldingRow, "holding_v1", {"did": did})
        return None if row is None else Holding(**row.model_dump())

    async def dids(self, stage: str) -> Sequence[str]:
        with _directory_errors():
            return parsed(list[_Text], await self._database.call("dids_v1", plain({"stage": stage})))

    async def known_dids(self, stage: str) -> Sequence[str]:
        return await self.dids(stage)

    async def setups(self, stage: str) -> StageSetups:
        with _directory_errors():
            answer = parsed(_Setups, await self._database.call("setups_v1", plain({"stage": stage})))
            rows = parsed_each(_SetupRow, answer.numbers)
        return StageSetups(tuple(_setup(row) for row in rows), answer.forwards)

    async def _row(self, kind: type[_Row], function: str, payload: dict[str, Any]) -> _Row | None:
        with _directory_errors():
            row = await self._database.call(function, plain(payload))
            return None if row is None else parsed(kind, row)


def _setup(row: _SetupRow) -> NumberSetup:
    plain_row = row.model_dump(exclude={"tenant"})
    return NumberSetup(**plain_row, tenant=None if row.tenant is None else _tenant(row.tenant))


def _tenant(row: _TenantRow) -> Tenant:
    return Tenant(**row.model_dump(exclude={"people"}), people=row.people)


@contextmanager
def _directory_errors() -> Generator[None]:
    try:
        yield
    except StoreError as error:
        raise DirectoryError(str(error), error.cause_code) from error
