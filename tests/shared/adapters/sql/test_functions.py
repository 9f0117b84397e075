"""What every function keeps to, so that no object of a caller stands in for one of ours; and who may make objects."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from function_bodies import bare_names
from stages_world import as_stage, operator, preview, stage
from tables import each

from lab.stack.postgres import EmbeddedPostgres
from shared.adapters.sql.migrations import SQL, migrate

__all__ = ["as_stage", "operator", "preview", "stage"]

OURS = "pronamespace in ('public'::regnamespace, 'pickup'::regnamespace, 'auth'::regnamespace)"
TYPES = frozenset({"text", "date", "name", "uuid"})
RELATIONS = frozenset({"pg_class", "calls"})

# ---- bodies


@pytest.mark.requirement("PT-28")
async def test_when_functions_are_listed_then_each_sets_its_search_path_with_temporary_objects_last(
    operator: Any,
) -> None:
    found = await operator.fetch(f"select oid::regprocedure::text as name, proconfig from pg_proc where {OURS}")
    assert len(found) >= 50
    wrong = [row["name"] for row in found if row["proconfig"] != ["search_path=pg_catalog, public, pg_temp"]]
    assert wrong == [], "create function … set search_path = pg_catalog, public, pg_temp"


@pytest.mark.requirement("PT-28")
async def test_when_bodies_are_read_then_each_type_and_relation_is_named_with_its_schema(operator: Any) -> None:
    types = {row[0] for row in await operator.fetch("select distinct typname from pg_type")}
    relations = {row[0] for row in await operator.fetch("select distinct relname from pg_class")}
    bodies = await operator.fetch(f"select oid::regprocedure::text as name, prosrc from pg_proc where {OURS}")
    wrong = {row["name"]: bare for row in bodies if (bare := bare_names(row["prosrc"], types, relations))}
    assert wrong == {}, "write pg_catalog.text, public.calls"


@each(
    "body",
    [
        "select p::text",
        "select p :: name",
        "select cast(p as text)",
        "select date '2000-01-01'",
        "declare\n  a text;\nbegin end",
        "declare a pg_catalog.text; b constant uuid := 1; begin end",
        "declare a calls.call_id%type; begin end",
        "select 1 from calls",
        "select 1 from pg_catalog.pg_type join pg_class c on true",
        "delete from only calls",
        "execute 'select $1::text'",
        "-- a room's name\nselect p::text -- 'and",
    ],
)
def test_given_a_bare_name_when_the_body_is_read_then_it_is_found(body: str) -> None:
    assert bare_names(body, TYPES, RELATIONS)


@each(
    "body",
    [
        "select p::pg_catalog.text, p::integer, p::double precision, p::timestamp with time zone",
        "declare\n  a pg_catalog.text := 'x'; b integer; c public.calls;\nbegin end",
        "select count(*) from public.calls where calls.call_id is distinct from 'from calls'",
        "select timestamp '2000-01-01', interval '1 hour'",
        "select substring(p from '^a') -- from calls",
        "select pg_catalog.now() like 'text'",
    ],
)
def test_given_names_with_their_schemas_when_the_body_is_read_then_none_is_found(body: str) -> None:
    assert bare_names(body, TYPES, RELATIONS) == []


# ---- roles

ROLES = ("anon", "authenticated", "authenticator", "pickup_stages", "pickup_functions")


@pytest.fixture
async def deployed(postgres_server: EmbeddedPostgres) -> AsyncIterator[Any]:
    """A connection to a database as a deploy makes it: the migrations, on what a Supabase project has."""
    name = f"deployed_{uuid.uuid4().hex[:8]}"
    url = await postgres_server.create_database(name)
    connection = await asyncpg.connect(url)
    await connection.execute((SQL / "local_shim.sql").read_text())
    await migrate(url)
    yield connection
    await connection.close()
    await postgres_server.drop_database(name)


@pytest.mark.requirement("PT-28")
async def test_given_a_deployed_database_when_privileges_are_listed_then_only_operators_may_make_anything(
    deployed: Any,
) -> None:
    allowed = await deployed.fetch(
        """
        select role, 'temporary' from unnest($1::text[]) role
        where has_database_privilege(role, current_database(), 'temporary')
        union all
        select role, 'schemas' from unnest($1::text[]) role
        where has_database_privilege(role, current_database(), 'create')
        union all
        select role, nspname from unnest($1::text[]) role, pg_namespace
        where nspname in ('public', 'pickup', 'auth') and has_schema_privilege(role, nspname, 'create')
        """,
        ["public", *ROLES],
    )
    assert allowed == []


@pytest.mark.requirement("PT-28")
async def test_given_a_previews_role_when_it_makes_a_temporary_object_then_it_is_refused(preview: Any) -> None:
    for statement in (
        "create temporary table calls (call_id text)",
        "create temporary view calls as select 1",
        "create temporary sequence calls",
        "create type pg_temp.name as enum ('service_role')",
        "create domain pg_temp.timestamptz as pg_catalog.timestamptz",
        "create function pg_temp.now() returns integer language sql as 'select 1'",
        "select 1 as one into temporary table calls",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await preview.execute(statement)


async def test_given_anothers_database_when_it_is_migrated_then_it_is_refused_until_its_owner_keeps_everybody_out(
    postgres_server: EmbeddedPostgres,
) -> None:
    name, role = f"foreign_{uuid.uuid4().hex[:8]}", f"migrator_{uuid.uuid4().hex[:8]}"
    url = await postgres_server.create_database(name)
    owner = await asyncpg.connect(url)
    await owner.execute((SQL / "local_shim.sql").read_text())
    await owner.execute(
        f"""
        create role {role} login createrole password '{role}';
        grant pickup_functions, pickup_stages to {role} with admin option;
        grant create on database {name} to {role};
        grant usage on schema auth to {role};
        alter schema public owner to {role};
        """
    )
    migrators = url.replace(url.partition("//")[2].partition("@")[0], f"{role}:{role}")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="lets every role make temporary") as caught:
            await migrate(migrators)
        refusal: Any = caught.value
        await owner.execute(refusal.hint.partition(": ")[2])
        assert len(await migrate(migrators)) == 1
    finally:
        await owner.close()
        await postgres_server.drop_database(name)
        server = await asyncpg.connect(postgres_server.url)
        await server.execute(f"drop owned by {role}; drop role {role}")
        await server.close()


@pytest.mark.requirement("PT-28")
async def test_when_roles_are_listed_then_nobody_can_become_the_functions_owner_or_another_stage(
    operator: Any, preview: Any, stage: str
) -> None:
    memberships = await operator.fetch(
        """
        select r.rolname as member, of.rolname as role from pg_roles r, pg_roles of
        where not r.rolsuper and r.oid <> of.oid and pg_has_role(r.oid, of.oid, 'member')
          and (r.rolname = any($1) or of.rolname = 'pickup_functions')
        """,
        ["anon", "authenticated", "pickup_functions", "pickup_stages", f"pickup-{stage}"],
    )
    assert {(row["member"], row["role"]) for row in memberships} == {(f"pickup-{stage}", "pickup_stages")}
    can = await operator.fetchrow(
        "select rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication as more "
        "from pg_roles where rolname = 'pickup_functions'"
    )
    assert not can["more"]


async def test_when_ownership_is_listed_then_the_functions_owner_has_the_apis_functions_and_nothing_else(
    operator: Any,
) -> None:
    owned = await operator.fetch(
        "select distinct classid::regclass::text as catalog from pg_shdepend "
        "where refobjid = 'pickup_functions'::regrole and deptype = 'o' "
        "and dbid = (select oid from pg_database where datname = current_database())"
    )
    assert [row["catalog"] for row in owned] == ["pg_proc"]
    elsewhere = await operator.fetch(
        "select oid::regprocedure from pg_proc where proowner = 'pickup_functions'::regrole "
        "and (pronamespace <> 'public'::regnamespace or not prosecdef)"
    )
    assert elsewhere == []
    helpers = await operator.fetch(
        "select oid::regprocedure from pg_proc where pronamespace = 'pickup'::regnamespace "
        "and (prosecdef or proowner <> (select datdba from pg_database where datname = current_database()))"
    )
    assert helpers == []
