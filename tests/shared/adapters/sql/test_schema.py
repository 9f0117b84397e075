"""What the database itself guarantees: its constraints, who may see what, and that migrations can be applied again."""

import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import business_tables
import pytest

from lab.stack.postgres import EmbeddedPostgres
from shared.adapters.sql.migrations import SQL, migrate
from shared.errors import StackError

GRACE = "00000000-0000-4000-a000-000000000001"

EXPECTED = """
alert_raises: alert_raises_alert_id_fkey alert_raises_pkey
alert_notices: alert_notices_alert_id_fkey alert_notices_channel_known alert_notices_kind_known alert_notices_pkey
alerts: alerts_ack_has_name alerts_open_once alerts_pkey alerts_severity_known
blocked_callers: blocked_callers_caller_not_empty blocked_callers_pkey blocked_callers_tenant_id_fkey
call_aliases: call_aliases_call_id_fkey call_aliases_pkey
call_events: call_events_call_id_fkey call_events_pkey
call_places: call_places_pkey call_places_tenant_id_fkey
call_results: call_results_call_id_fkey call_results_fields_list call_results_filled_has_values call_results_pkey
    call_results_state_known
calls: calls_call_id_long_enough calls_completed_has_verdict calls_direction_known calls_disposition_known
    calls_ended_by_known calls_medium_known calls_pkey calls_tenant_id_fkey calls_witness_known
consents: consents_answer_known consents_call_id_fkey consents_pkey consents_text_hash_sha256
crisis_events: crisis_events_call_id_fkey crisis_events_once crisis_events_pkey crisis_events_tenant_id_fkey
documents: documents_content_hash_sha256 documents_content_once documents_name_bounded documents_name_once
    documents_pkey documents_tenant_id_fkey documents_title_bounded
deliveries: deliveries_call_id_fkey deliveries_endpoint_id_fkey deliveries_kind_named deliveries_pkey
    deliveries_state_known
delivery_attempts: delivery_attempts_event_id_fkey delivery_attempts_pkey
incidents: incidents_call_id_fkey incidents_once incidents_pkey incidents_tenant_id_fkey
number_reads: number_reads_call_id_fkey number_reads_pkey number_reads_reader_named
numbers: numbers_access_known numbers_active_did numbers_allowlist_filled numbers_did_e164 numbers_fallback_known
    numbers_forward_elsewhere numbers_forward_has_target numbers_forward_to_e164
    numbers_only_tenant_route_has_tenant numbers_pkey numbers_preview_is_demo numbers_route_known
    numbers_tenant_id_fkey numbers_unattested_callers_known numbers_unlisted_callers_known
passages: passages_body_bounded passages_document_id_fkey passages_heading_bounded passages_pkey
    passages_place_positive passages_tenant_id_fkey
recordings: recordings_call_has_path recordings_call_id_fkey recordings_erasure_known recordings_kind_known
    recordings_one_voicemail recordings_pkey recordings_voicemail_has_source
tenant_people: tenant_people_hours_object tenant_people_name_not_empty tenant_people_number_form tenant_people_pkey
    tenant_people_place_positive tenant_people_queue_not_empty tenant_people_tenant_id_fkey
template_rollouts: template_rollouts_action_known template_rollouts_once template_rollouts_pkey
    template_rollouts_share_percent template_rollouts_stable_fkey template_rollouts_step_positive
    template_rollouts_trial_fkey template_rollouts_trial_has_share
templates: templates_body_bounded templates_body_named templates_body_once templates_name_known templates_pkey
    templates_version_positive
tenant_hosts: tenant_hosts_host_plain tenant_hosts_pkey tenant_hosts_tenant_id_fkey
tenant_pins: tenant_pins_failures_positive tenant_pins_hash_scrypt tenant_pins_pkey tenant_pins_tenant_id_fkey
tenant_secrets: tenant_secrets_name_plain tenant_secrets_pkey tenant_secrets_tenant_id_fkey
    tenant_secrets_value_one_line
tenants: tenants_calls_limit_positive tenants_extras_object tenants_facts_object tenants_facts_texts
    tenants_greeting_not_empty tenants_language_tag tenants_name_not_empty tenants_pkey tenants_timezone_known
webhook_endpoints: webhook_endpoints_once webhook_endpoints_pkey webhook_endpoints_previous_ends
    webhook_endpoints_previous_whsec webhook_endpoints_secret_whsec webhook_endpoints_tenant_id_fkey
    webhook_endpoints_url_http
voice_callback_requests: voice_callback_requests_call_id_fkey voice_callback_requests_once
    voice_callback_requests_pkey voice_callback_requests_tenant_id_fkey
worker_events: worker_events_name_known worker_events_pkey
"""


