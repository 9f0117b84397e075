"""The port `Templates` over any `Database`, and copies of the bodies in files."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from shared.adapters.sql.database import Database, parsed, plain, row_of
from shared.domain.rollout import Rollout, TemplateHistory
from shared.errors import ROUTING_REFUSALS, InputError, StoreError
from shared.files import write_whole
from shared.ports import Templates

log = structlog.get_logger(__name__)

REFUSALS = ("23503", "23514", "P0002")
"""No such version, a share or a body that can't be, nothing to go back to."""
MOST_BODIES = 100
"""In the folder: the oldest files are removed."""


class SqlTemplates:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def put(self, name: str, body: dict[str, Any]) -> int:
        with _refusals():
            answer = await self._database.call("put_template_v1", plain({"name": name, "body": body}))
        return parsed(int, row_of(answer).get("version"))

    async def publish(self, name: str, version: int, share: int, key: str) -> Rollout:
        wanted = {"stage": self._stage, "name": name, "version": version, "share": share, "key": key}
        with _refusals():
            return parsed(Rollout, await self._database.call("publish_template_v1", wanted))

    async def roll_back(self, name: str, key: str) -> Rollout:
        wanted = {"stage": self._stage, "name": name, "key": key}
        with _refusals():
            return parsed(Rollout, await self._database.call("roll_back_template_v1", wanted))

    async def withdraw(self, name: str, key: str, shipped: Mapping[str, Any]) -> Rollout:
        wanted = {"stage": self._stage, "name": name, "key": key, "shipped": plain(shipped)}
        with _refusals():
            return parsed(Rollout, await self._database.call("withdraw_template_v1", wanted))

    async def rollout(self, name: str) -> Rollout | None:
        answer = await self._database.call("template_rollout_v1", {"stage": self._stage, "name": name})
        return None if answer is None else parsed(Rollout, answer)

    async def body(self, name: str, version: int) -> dict[str, Any] | None:
        answer = await self._database.call("template_body_v1", {"name": name, "version": version})
        return None if answer is None else row_of(answer)

    async def history(self, name: str, since: datetime | None = None) -> TemplateHistory:
        wanted = plain({"stage": self._stage, "name": name, "since": since})
        return parsed(TemplateHistory, await self._database.call("template_history_v1", wanted))


@contextmanager
def _refusals() -> Generator[None]:
    try:
        yield
    except StoreError as error:
        if error.cause_code in REFUSALS:
            raise InputError(str(error)) from error
        if (refusal := ROUTING_REFUSALS.get(error.cause_code)) is not None:
            raise refusal(str(error)) from error
        raise


class CachedTemplates:
    """Keeps each body that was read in `folder`, which the processes of a machine share: it never changes, so a call
    needs no database for a version that was read before."""

    def __init__(self, templates: Templates, folder: Path) -> None:
        self._templates = templates
        self._folder = folder
        self.put, self.publish, self.withdraw = templates.put, templates.publish, templates.withdraw
        self.roll_back = templates.roll_back
        self.rollout, self.history = templates.rollout, templates.history

    async def body(self, name: str, version: int) -> dict[str, Any] | None:
        path = self._folder / f"{name}.{version}.json"
        if (kept := await asyncio.to_thread(_read, path)) is not None:
            return kept
        body = await self._templates.body(name, version)
        if body is not None:
            await asyncio.to_thread(_keep, path, body)
        return body


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return row_of(orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, StoreError) as error:
        log.warning("copy of a template not readable", action="template_copy", path=path.name, error=str(error))
        return None


def _keep(path: Path, body: dict[str, Any]) -> None:
    """A copy that can't be written is logged: the next call asks the database again."""
    try:
        write_whole(path, orjson.dumps(body))
        for old in sorted(path.parent.glob("*.json"), key=_age)[MOST_BODIES:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("copy of a template not written", action="template_copy", path=path.name, error=str(error))


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0
