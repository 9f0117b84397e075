"""Stages side by side on one database: by a stage's own role nobody gets at another's rows (PT-28)."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from stages_world import (
    DIDS,
    GRACE,
    HARBOR,
    REAL,
    SECRET,
    as_stage,
    fill,
    foreign,
    functions,
    operator,
    preview,
    rows,
    stage,
    tables,
    told,
)
from stores_world import NOON, World, completion

from lab.stack.operator import bind_number, stage_dsn
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.records import SqlRecords
from shared.domain.call import CallEvent
from shared.domain.language.consent import ConsentAnswer, ConsentRecord
from shared.errors import InputError
from shared.ports import RecordingEntry

__all__ = ["as_stage", "operator", "preview", "stage"]

# ---- what is bound


async def test_when_all_is_migrated_then_every_table_and_every_function_is_bound_to_stages(operator: Any) -> None:
    unbound = await operator.fetch(
        """
        select relname from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not (relrowsecurity and exists (
            select from pg_policy where polrelid = c.oid and polname = 'rows_of_stage'))
        union all
        select proname from pg_proc where pronamespace = 'public'::regnamespace
          and proowner <> 'pickup_functions'::regrole
        """
    )
    assert unbound == [], "a migration that adds tables or functions ends with: select pickup.bind_to_stages()"


async def test_when_a_table_and_a_function_are_added_then_binding_again_binds_them_and_changes_nothing_else(
    operator: Any,
) -> None:
    policies = "select tablename, qual, with_check from pg_policies where policyname = 'rows_of_stage' order by 1"
    before = await operator.fetch(policies)
    await operator.execute(
        """
        create table public.visits (call_id text references public.calls (call_id), stage pickup.stage not null);
        create function public.visit_v1(p jsonb) returns jsonb language sql security definer as 'select p';
        select pickup.bind_to_stages();
        """
    )
    after = await operator.fetch(policies)
    assert [row for row in after if row["tablename"] != "visits"] == before
    (added,) = (row["qual"] for row in after if row["tablename"] == "visits")
    assert "stage" in added and "calls parent" in added
    assert await operator.fetchval(
        "select proowner = 'pickup_functions'::regrole from pg_proc where proname = 'visit_v1'"
    )


# ---- a preview's role


@pytest.mark.requirement("PT-28", "PT-33")
@pytest.mark.requirement("PT-40", part="in database and routing; there is no deployment of several at once")
@pytest.mark.parametrize(("other", "owner"), [("production", REAL), ("local", HARBOR), ("preview-b", GRACE)])
async def test_given_a_previews_role_when_any_function_is_told_of_anothers_rows_then_none_is_seen_and_none_changed(
    operator: Any, preview: Any, other: str, owner: str
) -> None:
    call_id = await fill(operator, other, owner, DIDS[other])
    untouched = await rows(operator)
    empty = {table for table, found in untouched.items() if not any(SECRET in row for row in found)}
    # a host is in lower case, a PIN a hash; a demo tenant's people and documents are every stage's
    shared = set[str]() if owner == REAL else {"tenant_people", "documents", "passages"}
    assert empty <= {"templates", "tenants", "tenant_hosts", "tenant_pins"} | shared
    for function in await functions(operator):
        try:
            answer = await told(preview, function, foreign(call_id, other, owner, DIDS[other]))
        except asyncpg.PostgresError as error:
            answer = str(error)
        # a demo tenant's name is every preview's
        if owner == REAL or function != "tenant_v1":
            assert SECRET not in json.dumps(answer).replace(call_id, "what was asked"), function
        assert await rows(operator) == untouched, function


@pytest.mark.requirement("PT-28")
@pytest.mark.parametrize(("other", "owner"), [("production", REAL), ("preview-b", GRACE)])
async def test_given_a_previews_role_when_it_writes_as_itself_upon_anothers_call_then_that_is_as_it_was(
    operator: Any, preview: Any, stage: str, other: str, owner: str
) -> None:
    call_id = await fill(operator, other, owner, DIDS[other])
    before = await rows(operator)
    for function in await functions(operator):
        with suppress(asyncpg.PostgresError):
            await told(preview, function, foreign(call_id, stage, owner, DIDS[other]))
    after = await rows(operator)
    assert {table: [row for row in found if row not in after[table]] for table, found in before.items()} == {
        table: [] for table in before
    }
    added = {table: [row for row in found if row not in before[table]] for table, found in after.items()}
    assert all(stage in row for table, found in added.items() for row in found if table != "alert_raises"), added
    # an alert says of which call it is told, and hangs on none
    assert not any(call_id in row for table, found in added.items() for row in found if table != "alerts")
    assert not any(REAL in row for found in added.values() for row in found)


@pytest.mark.requirement("PT-28")
async def test_given_a_previews_role_when_tables_are_asked_directly_or_another_role_taken_then_it_is_refused(
    operator: Any, preview: Any
) -> None:
    await fill(operator, "production", REAL, DIDS["production"])
    for table in await tables(operator):
        for statement in (
            f"select * from {table}",
            f"insert into {table} default values",
            f"delete from {table}",
            f"truncate {table}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await preview.execute(statement)
    for role in ("service_role", "pickup_functions", "authenticated", "pickup"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await preview.execute(f"set role {role}")
    for statement in ("create role pickup_other", "create table mine (id int)", "select pickup.bind_to_stages()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await preview.execute(statement)


@pytest.mark.requirement("PT-27", "PT-28")
async def test_given_a_real_tenant_when_a_preview_number_is_bound_to_it_then_the_database_refuses(
    operator: Any, database_url: str, preview: Any, stage: str
) -> None:
    await operator.execute("insert into tenants (id, name, timezone) values ($1, 'Real', 'UTC')", REAL)
    with pytest.raises(asyncpg.CheckViolationError):
        await operator.execute(
            "insert into numbers (did, stage, tenant_id) values ($1, $2, $3)", DIDS["preview-a"], stage, REAL
        )
    with pytest.raises(InputError, match="demo tenants"):
        await bind_number(database_url, DIDS["preview-a"], stage, REAL, "church")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await told(preview, "bind_number_v1", {"did": DIDS["preview-a"], "stage": stage, "tenant_id": REAL})


# ---- what a stage's role is for


@pytest.fixture(params=["preview", "production"])
async def own(
    request: pytest.FixtureRequest, as_stage: Any, operator: Any, stage: str, database_url: str
) -> AsyncIterator[World]:
    """The stores by the role of a stage, which has a tenant and a number."""
    name = stage if request.param == "preview" else "production"
    tenant_id = GRACE if request.param == "preview" else REAL
    await operator.execute(
        "insert into tenants (id, name, timezone, calls_limit) values ($1, 'Real', 'UTC', 5) on conflict do nothing",
        REAL,
    )
    await bind_number(database_url, DIDS["preview-a"], name, tenant_id, "church")
    async with open_postgres(await as_stage(name)) as database:
        yield World(database, operator, name, tenant_id, DIDS["preview-a"])


@pytest.mark.requirement("PT-28")
@pytest.mark.requirement(
    "PT-30", part="the marks of rows and their deletion as one; the end of a preview doesn't begin it yet"
)
async def test_given_a_stages_role_when_its_own_call_is_kept_then_all_of_it_can_be_read_back(own: World) -> None:
    opening = own.opening()
    records = SqlRecords(own.database)
    assert await own.directory.dids(own.stage) == [own.did]
    assert (await own.directory.listing(own.did, "")) is not None and await own.directory.tenant(own.tenant_id)
    if own.stage == "production":
        assert await own.calls.take_place(opening.call_id, own.tenant_id, NOON)
    await own.calls.open(opening)
    await own.calls.note(CallEvent(opening.call_id, "e1", "answered", NOON))
    await own.consents.record(
        ConsentRecord(opening.call_id, "c1", ConsentAnswer.GRANTED, "v1", "ab" * 32, "en", "yes", NOON)
    )
    await own.recordings.put(RecordingEntry(f"rec-{opening.call_id}", opening.call_id, "one.ogg", NOON, None))
    await own.church.submit_prayer(own.prayer(opening.call_id))
    await own.requests.call_back(own.callback(opening.call_id))
    for kind in ("crisis", "threat"):
        await own.requests.report(own.safety_report(opening.call_id, kind))
    await own.alerts.raise_(own.alert("trouble"))
    await own.calls.complete(completion(opening.call_id))

    record = await records.find(opening.call_id)
    assert record is not None and record.tenant_id == own.tenant_id and record.tenant_name
    assert (len(record.consents), len(record.recordings), len(record.requests)) == (1, 1, 4)
    assert [recent.call_id for recent in await records.recent(own.stage, 10)] == [opening.call_id]
    assert [alert.key for alert in await own.alerts.open_alerts()] == ["trouble"]
    own.clock.advance(3600)
    await own.alerts.close("trouble")
    assert await own.alerts.open_alerts() == []


@pytest.mark.requirement("PT-28")
async def test_given_another_stages_role_when_it_takes_places_of_a_tenant_then_production_has_as_many_as_before(
    operator: Any, as_stage: Any
) -> None:
    await operator.execute("insert into tenants (id, name, timezone, calls_limit) values ($1, 'Real', 'UTC', 1)", REAL)
    asked = {"tenant_id": REAL, "at": NOON.isoformat(), "call_id": "a-call-of-nobody"}
    for taker in ("local", "production"):
        connection = await asyncpg.connect(await as_stage(taker))
        taken = await told(connection, "take_place_v1", asked | {"stage": taker, "call_id": f"a-call-of-{taker}"})
        assert taken == {"taken": True, "used": 1, "limit": 1}
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await told(connection, "take_place_v1", asked | {"stage": "preview-b", "at": "2026-07-01T12:00:00Z"})
        await connection.close()


@pytest.mark.requirement(
    "PT-30", part="the marks of rows and their deletion as one; the end of a preview doesn't begin it yet"
)
@pytest.mark.requirement("PT-44", part="its rows are deleted")
async def test_given_a_previews_role_when_its_rows_are_forgotten_then_production_is_out_of_reach(
    operator: Any, preview: Any, stage: str
) -> None:
    kept = await fill(operator, "production", REAL, DIDS["production"])
    await fill(operator, stage, GRACE, DIDS["preview-a"])
    assert await told(preview, "forget_stage_v1", {"stage": stage}) == {"deleted": 1}
    with pytest.raises(asyncpg.RestrictViolationError):
        await told(preview, "forget_stage_v1", {"stage": "production"})
    assert [row["call_id"] for row in await operator.fetch("select call_id from calls")] == [kept]
    left = {table for table, found in (await rows(operator)).items() if any(stage in row for row in found)}
    assert left == {"numbers"}, "what was imported for it goes as well"


async def test_given_a_stages_role_when_it_is_dismissed_then_nobody_logs_in_by_it_and_once_more_does_no_harm(
    database_url: str, operator: Any, stage: str
) -> None:
    dsn = await stage_dsn(database_url, stage)
    newer = await stage_dsn(database_url, stage)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn)
    await (await asyncpg.connect(newer)).close()
    for _ in range(2):
        await operator.execute("select pickup.dismiss_stage($1)", stage)
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(newer)


@pytest.mark.requirement("PT-28")
async def test_given_a_previews_role_when_it_uses_documents_then_it_reads_those_of_demo_tenants_and_changes_none(
    operator: Any, preview: Any
) -> None:
    document = {"name": "faq.md", "title": "FAQ", "passages": [{"heading": "Lift", "text": "By the side door."}]}
    await operator.execute("insert into tenants (id, name, timezone) values ($1, 'Real', 'UTC')", REAL)
    for tenant_id, found in ((GRACE, 1), (REAL, 0)):
        whose = {"tenant_id": tenant_id}
        await told(operator, "put_document_v1", whose | document)
        assert len(await told(preview, "find_passages_v1", whose | {"words": "lift", "limit": 3})) == found
        with pytest.raises(asyncpg.PostgresError):
            await told(preview, "put_document_v1", whose | document | {"passages": [{"heading": "", "text": "Mine"}]})
        assert await told(preview, "remove_document_v1", whose | {"name": "faq.md"}) == {"removed": False}
        assert len(await told(operator, "documents_v1", whose)) == 1