def expected() -> set[tuple[str, str]]:
    """Those listed here, and those that the businesses' own files name."""
    lines = re.sub(r"\n\s+", " ", EXPECTED).strip().split("\n")
    ours = {(line.partition(":")[0], name) for line in lines for name in line.partition(":")[2].split()}
    return ours | business_tables.constraints()


async def present(connection: Any) -> set[tuple[str, str]]:
    """Constraints and unique indexes; `not null` is left out, as only newer versions count it as a constraint."""
    rows = await connection.fetch(
        """
        select c.conrelid::regclass::text as "table", c.conname as name from pg_constraint c
        join pg_class t on t.oid = c.conrelid
        where t.relnamespace = 'public'::regnamespace and c.contype <> 'n' and c.convalidated
        union
        select i.indrelid::regclass::text, i.indexrelid::regclass::text from pg_index i
        join pg_class t on t.oid = i.indrelid
        where t.relnamespace = 'public'::regnamespace and i.indisunique and i.indisvalid
        """
    )
    return {(row["table"], row["name"]) for row in rows}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


# ---- constraints


@pytest.mark.requirement("PT-79", part="a missing constraint turns the check red; there is no pipeline yet")
async def test_when_all_is_migrated_then_every_expected_constraint_is_there_and_no_other(connection: Any) -> None:
    assert await present(connection) == expected()


@pytest.mark.requirement("PT-79", part="a missing constraint turns the check red; there is no pipeline yet")
async def test_when_any_one_constraint_is_dropped_then_the_check_is_red(connection: Any) -> None:
    for table, name in sorted(expected()):
        transaction = connection.transaction()
        await transaction.start()
        is_constraint = await connection.fetchval("select true from pg_constraint where conname = $1", name)
        drop = f"alter table {table} drop constraint {name} cascade" if is_constraint else f"drop index {name}"
        await connection.execute(drop)
        assert (table, name) in expected() - await present(connection)
        await transaction.rollback()


@pytest.mark.requirement("PT-09")
async def test_when_a_number_is_inserted_twice_as_active_then_the_database_refuses(connection: Any) -> None:
    again = "insert into numbers (did, stage, tenant_id, active) values ('+12065550100', $1, $2, $3)"
    for stage in ("local", "production"):
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(again, stage, GRACE, True)
    await connection.execute(again, "production", GRACE, False)


async def test_when_a_template_is_changed_then_the_database_refuses(connection: Any) -> None:
    await connection.execute(
        "insert into templates (name, version, body) values ('church', 1, '{\"name\": \"church\"}')"
    )
    for change in ("update templates set body = '[]'", "delete from templates"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(change)


# ---- who may see what


async def test_when_tables_and_functions_are_listed_then_none_is_open_to_anybody(connection: Any) -> None:
    without_rls = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' "
        "and not relrowsecurity"
    )
    assert without_rls == []
    functions = await connection.fetch(
        """
        select proname, prosecdef, proconfig, proname ~ '_v[0-9]+$' as versioned,
          has_function_privilege('anon', oid, 'execute')
            or has_function_privilege('authenticated', oid, 'execute') as open,
          has_function_privilege('service_role', oid, 'execute') as usable
        from pg_proc where pronamespace = 'public'::regnamespace
        """
    )
    assert len(functions) >= 19
    for function in functions:
        assert function["versioned"], function["proname"]
        assert function["prosecdef"], function["proname"]
        assert any(setting.startswith("search_path=") for setting in function["proconfig"] or ()), function["proname"]
        assert (function["open"], function["usable"]) == (False, True), function["proname"]
    writable = await connection.fetch(
        """
        select relname, role, privilege from pg_class
        cross join unnest(array['anon', 'authenticated']) as role
        cross join unnest(array['insert', 'update', 'delete', 'truncate']) as privilege
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
          and has_table_privilege(role, oid, privilege)
        """
    )
    assert writable == []


