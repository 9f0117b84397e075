"""The tables of the businesses, found by their schema files: their constraints, and a row in each of them."""

import re
import uuid
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "supabase" / "schema" / "businesses"
_TABLE = re.compile(r"^create table public\.(\w+) \((.*?)^\);", re.MULTILINE | re.DOTALL)
_CONSTRAINT = re.compile(r"\bconstraint (\w+)")
_UNIQUE_INDEX = re.compile(r"^create unique index (\w+)\s+on public\.(\w+)", re.MULTILINE)
_LITERAL = re.compile(r"'([^']*)'::text")
_PHONE = "+12065550142"
_VALUES = {"uuid": "gen_random_uuid()", "timestamptz": "now()", "date": "current_date", "jsonb": "'{}'"}


def _tables() -> dict[str, str]:
    texts = (file.read_text(encoding="utf-8") for file in sorted(SCHEMAS.glob("*.sql")))
    return {name: body for text in texts for name, body in _TABLE.findall(text)}


def names() -> list[str]:
    """In the order in which they are made: a table stands behind those that it refers to."""
    return list(_tables())


def constraints() -> set[tuple[str, str]]:
    """(table, name) of each constraint and unique index that the businesses' files name."""
    named = {(table, name) for table, body in _tables().items() for name in _CONSTRAINT.findall(body)}
    for file in SCHEMAS.glob("*.sql"):
        named |= {(table, name) for name, table in _UNIQUE_INDEX.findall(file.read_text(encoding="utf-8"))}
    return named


async def insert_rows(connection: Any, *, tenant_id: str, call_id: str, stage: str, text: str) -> None:
    """A row in each table, of this tenant, call and stage; its texts begin with `text`."""
    known = {("tenants", "id"): tenant_id, ("calls", "call_id"): call_id}
    for table in names():
        values = {name: _literal(value) for name, value in (await _parents(connection, table, known)).items()}
        for column in await connection.fetch(_REQUIRED, table):
            if column["name"] not in values:
                values[column["name"]] = _value(column, stage, text)
        row = await connection.fetchrow(
            f"insert into {table} ({', '.join(values)}) values ({', '.join(values.values())}) returning *"
        )
        known |= {(table, name): value for name, value in row.items()}


_REQUIRED = """
select a.attname as name, t.typname as type,
  (select string_agg(pg_get_constraintdef(k.oid), ' ') from pg_constraint k
    where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)) as checks
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef
  and a.attidentity = ''
order by a.attnum
"""
_PARENTS = """
select a.attname as name, k.confrelid::regclass::text as parent, f.attname as key
from pg_constraint k
join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
where k.conrelid = $1::regclass and k.contype = 'f'
"""


async def _parents(connection: Any, table: str, known: dict[tuple[str, str], Any]) -> dict[str, Any]:
    rows = await connection.fetch(_PARENTS, table)
    return {row["name"]: known[(row["parent"], row["key"])] for row in rows}


def _value(column: Any, stage: str, text: str) -> str:
    """An expression that fits the column: of a few known values the first."""
    if column["type"] == "stage":
        return _literal(stage)
    if column["type"] in ("text", "varchar"):
        checks = column["checks"] or ""
        if (choices := _LITERAL.findall(checks)) and "~" not in checks and "ANY" in checks:
            return _literal(choices[0])
        return _literal(_PHONE if "~" in checks and "+" in checks else f"{text} {uuid.uuid4().hex}")
    return _VALUES.get(column["type"], "1")


def _literal(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"
