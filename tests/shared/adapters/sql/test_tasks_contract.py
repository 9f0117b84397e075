"""Tasks in Postgres, over each transport: created once, listed, changed and deleted, each user's for themselves."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from stores_world import CALLER, NOON, World

from agent.businesses.tasks.store import NewTask, Owner, Task, TaskStore
from shared.errors import StoreError, StoreUnavailable


class NoCopies:
    """Redis is lost."""

    def __getattr__(self, name: str) -> Any:
        async def lost(*_: Any) -> None:
            raise StoreUnavailable("lost")

        return lost


COPIES: Any = NoCopies()


@pytest.mark.requirement("OP-18", part="the rows")
@pytest.mark.requirement("OP-19")
@pytest.mark.requirement("OP-20", part="a caller's number of a tenant")
async def test_when_tasks_are_created_changed_and_deleted_then_their_owner_alone_has_them(world: World) -> None:
    store, call_id = TaskStore(world.business_rows), uuid.uuid4().hex
    owner, elsewhere = Owner(world.tenant_id, CALLER), Owner(str(uuid.uuid4()), CALLER)
    await world.sql.execute("insert into tenants (id, name, timezone) values ($1, 'B', 'UTC')", elsewhere.tenant_id)
    proposal = NewTask(
        call_id, "task 1: a", world.tenant_id, CALLER, CALLER, "Review the proposal", created_via="phone", at=NOON
    )
    created = await asyncio.gather(*(store.create(proposal, COPIES) for _ in range(5)))
    assert len({each.task_id for each in created}) == 1, "a key once"
    milk = await store.create(
        replace(proposal, key="task 2: b", title="Buy milk", at=NOON + timedelta(seconds=9)), COPIES
    )
    other = await store.create(replace(proposal, key="task 3: c", owner="user-7", title="Water the plants"), COPIES)
    assert await store.tasks(owner, COPIES, "loader") == [created[0], milk]
    assert await store.tasks(Owner(world.tenant_id, "user-7"), COPIES, "loader") == [other]
    assert await store.tasks(elsewhere, COPIES, "loader") == []

    async def changed(task_id: str, whose: Owner = owner, **changes: Any) -> bool:
        return await store.change(whose, task_id, COPIES, NOON, **changes)

    assert not await changed(other.task_id, title="Mine now"), "another's"
    assert not await changed(milk.task_id, elsewhere, done=True), "another tenant's"
    for _ in range(2):
        assert await changed(created[0].task_id, done=True)
        assert await changed(milk.task_id, title="Buy oat milk")
    done = Task(created[0].task_id, "Review the proposal", "done")
    assert await store.tasks(owner, COPIES, "loader") == [Task(milk.task_id, "Buy oat milk"), done]
    for _ in range(2):
        await store.delete(owner, [milk.task_id, other.task_id], COPIES)
    assert await store.tasks(owner, COPIES, "loader") == [done]
    assert await store.tasks(Owner(world.tenant_id, "user-7"), COPIES, "loader") == [other], "another's"
    with pytest.raises(StoreError):
        await store.create(replace(proposal, key="d", title=" "), COPIES)
    # finished, then added once more; renamed, then added by its first title
    again = await store.create(replace(proposal, at=NOON + timedelta(minutes=1)), COPIES)
    assert again.task_id != done.task_id and again.status == "open"
    assert await changed(again.task_id, title="Review the contract")
    assert (await store.create(proposal, COPIES)).task_id != again.task_id
    record = await world.records.find(call_id)
    assert record is not None and [each["kind"] for each in record.requests] == ["task"] * 4
    assert {(each["created_via"], each["stage"]) for each in record.requests} == {("phone", world.stage)}
