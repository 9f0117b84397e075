"""What lies in a spool's file, read beside the processes that use it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from shared.adapters.sql.spool_file import FILE


def spooled(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Function and payload of the writes that wait, in their order."""
    return [(function, orjson.loads(payload)) for function, payload in _rows(folder, "function, payload", "waiting")]


def dead_letters(folder: Path) -> list[tuple[dict[str, Any], str]]:
    """Payload and reason of the writes that were given up, in their order."""
    return [(orjson.loads(payload), reason) for payload, reason in _rows(folder, "payload, reason", "dead_letters")]


def _rows(folder: Path, columns: str, table: str) -> list[Any]:
    if not (folder / FILE).exists():
        return []
    with closing(sqlite3.connect(folder / FILE)) as database:
        return database.execute(f"select {columns} from {table} order by id").fetchall()
