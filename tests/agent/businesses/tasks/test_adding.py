"""Tasks that are added: one a wish, whoever asks how often, and no copy of a list that outlives a change."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.businesses.business import business_of
from agent.businesses.tasks.store import NewTask, Owner, TaskStore
from agent.businesses.tasks.tools import CreateArguments, create_task
from shared.errors import StoreUnavailable

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NEW = NewTask("call-1", "k", "tenant-1", "+12065550142", "+12065550142", "Sweep the yard", "phone", NOON)


class Rows:
    """Postgres, which keeps a task a call and key; notes each change once it is committed."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.lost = False

    async def change(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0)
        self.log.append(f"committed {function}")
        if self.lost:
            raise StoreUnavailable("the answer is lost", "timeout")
        if function != "create_task_v1":
            return {"version": len(self.log), "changed": True}
        key = (payload["call_id"], payload["key"])
        task = self.kept.setdefault(key, {"task_id": f"t{len(self.kept)}", "title": payload["title"], "status": "open"})
        return task | {"version": len(self.log)}

    async def read(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"version": len(self.log), "tasks": []}


class Copies:
    """The copies in Redis, which note what is dropped."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def drop(self, name: str, version: int) -> None:
        self.log.append(f"dropped {name}")


@pytest.mark.requirement("OP-17")
async def test_given_a_change_then_its_users_copy_is_dropped_after_the_commit_and_no_other_users() -> None:
    log: list[str] = []
    rows, copies, owner = Rows(log), Copies(log), Owner(NEW.tenant_id, NEW.owner)
    store, dropped = TaskStore(rows), f"dropped {owner.copy_name}"  # type: ignore[arg-type]
    await store.create(NEW, copies)  # type: ignore[arg-type]
    await store.change(owner, "t0", copies, NOON, done=True)  # type: ignore[arg-type]
    await store.delete(owner, ["t0"], copies)  # type: ignore[arg-type]
    rows.lost = True
    with pytest.raises(StoreUnavailable):
        await store.create(NEW, copies)  # type: ignore[arg-type]
    changes = ("create_task_v1", "change_task_v1", "delete_tasks_v1", "create_task_v1")
    assert log == [each for name in changes for each in (f"committed {name}", dropped)], "a lost answer's too"
    owners = [owner, Owner("tenant-2", owner.owner), Owner(owner.tenant_id, "+12065550143")]
    assert len({each.copy_name for each in owners}) == 3


@pytest.mark.requirement("OP-19")
async def test_given_a_turn_that_is_tried_again_or_resumed_then_one_task_is_left(conversation: Any) -> None:
    tasks, rows = business_of("tasks"), Rows([])
    begun = replace(conversation.value, tenant_id=NEW.tenant_id, template="tasks", phone_number=NEW.owner)

    def agent() -> Any:
        """One that goes on from what was saved before the turn."""
        state = replace(conversation.state, business=tasks, template=tasks.template, conversation=begun)
        ((_, context),) = state.tools(["create_task"])
        return replace(context, store=TaskStore(rows), snapshots=Copies([]))  # type: ignore[arg-type]

    first, successor = agent(), agent()
    for who, said in ((first, "Return the ladder"), (first, "Return that ladder"), (successor, "Return the ladder")):
        await create_task(who, CreateArguments(title=said))
    assert [each["title"] for each in rows.kept.values()] == ["Return the ladder"]
    await create_task(successor, CreateArguments(title="Water the roses"))
    assert len(rows.kept) == 2
