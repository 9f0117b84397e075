"""Intruders: who has one of our database's roles and a direct connection, and makes objects named as what we use."""

import asyncio
import random
import re
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from stages_world import SECRET

RAN_AS = "code of an intruder runs as "

PROBE = """
create function public.probe_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('caller', pickup.caller(), 'operator', pickup.is_operator(), 'stage', pickup.own_stage())
$$;
grant execute on function public.probe_v1(jsonb) to public;
select pickup.bind_to_stages();
"""
"""A function as the API's own, which tells as whom they take its caller."""

DEFENCES = ("no temporary objects", "search path", "names with schema")


async def weaken(operator: Any, *gone: str) -> None:
    """Takes defences away, as if they had never been built."""
    functions = await operator.fetch(
        "select oid::regprocedure::text as name, pg_get_functiondef(oid) as text from pg_proc "
        "where pronamespace in ('public'::regnamespace, 'pickup'::regnamespace, 'auth'::regnamespace)"
    )
    if "no temporary objects" in gone:
        await operator.execute(
            f"grant temporary on database {await operator.fetchval('select current_database()')} to public"
        )
    for function in functions:
        if "names with schema" in gone:
            await operator.execute(function["text"].replace("pg_catalog.", ""))
        if "search path" in gone:
            await operator.execute(f"alter function {function['name']} set search_path = pg_catalog, public")


class Intruder:
    """A connection that only speaks the simple protocol: types of its own making confuse the driver otherwise."""

    def __init__(self, connection: Any, login: str, role: str) -> None:
        self._connection = connection
        self.login = login
        self.role = role
        self.ran_as: set[str] = set()
        """Roles that it can't take by which code of its making was run."""
        self.noticed = ""
        """All that the server said beside its answers."""
        connection.add_log_listener(self._listen)

    def _listen(self, _connection: Any, message: Any) -> None:
        self.noticed += str(message)
        self.ran_as |= set(re.findall(rf"{RAN_AS}(\S+)", str(message))) - {self.role, self.login, "pickup_stages"}

    async def tries(self, statement: str) -> str:
        """What comes back: rows as text, or the refusal with all its parts."""
        rows = bytearray()

        async def keep(part: bytes) -> None:
            rows.extend(part)

        try:
            if re.match(r"select|with|table|values", statement, re.IGNORECASE):
                await self._connection.copy_from_query(statement, output=keep, timeout=2)
            else:
                await self._connection.execute(statement, timeout=2)
        except asyncpg.PostgresError as error:
            return " ".join(str(part) for part in (error, error.detail, error.hint, error.context) if part)
        except TimeoutError:
            return "too slow"
        finally:
            await asyncio.sleep(0)  # the driver hands notices over in the loop's next round
        return rows.decode()

    async def calls(self, function: str, payload: str) -> str:
        """What a function of the API answers to this JSON."""
        return await self.tries(f"select public.{function}({literal(payload)}::pg_catalog.jsonb)")


@pytest.fixture
async def intruder_as(database_url: str, operator: Any, as_stage: Callable[[str], Any]) -> AsyncIterator[Any]:
    """A context manager: an intruder with a stage's own role, or as `anon` or `authenticated`, which have no login."""

    @asynccontextmanager
    async def intrude(role: str) -> AsyncIterator[Intruder]:
        name = f"intruder_{uuid.uuid4().hex[:8]}"
        if role in ("anon", "authenticated"):
            await operator.execute(f"create role {name} login noinherit password '{name}'; grant {role} to {name}")
            own = database_url.partition("//")[2].partition("@")[0]
            connection = await asyncpg.connect(database_url.replace(own, f"{name}:{name}"))
            await connection.execute(f"set role {role}")
        else:
            name = f"pickup-{role}"
            connection = await asyncpg.connect(await as_stage(role))
        intruder = Intruder(connection, name, role if role in ("anon", "authenticated") else name)
        try:
            yield intruder
        finally:
            connection.terminate()
            # its server process holds temporary objects until it ends
            await operator.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1", name
            )
            await operator.execute(f'drop owned by "{name}" cascade')
            if name.startswith("intruder_"):
                await operator.execute(f"drop role {name}")

    yield intrude


