"""Stages apart where it isn't a store's own function that is asked: calls for foreign numbers, PostgREST, Supabase."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import pytest
from stages_world import DIDS, GRACE, REAL, as_stage, fill, foreign, operator, stage
from stores_world import Straight, World

from lab.stack.operator import bind_number, stage_dsn
from lab.stack.postgres import EmbeddedPostgres
from shared.adapters.sql.database import Database
from shared.adapters.sql.migrations import SQL, migrate
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.records import SqlRecords
from shared.adapters.sql.supabase import open_supabase
from shared.calls.admit import AdmitCall, Ringing
from shared.config import Settings, changed, pg_bin
from shared.domain.routing import Announce, Reason
from shared.domain.tenant import Listing, Tenant
from shared.errors import StoreError
from shared.services import Services
from shared.wiring import open_services

__all__ = ["as_stage", "operator", "stage"]

# ---- calls for a number that isn't the stage's


class Counted:
    """A directory that counts which tenants are asked for."""

    def __init__(self, directory: Any) -> None:
        self._directory = directory
        self.tenants: list[str] = []

    async def listing(self, did: str, caller: str) -> Listing | None:
        return await self._directory.listing(did, caller)

    async def tenant(self, tenant_id: str) -> Tenant | None:
        self.tenants.append(tenant_id)
        return await self._directory.tenant(tenant_id)

    async def dids(self, stage: str) -> Sequence[str]:
        return await self._directory.dids(stage)


@pytest.fixture
async def services_of(as_stage: Any, settings: Settings) -> Callable[[str], Any]:
    """A process's services as `pickup up` sets them for a stage: by its own role."""

    async def settled(stage: str) -> Settings:
        return changed(settings, stage=stage, database_url=await as_stage(stage))

    return settled


@pytest.mark.requirement("PT-06", "PT-07", "PT-28")
@pytest.mark.parametrize(
    ("caller_stage", "did", "reason"),
    [
        ("production", "+12065550199", Reason.NUMBER_UNKNOWN),
        ("production", "+12265550123", Reason.WRONG_STAGE),
        ("production", "+12065550100", Reason.WRONG_STAGE),
        ("preview-a", "+12265550123", Reason.NUMBER_UNKNOWN),
        ("preview-a", "+12065550100", Reason.NUMBER_UNKNOWN),
    ],
)
async def test_given_an_unknown_or_foreign_number_when_it_is_dialled_then_no_tenant_is_loaded(
    services_of: Any, operator: Any, caller_stage: str, did: str, reason: Reason
) -> None:
    async with open_services(await services_of(caller_stage)) as services:
        directory = Counted(services.directory)
        admission = await admitted(services, directory, caller_stage, did)
        assert admission.decision == Announce(reason)
        assert admission.tenant is None and directory.tenants == []
    assert await operator.fetchval("select count(*) from calls where tenant_id is not null") == 0
    assert await operator.fetchval("select stage from calls") == caller_stage


async def admitted(services: Services, directory: Any, stage: str, did: str) -> Any:
    admit = AdmitCall(stage, "test", directory, services.calls, services.sessions, services.alerts)
    return await admit(Ringing(uuid.uuid4().hex, did, "+12065550142", services.clock.now()))


# ---- Supabase


@pytest.mark.requirement("PT-28")
async def test_given_a_previews_token_when_postgrest_is_asked_then_the_same_rows_are_out_of_reach(
    database_url: str, operator: Any, as_stage: Any, stage: str, serve_postgrest: Any
) -> None:
    call_id = await fill(operator, "production", REAL, DIDS["production"])
    await bind_number(database_url, DIDS["preview-a"], stage, GRACE, "church")
    await as_stage(stage)
    with serve_postgrest(database_url) as served:
        token = served.token(role=f"pickup-{stage}")
        async with open_supabase(served.url, token, transport=served.transport) as database:
            own = World(database, operator, stage, GRACE, DIDS["preview-a"])
            assert await own.directory.dids(stage) == [own.did]
            assert await own.directory.dids("production") == []
            assert await own.directory.listing(DIDS["production"], "") is None
            assert await own.directory.tenant(REAL) is None
            assert await SqlRecords(database).find(call_id) is None
            opening = own.opening()
            await own.calls.open(opening)
            assert await SqlRecords(database).find(opening.call_id) is not None
            with pytest.raises(StoreError) as caught:
                await own.calls.open(own.opening(stage="production"))
            assert caught.value.cause_code == "42501"


async def test_given_a_project_whose_owner_is_no_superuser_when_it_is_migrated_then_stages_are_kept_apart(
    tmp_path: Any,
) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", pg_bin=pg_bin(), durable=False)
    await server.start()
    try:
        url = await server.create_database("supabase")
        superuser = await asyncpg.connect(url)
        await superuser.execute((SQL / "local_shim.sql").read_text())
        await superuser.execute(
            """
            create role postgres login createrole bypassrls password 'postgres';
            alter database supabase owner to postgres;
            grant anon, authenticated, service_role, authenticator to postgres with admin option;
            grant usage on schema auth to postgres;
            """
        )
        owner_url = url.replace(url.partition("//")[2].partition("@")[0], "postgres:postgres")
        await migrate(owner_url)
        owner = await asyncpg.connect(owner_url)
        call_id = await fill(owner, "production", REAL, DIDS["production"])
        async with open_postgres(await stage_dsn(owner_url, "preview-a")) as database:
            await keeps_apart(database, owner, call_id)
        await owner.execute("select pickup.bind_to_stages()")
        await replaces_a_function(owner)
        await owner.execute("select pickup.dismiss_stage('preview-a')")
        for connection in (owner, superuser):
            await connection.close()
    finally:
        await server.stop()
        server.remove()


async def replaces_a_function(owner: Any) -> None:
    """As a later migration does; before and after it the functions' owner has no members."""
    text = await owner.fetchval("select pg_get_functiondef('public.dids_v1'::regproc)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="must be owner"):
        await owner.execute(text)
    await owner.execute(f"grant pickup_functions to current_user; {text}; select pickup.bind_to_stages()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied to set role"):
        await owner.execute("set role pickup_functions")


async def keeps_apart(database: Database, owner: Any, call_id: str) -> None:
    records, writes = SqlRecords(database), Straight(database)
    assert await records.find(call_id) is None
    assert await records.recent("production", 10) == []
    payload, count = foreign(call_id, "preview-a", REAL, DIDS["production"]), "select count(*) from call_events"
    before = await owner.fetchval(count)
    with pytest.raises(StoreError) as caught:
        await writes.write("note_event_v1", payload)
    assert caught.value.cause_code == "42501"
    assert await owner.fetchval(count) == before > 0
    assert await database.call("tenant_v1", {"tenant_id": REAL}) is None
