"""Random statements of an intruder, and what is compared to see whether any of them got at anything."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from intruders import OPERATORS, impostors, literal, operator_impostor
from stages_world import SECRET, foreign, rows

HOSTILE: tuple[Any, ...] = (
    "production", "preview-%", "%", "pickup-production", "", "'); drop table calls; --", "\\", "infinity", "-infinity",
    "NaN", "null", "service_role", "none", "production\n", "PRODUCTION", "preview-b", "local", "{}", "%s%I%L", "$1",
    0, -1, 2**63, 1e308, True, None, [], {}, ["production"], {"stage": "production"}, "x" * 300,
)  # fmt: skip

ROLES = ("service_role", "pickup_functions", "pickup_stages", "authenticated", "anon", "authenticator", "postgres",
         "none", "pickup-production", "pickup-local", "pickup_ghost")  # fmt: skip

SETTINGS = (
    ("search_path", "pg_temp, public, pg_catalog"), ("search_path", "pickup, pg_temp"), ("row_security", "off"),
    ("standard_conforming_strings", "off"), ("backslash_quote", "on"), ("transform_null_equals", "on"),
    ("check_function_bodies", "off"), ("datestyle", "german, dmy"), ("timezone", "Asia/Tokyo"), ("array_nulls", "off"),
    ("pickup.caller", "service_role"), ("pickup.clock_offset", "100 years"), ("plan_cache_mode", "force_generic_plan"),
    ("session_replication_role", "replica"), ("default_transaction_isolation", "serializable"),
    ("plpgsql.variable_conflict", "use_column"), ("local_preload_libraries", "x"), ("xmloption", "document"),
)  # fmt: skip

ON_A_TABLE = """
table public.{t}
select * from public.{t} where pg_temp.leak(to_jsonb({t})::pg_catalog.text)
select x from public.{t} as x
with gone as (delete from public.{t} returning *) select * from gone
delete from public.{t}
truncate public.{t} cascade
insert into public.{t} default values
update public.{t} set stage = 'preview-a'
lock table public.{t}
drop table public.{t} cascade
alter table public.{t} disable row level security
alter table public.{t} owner to current_user
alter table public.{t} add column more text
create policy mine on public.{t} using (true)
drop policy rows_of_stage on public.{t}
grant all on public.{t} to current_user
create trigger mine before insert on public.{t} for each row execute function pickup.refuse_change()
create rule mine as on select to public.{t} do instead select 1
create index on public.{t} ((pg_temp.run('x')))
create temporary view mine_{t} as select * from public.{t}
create table public.mine_{t} (like public.{t})
create temporary table child_{t} () inherits (public.{t})
comment on table public.{t} is 'mine'
do $$ begin perform pg_temp.leak((select string_agg(x::pg_catalog.text, '') from public.{t} x)); end $$
select * from pg_stats where tablename = '{t}'
select most_common_vals from pg_statistic_ext_data
select * from pg_statistic where starelid = 'public.{t}'::regclass
create statistics mine_{t} on stage, release from public.{t}
select pg_relation_filepath('public.{t}')
""".strip().splitlines()

ON_A_FUNCTION = """
create or replace function {f}(p jsonb) returns jsonb language sql as 'select p'
alter function {f}(jsonb) owner to current_user
alter function {f}(jsonb) set search_path = pg_temp
alter function {f}(jsonb) reset all
alter function {f}(jsonb) security invoker
drop function {f} cascade
alter function {f}(jsonb) rename to mine
alter function {f}(jsonb) set schema pg_temp
grant execute on function {f} to public
select {f}('{{}}')
select {f}(null::pg_catalog.jsonb)
select {f}('production')
select {f}('production', 'x')
select {f}()
select pg_temp.{n}('x')
create aggregate pg_temp.mine_{n}(jsonb) (sfunc = {f}, stype = jsonb)
""".strip().splitlines()

ON_THE_SERVER = """
create role "pickup-production2"
alter role current_user superuser
alter role current_user bypassrls
alter role current_user rename to "pickup-production"
drop role "pickup-production"
grant service_role to current_user
grant pickup_functions to current_user
grant anon to service_role
reassign owned by pickup_functions to current_user
drop owned by pickup_functions
create schema mine
create extension dblink
create extension plpython3u
create event trigger mine on sql_drop execute function pickup.refuse_change()
alter system set row_security = off
select pg_read_file('/etc/passwd')
select pg_ls_dir('.')
select * from pg_authid
select rolname, rolpassword from pg_shadow
select lo_import('/etc/passwd')
select usename, query from pg_stat_activity
select * from pg_prepared_statements
select * from pg_locks
select * from pg_policies
select pickup.caller()
select pickup.admit_stage('production', 'mine')
select pickup.bind_to_stages()
select pickup.dismiss_stage('production')
create function pg_temp.as_operator() returns name language sql set role = 'service_role' as 'select current_user'
select pg_temp.as_operator()
create cast (pg_catalog.text as pickup.stage) without function
alter domain pickup.stage drop constraint stage_check
create cast (public.calls as pg_catalog.json) with inout
create transform for text language sql
create operator class mine default for type text using btree as operator 1 <
create function public.length(jsonb) returns text language sql as 'select ''x'''
create function pickup.caller(text) returns name language sql as 'select ''service_role''::name'
create collation pg_temp."C" from pg_catalog."POSIX"
create text search configuration pg_temp.english (copy = simple)
alter default privileges for role pickup_functions grant all on functions to public
alter schema public owner to current_user
grant create on schema public to current_user
""".strip().splitlines()

TRANSACTIONS = ("begin", "commit", "rollback", "savepoint here", "rollback to here", "set constraints all deferred",
                "begin isolation level serializable", "discard plans", "deallocate all")  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A call of another stage, and what hangs on it."""

    call_id: str
    stage: str
    tenant_id: str
    did: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the intruder knows of it."""
        return (self.call_id, SECRET + self.stage, f"{SECRET}-v-{self.stage}")


@dataclass
class Statements:
    """`own`: the intruder's stage; None for `anon` and `authenticated`.

    Those two set no claims: they have no login, and a session's claims are what PostgREST has verified of a token.
    """

    chosen: random.Random
    targets: Sequence[Target]
    functions: Sequence[str]
    helpers: Sequence[str]
    tables: Sequence[str]
    names: Sequence[str]
    own: str | None
    made: list[str] = field(default_factory=list)

    def next(self) -> str:
        if self.made:
            return self.made.pop()
        kinds = {
            self.call: 8, self.impostor: 4, self.table: 3, self.function: 3, self.server: 3, self.role: 3,
            self.setting: 2, self.transaction: 1,
        }  # fmt: skip
        return self.chosen.choices(list(kinds), list(kinds.values()))[0]()

    def payload(self) -> str:
        """JSON that makes any function do something, aimed at a call of another stage, with a few surprises."""
        target = self.chosen.choice(self.targets)
        stage = self.chosen.choice([self.own or "local", target.stage, target.stage])
        told = foreign(target.call_id, stage, target.tenant_id, target.did) | {"key": "mine", "synthetic": True}
        told["recording_id"] = self.chosen.choice(target.names[1:])
        told["raise_id"] = self.chosen.choice((told["raise_id"], target.names[1]))
        if self.chosen.random() < 0.2:
            told |= {"call_id": f"mine-{self.chosen.random()}", "room_id": target.call_id}
        for key in list(told):
            match self.chosen.random():
                case share if share < 0.1:
                    del told[key]
                case share if share < 0.2:
                    told[key] = self.chosen.choice(HOSTILE)
                case _:
                    pass
        return json.dumps(told)

    def call(self) -> str:
        return f"select public.{self.chosen.choice(self.functions)}({literal(self.payload())}::pg_catalog.jsonb)"

    def impostor(self) -> str:
        if self.chosen.random() < 0.2:
            left, right = self.chosen.choices(("text", "name", "uuid", "jsonb", "int4"), k=2)
            statements = operator_impostor(self.chosen.choice(OPERATORS), left, right)
        else:
            statements = self.chosen.choice(list(impostors(self.chosen.choice(self.names)).values()))
        self.made = list(reversed(statements))
        return self.made.pop()

    def table(self) -> str:
        return self.chosen.choice(ON_A_TABLE).format(t=self.chosen.choice(self.tables))

    def function(self) -> str:
        name = self.chosen.choice([*self.functions, *self.helpers])
        schema = "public" if name in self.functions else "pickup"
        return self.chosen.choice(ON_A_FUNCTION).format(f=f"{schema}.{name}", n=name)

    def server(self) -> str:
        return self.chosen.choice(ON_THE_SERVER)

    def role(self) -> str:
        role = self.chosen.choice(ROLES)
        ways = [
            f'set role "{role}"', f'set session authorization "{role}"', f"select set_config('role', '{role}', false)",
            f"select set_config('session_authorization', '{role}', true)", "reset role", f'set local role "{role}"',
        ]  # fmt: skip
        if self.own:
            claims = {"role": role, "app_metadata": {"tenant_id": self.chosen.choice(self.targets).tenant_id}}
            ways += [
                f"select set_config('request.jwt.claims', {literal(json.dumps(claims))}, false)",
                f"select set_config('request.jwt.claim.role', '{role}', false)",
                f"alter role current_user set role = '{role}'", f'grant "pickup-{self.own}" to "{role}"',
            ]  # fmt: skip
        return self.chosen.choice(ways)

    def setting(self) -> str:
        name, value = self.chosen.choice(SETTINGS)
        return f"select set_config('{name}', {literal(value)}, {self.chosen.choice(('true', 'false'))})"

    def transaction(self) -> str:
        return self.chosen.choice(TRANSACTIONS)


async def foreign_rows(operator: Any, own: str | None) -> dict[str, set[str]]:
    """All rows but those that carry the stage `own`."""
    found = await rows(operator)
    return {
        table: {row for row in all_ if own is None or json.loads(row).get("stage") != own}
        for table, all_ in found.items()
    }


async def definitions(operator: Any) -> set[str]:
    """All objects of ours with their owners, texts and grants, and who is whose member."""
    spaces = "('public'::regnamespace, 'pickup'::regnamespace, 'auth'::regnamespace)"
    found = await operator.fetch(
        f"""
        select concat_ws(' ', oid::regprocedure, proowner::regrole, proacl, pg_get_functiondef(oid)) from pg_proc
        where pronamespace in {spaces}
        union all
        select concat_ws(' ', oid::regclass, relowner::regrole, relacl, relrowsecurity) from pg_class
        where relnamespace in {spaces}
        union all
        select concat_ws(' ', oid::regtype, typowner::regrole, typacl) from pg_type where typnamespace in {spaces}
        union all select concat_ws(' ', tablename, policyname, roles, qual, with_check) from pg_policies
        union all select concat_ws(' ', nspname, nspowner::regrole, nspacl) from pg_namespace where nspname !~ '^pg_t'
        union all select concat_ws(' ', roleid::regrole, member::regrole) from pg_auth_members
        where roleid::regrole::text !~ '^"pickup-'
        union all select concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcreaterole) from pg_roles
        """
    )
    return {row[0] for row in found}