async def make_tenant(connection: Any, tenant_id: str) -> str:
    """A tenant with a row in every table that belongs to tenants; gives the id of its call."""
    call_id = uuid.uuid4().hex
    did = f"+1{2_000_000_000 + int(call_id[:6], 16)}"
    written = "now(), 'production', 'r1'"
    await connection.execute(
        f"""
        insert into tenants (id, name, timezone) values ('{tenant_id}', 'T', 'UTC');
        insert into numbers (did, stage, tenant_id) values ('{did}', 'production', '{tenant_id}');
        insert into blocked_callers (tenant_id, caller) values ('{tenant_id}', '123');
        with added as (
          insert into documents (tenant_id, name, title, content_hash) values ('{tenant_id}', 'n', 'T', repeat('a', 64))
          returning id)
        insert into passages (document_id, tenant_id, place, heading, body, language)
          select id, '{tenant_id}', 1, '', 'For rain', 'en' from added;
        insert into call_places (call_id, tenant_id, month, taken_at, stage)
          values ('{call_id}', '{tenant_id}', '2026-05-01', now(), 'production');
        insert into calls (call_id, tenant_id, ringing_at, stage, release)
          values ('{call_id}', '{tenant_id}', {written});
        insert into call_events (call_id, key, kind, at, stage, release) values ('{call_id}', 'k', 'k', {written});
        insert into consents (call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release)
          values ('{call_id}', 'k', 'GRANTED', 'v1', repeat('a', 64), 'en', 'yes', {written});
        insert into recordings (recording_id, call_id, kind, path, source_url, requested_at, started_at, stage, release)
          values ('{call_id}', '{call_id}', 'call', 'p', null, now(), {written}),
            ('voicemail-{call_id}', '{call_id}', 'voicemail', null, 'u', now(), {written});
        """
        + "".join(
            f"insert into {table} (tenant_id, call_id, key, created_at, stage, release) "
            f"values ('{tenant_id}', '{call_id}', 'k', {written});"
            for table in ("voice_callback_requests", "crisis_events", "incidents")
        )
    )
    await business_tables.insert_rows(connection, tenant_id=tenant_id, call_id=call_id, stage="production", text="k")
    return call_id


async def counts(connection: Any, names: list[str]) -> dict[str, int]:
    return {name: await connection.fetchval(f"select count(*) from {name}") for name in names}


async def surfaces(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v' "
        "and relname like 'customer_%' order by relname"
    )
    return [row["relname"] for row in rows]


@pytest.mark.requirement("PT-25", "PT-26")
async def test_when_demo_rows_are_everywhere_then_no_customer_surface_shows_them(connection: Any) -> None:
    await connection.execute("delete from numbers; delete from blocked_callers; delete from tenants")
    await make_tenant(connection, "00000000-0000-4000-a000-00000000beef")
    names = await surfaces(connection)
    assert len(names) >= 12
    assert {name: await connection.fetchval(f"select count(*) from {name}") for name in names} == dict.fromkeys(
        names, 0
    )
    await make_tenant(connection, str(uuid.uuid4()))
    assert {name: await connection.fetchval(f"select count(*) from {name}") for name in names} == dict.fromkeys(
        names, 1
    )
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("update tenants set is_demo = false")