async def used_names(operator: Any) -> list[str]:
    """All types, functions and relations that are named in a function of ours, and our own."""
    rows = await operator.fetch(
        r"""
        with words as (
          select distinct lower(word) as word from pg_proc, regexp_split_to_table(prosrc, '\W+') as word
          where pronamespace in ('public'::regnamespace, 'pickup'::regnamespace, 'auth'::regnamespace)
        )
        select word from words
        where word in (select typname from pg_type union select proname from pg_proc union select relname from pg_class)
        union
        select proname from pg_proc where pronamespace in ('public'::regnamespace, 'pickup'::regnamespace)
        union
        select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
        order by 1
        """
    )
    return [row["word"] for row in rows]


OPERATORS = ("=", "<>", "<", ">", "<=", ">=", "||", "->", "->>", "~", "~~", "-", "+", "?")
BASES = ("text", "timestamptz", "uuid", "jsonb", "name", "integer", "boolean", "numeric")

RUN = f"""
create or replace function pg_temp.run(word pg_catalog.text) returns boolean language plpgsql as $$
begin
  raise warning '{RAN_AS}%', current_user;
  return true;
end $$
"""
"""Leaves a trace that outlives an error, and lets through whatever it is to judge."""


def impostors(name: str) -> dict[str, Sequence[str]]:
    """Statements that make a temporary object of this name, by the kind of object."""
    own = f'pg_temp."{name}"'
    become = f'pg_temp."become_{name[:50]}"'
    body = "returns pg_catalog.text language sql as $$ select 'service_role'::pg_catalog.text $$"
    base = name if name in BASES else "text"
    return {
        "enum with a cast from text": (
            f"create type {own} as enum ('service_role', 'production')",
            f"""create function {become}(pg_catalog.text) returns {own} language plpgsql as $$
            begin
              perform pg_temp.run($1);
              return 'service_role'::{own};
            end $$""",
            f"create cast (pg_catalog.text as {own}) with function {become}(pg_catalog.text) as implicit",
        ),
        "domain whose check runs code": (
            f"create domain {own} as pg_catalog.{base.replace('integer', 'int4').replace('boolean', 'bool')} "
            "check (pg_temp.run(value::pg_catalog.text))",
        ),
        "composite": (f"create type {own} as (call_id pg_catalog.text, stage pg_catalog.text)",),
        "table": (
            f"create temporary table {own} as select 'requests_of_x' as proname, 'production' as stage, '1' as call_id",
        ),
        "view": (f"create temporary view {own} as select pg_temp.run('x') as ran, 'caller' as proname",),
        "function": tuple(
            f"create function {own}({arguments}) {body}"
            for arguments in (
                "",
                "pg_catalog.jsonb",
                "pg_catalog.text",
                "pg_catalog.text, pg_catalog.text",
                "anyelement",
            )
        ),
    }


def operator_impostor(symbol: str, left: str, right: str) -> Sequence[str]:
    """Statements that make an operator which always says yes."""
    name = f"pg_temp.yes_{left}_{right}"
    arguments = f"leftarg = pg_catalog.{left}, rightarg = pg_catalog.{right}"
    return (
        f"create function {name}(pg_catalog.{left}, pg_catalog.{right}) returns boolean language sql as 'select true'",
        f"create operator pg_temp.{symbol} ({arguments}, function = {name})",
    )


async def disguise(intruder: Intruder, chosen: random.Random, names: Sequence[str]) -> None:
    """An object of any kind for each of these names, and operators."""
    await intruder.tries(RUN)
    for name in names:
        for statement in chosen.choice(list(impostors(name).values())):
            await intruder.tries(statement)
    for symbol in OPERATORS:
        for statement in operator_impostor(symbol, chosen.choice(("text", "name", "uuid", "jsonb")), "text"):
            await intruder.tries(statement)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def seen(answer: str, known: Sequence[str]) -> bool:
    """Whether the answer holds what only another stage's rows hold; `known`: what the intruder asked by."""
    for word in sorted(known, key=len, reverse=True):
        answer = answer.replace(word, "")
    return SECRET in answer
