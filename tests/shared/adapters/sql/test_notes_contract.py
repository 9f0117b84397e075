"""The assistant's notes in Postgres, over each transport."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from stores_world import CALLER, NOON, World

from agent.businesses.assistant.store import AssistantStore, Note
from agent.businesses.tasks.store import Owner
from shared.errors import StoreError


@pytest.mark.requirement("DU-55", part="notes, found again by their words")
async def test_when_notes_are_taken_then_their_owner_alone_finds_them_by_any_word(world: World) -> None:
    store, owner = AssistantStore(world.business_rows), Owner(world.tenant_id, CALLER)
    key = Note(uuid.uuid4().hex, "a", world.tenant_id, CALLER, CALLER, "The spare keys are in the blue jar", NOON)
    for _ in range(2):
        await store.take_note(key)
    later = NOON + timedelta(minutes=1)
    await store.take_note(replace(key, key="b", text="Lee likes oolong tea", at=later))
    await store.take_note(replace(key, key="c", owner="somebody", text="The spare key of somebody"))
    found = await store.recall(owner, "spare key", 3)
    assert [each.text for each in found] == ["The spare keys are in the blue jar"], "once, and nobody else's"
    assert [each.text for each in await store.recall(owner, "what of Lee or jars", 3)] != []
    assert [each.text for each in await store.recall(owner, "", 1)] == ["Lee likes oolong tea"], "the newest"
    assert await store.recall(owner, "bicycle", 3) == []
    assert await store.recall(Owner(str(uuid.uuid4()), CALLER), "spare", 3) == []
    with pytest.raises(StoreError):
        await store.take_note(replace(key, key="d", text=" "))
    record = await world.records.find(key.call_id)
    assert record is not None and {each["kind"] for each in record.requests} == {"note"}
