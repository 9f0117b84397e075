"""Collects what the system kept of a run: rows, keys, rooms, spools, and the carrier's own list of calls."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import redis.asyncio as redis

from bench.chaos.accounts import Kept
from bench.chaos.rig import Rig

SETTLE_SECONDS = 45.0
"""For the last records, webhooks and spooled writes."""
OF_CALLS = ("lease", "session")
"""The nouns of Redis's keys that a call leaves to nobody."""


async def collected(rig: Rig, calls: int) -> Kept:
    """Waits until all is written, at most `SETTLE_SECONDS`, then reads."""
    connection = await asyncpg.connect(rig.stack.postgres_url)
    try:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=orjson.dumps, decoder=orjson.loads)
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                while not await _settled(connection, rig, calls):  # noqa: ASYNC110 (the stores tell nobody)
                    await asyncio.sleep(0.5)
        except TimeoutError:
            # what is still open is what the auditor is to find
            pass
        return await _read(connection, rig)
    finally:
        await connection.close()


async def _settled(connection: Any, rig: Rig, calls: int) -> bool:
    count = await connection.fetchval("select count(*) from calls where stage = 'local' and completed_at is not null")
    spooled, _ = _spools(rig.stack.folder)
    return count >= calls and not spooled and not await _keys(rig) and not await _rooms(rig)


async def _read(connection: Any, rig: Rig) -> Kept:
    records = await connection.fetch(
        "select call_id, caller, completed_at, completed_by, disposition, outcome, answered_at, ended_at, ended_by, "
        "end_reason, release from calls where stage = 'local' and not synthetic order by ringing_at"
    )
    consents: dict[str, list[str]] = defaultdict(list)
    for row in await connection.fetch("select call_id, answer from consents order by at"):
        consents[row["call_id"]].append(row["answer"])
    events: dict[str, list[str]] = defaultdict(list)
    for row in await connection.fetch("select call_id, key from call_events order by at"):
        events[row["call_id"]].append(row["key"])
    requests = {row["call_id"]: await _requests(connection, row["call_id"]) for row in records}
    recordings = await connection.fetch("select call_id, kind, path, deleted_at, failed from recordings")
    spooled, refused = _spools(rig.stack.folder)
    return Kept(
        records=[dict(row) for row in records],
        consents=consents,
        recordings=[dict(row) for row in recordings],
        requests=requests,
        events=events,
        rooms=await _rooms(rig),
        keys=await _keys(rig),
        spooled=spooled,
        refused=refused,
        carried=await _carried(rig),
    )


async def _requests(connection: Any, call_id: str) -> list[dict[str, Any]]:
    return await connection.fetchval("select pickup.requests_of($1)", call_id)


async def _rooms(rig: Rig) -> list[str]:
    return [room.name for room in await rig.services.switchboard.rooms("local")]


async def _keys(rig: Rig) -> list[str]:
    async with redis.Redis.from_url(rig.stack.redis_url, decode_responses=True) as client:
        return [key for noun in OF_CALLS async for key in client.scan_iter(f"*pickup:local:{noun}:*", count=1000)]


def _spools(folder: Path) -> tuple[list[str], list[str]]:
    """The files that still hold writes, and the writes that no store will take."""
    waiting: list[str] = []
    refused: list[str] = []
    for file in sorted(folder.glob("**/spool/**/spool.db")):
        with closing(sqlite3.connect(file)) as database:
            if count := database.execute("select count(*) from waiting").fetchone()[0]:
                waiting.append(f"{file.relative_to(folder)} ({count})")
            refused += [f"{name}: {why}" for name, why in database.execute("select function, reason from dead_letters")]
    return waiting, refused


async def _carried(rig: Rig) -> Mapping[str, Mapping[str, Any]]:
    """By the caller's number, when the carrier's own leg began and ended."""
    found: dict[str, Mapping[str, Any]] = {}
    for call in await rig.carrier.calls():
        leg = call["legs"][0]
        times = {name: None if leg[name] is None else datetime.fromtimestamp(leg[name], UTC) for name in TIMES}
        found[leg["from"]] = times
    return found


TIMES = ("started_at", "answered_at", "ended_at")
