"""The rows of a task manager (supabase/schema/businesses/tasks.sql), and the copies of users' lists in Redis."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.errors import StoreError, StoreUnavailable
from shared.observe import report
from shared.ports import BusinessRows, Loading, Snapshot, Snapshots

T = TypeVar("T")


@dataclass(frozen=True)
class Owner:
    """Whose tasks they are: one user of one tenant (OP-20)."""

    tenant_id: str
    owner: str
    """The user's id, else the caller's number in E.164."""

    @property
    def copy_name(self) -> str:
        """Without the number itself, as names of keys are listed where values aren't."""
        return f"tasks:{hashlib.sha256(f'{self.tenant_id} {self.owner}'.encode()).hexdigest()}"


@dataclass(frozen=True)
class Task:
    task_id: str
    title: str
    status: Literal["open", "done"] = "open"


@dataclass(frozen=True)
class NewTask:
    """A task to be created. `key` makes it idempotent within its call while it is open (OP-19)."""

    call_id: str
    key: str
    tenant_id: str
    owner: str
    caller: str | None
    title: str
    created_via: Literal["phone", "browser", "screen"]
    at: datetime


@dataclass(frozen=True)
class _List:
    version: int
    """Rises with each change."""
    tasks: list[Task]


@dataclass(frozen=True)
class _Created:
    task_id: str
    title: str
    status: Literal["open", "done"]
    version: int


@dataclass(frozen=True)
class _Changed:
    version: int
    changed: bool = True


class TaskStore:
    """Raises `StoreError` where Postgres refuses, `StoreUnavailable` where it can't be asked; nothing is spooled, as
    the caller is told at once whether it was done."""

    def __init__(self, rows: BusinessRows) -> None:
        self._rows = rows

    async def tasks(self, owner: Owner, copies: Snapshots, loader: str) -> list[Task]:
        """The open ones, oldest first, then those that were finished last. From the copy until a change (OP-16)."""
        try:
            found = await copies.find(owner.copy_name, loader)
        except StoreUnavailable:
            # the admission has raised the alert about Redis
            return (await self._list(owner)).tasks
        if isinstance(found, Snapshot):
            with suppress(StoreError):
                return _read(_List, found.value).tasks
        listed = await self._list(owner)
        if found is Loading.OURS:
            with suppress(StoreUnavailable):
                await copies.put(owner.copy_name, loader, listed.version, asdict(listed))
        return listed.tasks

    async def create(self, new: NewTask, copies: Snapshots) -> Task:
        """Twice with the same key is one task: the second answer is the first's."""
        owner = Owner(new.tenant_id, new.owner)
        created = await self._change(_Created, owner, copies, "create_task_v1", asdict(new))
        return Task(created.task_id, created.title, created.status)

    async def change(
        self,
        owner: Owner,
        task_id: str,
        copies: Snapshots,
        at: datetime,
        *,
        title: str | None = None,
        done: bool = False,
    ) -> bool:
        """Renames it, or marks it as done. False where the user has no such task any more."""
        payload = {"task_id": task_id, "title": title, "status": "done" if done else None, "at": at}
        return (await self._change(_Changed, owner, copies, "change_task_v1", asdict(owner) | payload)).changed

    async def delete(self, owner: Owner, task_ids: Sequence[str], copies: Snapshots) -> None:
        """Those that are gone already are no fault."""
        payload = asdict(owner) | {"task_ids": list(task_ids)}
        await self._change(_Changed, owner, copies, "delete_tasks_v1", payload)

    async def _list(self, owner: Owner) -> _List:
        return _read(_List, await self._rows.read("tasks_v1", asdict(owner)))

    async def _change(
        self, kind: type[T], owner: Owner, copies: Snapshots, function: str, payload: dict[str, Any]
    ) -> T:
        """Drops the copy after the commit (OP-17)."""
        try:
            answer = await self._rows.change(function, payload)
        except StoreError:
            # its answer may be lost though it was committed: the list itself says how new it is
            with suppress(StoreError):
                await self._drop(owner, copies, (await self._list(owner)).version)
            raise
        await self._drop(owner, copies, int(answer["version"]))
        return _read(kind, answer)

    async def _drop(self, owner: Owner, copies: Snapshots, version: int) -> None:
        try:
            await copies.drop(owner.copy_name, version)
        except StoreUnavailable as error:
            # with Redis lost nobody reads the copy; it is too old soon after Redis is back
            report(error, action="tasks_copy")


def _read(kind: type[T], answer: Any) -> T:
    try:
        return TypeAdapter(kind).validate_python(answer)
    except ValidationError as error:
        raise StoreError(f"the tasks can't be read: {error}", "malformed") from error