@pytest.mark.requirement("PT-33")
async def test_when_two_tenants_are_signed_in_then_neither_sees_the_other(connection: Any) -> None:
    ours, theirs = str(uuid.uuid4()), str(uuid.uuid4())
    own_call, _ = await make_tenant(connection, ours), await make_tenant(connection, theirs)
    tables = ["calls", "call_events", "consents", "recordings", "voice_callback_requests", "crisis_events", "incidents"]
    of_businesses = business_tables.names()
    views = [name for name in await surfaces(connection) if name != "customer_usage"]
    claims = f'{{"role": "authenticated", "app_metadata": {{"tenant_id": "{ours}"}}}}'
    async with connection.transaction():
        await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)
        await connection.execute("set local role authenticated")
        for name in tables:
            seen = await connection.fetch(f"select call_id from {name}")
            assert {row["call_id"] for row in seen} == {own_call}, name
        for name in (*views, *of_businesses, "tenants", "numbers", "blocked_callers", "documents", "passages"):
            assert await connection.fetchval(f"select count(*) from {name}") == 1, name
    async with connection.transaction():
        await connection.execute("set local role authenticated")
        for name in (*tables, *of_businesses, *views):
            assert await connection.fetchval(f"select count(*) from {name}") == 0, f"{name}, signed in to no tenant"
    async with connection.transaction():
        await connection.execute("set local role anon")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from calls")


# ---- migrations


async def test_when_migrations_run_again_then_nothing_changes(database_url: str, connection: Any) -> None:
    files = sorted(file.stem.partition("_")[0] for file in (SQL / "migrations").glob("*.sql"))
    assert await migrate(database_url, local=True) == []
    recorded = await connection.fetch("select version from supabase_migrations.schema_migrations order by version")
    assert [row["version"] for row in recorded] == files
    assert all(re.fullmatch(r"\d{14}", version) for version in files)
    assert await connection.fetchval("select count(*) from tenants where is_demo") == 2


async def test_when_a_migration_changed_after_it_was_applied_then_the_local_database_is_refused_by_its_name(
    postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for beside in ("local_shim.sql", "local_clock.sql"):
        (tmp_path / beside).write_text("select 1;")
    (folder / "20260101000000_one.sql").write_text("create table one (id int);")
    (folder / "20260101000001_two.sql").write_text("create table two (id int);")
    monkeypatch.setattr("shared.adapters.sql.migrations.SQL", tmp_path)
    name = f"migrate_{uuid.uuid4().hex[:8]}"
    url = await postgres_server.create_database(name)
    assert len(await migrate(url, local=True)) == 2
    assert await migrate(url, local=True) == []
    (folder / "20260101000001_two.sql").write_text("create table two (id bigint);")
    (folder / "20260101000002_three.sql").write_text("create table three (id int);")
    with pytest.raises(StackError, match=r"^20260101000001_two: changed after .* `make clean`"):
        await migrate(url, local=True)
    opened = await asyncpg.connect(url)
    assert await opened.fetchval("select to_regclass('three') is null"), "nothing is applied upon it"
    await opened.close()
    assert await migrate(url) == ["20260101000002"], "elsewhere `supabase db push` records in its own way"
    await postgres_server.drop_database(name)


async def test_when_a_migration_fails_then_nothing_of_it_stays_and_those_before_do(
    postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "20260101000000_good.sql").write_text("create table good (id int);")
    (tmp_path / "migrations" / "20260101000001_bad.sql").write_text("create table bad (id int); select 1 / 0;")
    monkeypatch.setattr("shared.adapters.sql.migrations.SQL", tmp_path)
    name = f"migrate_{uuid.uuid4().hex[:8]}"
    url = await postgres_server.create_database(name)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url)
    opened = await asyncpg.connect(url)
    assert await opened.fetchval("select to_regclass('good') is not null and to_regclass('bad') is null")
    await opened.close()
    await postgres_server.drop_database(name)


async def test_when_the_seed_is_applied_then_each_fault_has_its_number(connection: Any) -> None:
    rows = await connection.fetch(
        "select did, active, route, allowlist, t.calls_limit, t.name from numbers n "
        "left join tenants t on t.id = n.tenant_id where n.stage = 'local'"
    )
    told = {row["did"]: dict(row) for row in rows}
    assert told["+12065550100"]["name"] == "Grace Community Church"
    assert told["+12065550101"]["active"] is False
    assert told["+12065550102"]["allowlist"] == ["2065550142", "+442079460018"]
    assert told["+12065550103"]["name"] is None
    assert told["+13125550130"]["calls_limit"] == 0
    assert told["+12075550110"]["name"] == "Harbor Light Chapel"
    assert told["+18005550199"]["route"] == "sales"
