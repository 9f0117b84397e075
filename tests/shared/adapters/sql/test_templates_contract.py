"""Versions of templates and their rollouts, over every transport."""

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stores_world import World, completion

from shared.adapters.sql.templates import CachedTemplates, SqlTemplates
from shared.domain.call import Disposition, Outcome, Verdict
from shared.domain.rollout import Rollout
from shared.errors import InputError, StoreError, StoreUnavailable


@pytest.fixture
def name() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def templates(world: World) -> SqlTemplates:
    return SqlTemplates(world.database, world.stage)


def body(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "persona": words, "nodes": {"desk": {"tools": []}}}


async def three(templates: SqlTemplates, name: str) -> list[int]:
    return [await templates.put(name, body(name, words)) for words in ("one", "two", "three")]


async def test_when_bodies_are_put_in_any_order_and_again_then_each_is_one_version(
    templates: SqlTemplates, name: str
) -> None:
    assert await three(templates, name) == [1, 2, 3]
    assert await templates.put(name, body(name, "one")) == 1, "however late it comes again"
    many = await asyncio.gather(*(templates.put(name, body(name, f"w{n % 4}")) for n in range(12)))
    assert sorted(set(many)) == [4, 5, 6, 7] and len(set(many[::4])) == 1
    assert await templates.body(name, 2) == body(name, "two")
    assert await templates.body(name, 99) is None
    assert await templates.rollout(name) is None, "none of them serves anybody"


async def test_when_a_body_isnt_the_templates_own_then_it_is_refused(templates: SqlTemplates, name: str) -> None:
    huge = body(name, "word " * 100_000)
    for wrong in (body("other", "x"), {}, {"name": None}, huge):
        with pytest.raises(InputError):
            await templates.put(name, wrong)
    with pytest.raises(InputError):
        await templates.put("No Name", body("No Name", "x"))
    assert await templates.body(name, 1) is None


@pytest.mark.requirement("OT-14", part="which version a call begins with")
async def test_when_a_version_is_tried_promoted_and_rolled_back_then_the_one_before_serves_all_again(
    templates: SqlTemplates, name: str
) -> None:
    await three(templates, name)
    assert await templates.publish(name, 1, 20, "a") == Rollout(1, None, 1, 20)
    assert await templates.publish(name, 1, 50, "b") == Rollout(2, None, 1, 50)
    assert await templates.publish(name, 1, 100, "c") == Rollout(3, 1, earlier=(None,))
    assert await templates.publish(name, 2, 100, "d") == Rollout(4, 2, earlier=(None, 1))
    assert await templates.publish(name, 3, 10, "e") == Rollout(5, 2, 3, 10, (None, 1))
    assert await templates.roll_back(name, "f") == Rollout(6, 2, earlier=(None, 1)), "ends the trial"
    assert await templates.roll_back(name, "g") == Rollout(7, 1, earlier=(None,))
    assert await templates.roll_back(name, "h") == Rollout(8, None), "the shipped one"
    with pytest.raises(InputError, match=r"nothing of .* was published before"):
        await templates.roll_back(name, "i")
    assert await templates.rollout(name) == Rollout(8, None)


async def test_when_a_command_comes_twice_or_late_then_it_changes_nothing(templates: SqlTemplates, name: str) -> None:
    await three(templates, name)
    first = await templates.publish(name, 1, 20, "a")
    assert await templates.publish(name, 1, 20, "another") == first, "so it is already"
    back = await templates.roll_back(name, "b")
    assert await templates.publish(name, 1, 20, "a") == first, "answers as before"
    assert await templates.roll_back(name, "b") == back
    assert await templates.rollout(name) == back, "and nothing serves again"


async def test_when_many_publish_at_once_then_each_is_one_step_and_the_last_holds(
    templates: SqlTemplates, name: str
) -> None:
    await three(templates, name)
    steps = await asyncio.gather(*(templates.publish(name, 1 + n % 3, 100, f"k{n // 2}") for n in range(6)))
    held = await templates.rollout(name)
    assert held is not None and held.step == max(each.step for each in steps) <= 3
    assert held.stable is not None and len(held.earlier) == held.step


async def test_when_it_cant_be_published_then_it_is_refused_and_nothing_changed(
    templates: SqlTemplates, name: str
) -> None:
    await three(templates, name)
    await templates.publish(name, 1, 100, "a")
    for version, share in ((9, 100), (2, 101), (2, 0), (1, 50)):
        with pytest.raises(InputError) as refused:
            await templates.publish(name, version, share, uuid.uuid4().hex)
        assert not isinstance(refused.value.__cause__, StoreUnavailable)
    assert await templates.rollout(name) == Rollout(1, 1, earlier=(None,))


async def test_when_a_stage_publishes_then_another_stage_is_as_it_was_and_the_numbers_listing_says_so(
    world: World, templates: SqlTemplates, name: str
) -> None:
    await three(templates, name)
    other = SqlTemplates(world.database, "local")
    await world.sql.execute("update numbers set template = $2 where did = $1", world.did, name)
    assert (listing := await world.directory.listing(world.did, "")) is not None and listing.rollout is None
    rollout = await templates.publish(name, 2, 30, "a")
    listing = await world.directory.listing(world.did, "")
    assert listing is not None and listing.rollout == rollout == Rollout(1, None, 2, 30)
    assert await other.rollout(name) is None
    assert await world.database.call("forget_stage_v1", {"stage": world.stage}) == {"deleted": 0}
    assert await templates.rollout(name) is None, "a preview's end"
    assert await templates.body(name, 2) == body(name, "two")


async def test_when_calls_have_ended_then_their_outcomes_are_counted_by_version(
    world: World, templates: SqlTemplates, name: str
) -> None:
    await three(templates, name)
    await templates.publish(name, 1, 100, "a")

    async def call(version: str | None, outcome: Outcome, **changes: Any) -> None:
        opening = world.opening(template=name, template_version=version, **changes)
        await world.calls.open(opening)
        verdict = Verdict(Disposition.ANSWERED, outcome)
        await world.calls.complete(completion(opening.call_id, verdict=verdict, cost_usd=Decimal("0.5")))

    for version, outcome in (("1", Outcome.REQUEST_TAKEN), ("1", Outcome.REQUEST_TAKEN), ("1", Outcome.UNRESOLVED)):
        await call(version, outcome)
    await call(None, Outcome.UNRESOLVED)
    await call("2", Outcome.UNRESOLVED, synthetic=True)
    await world.calls.open(world.opening(template=name, template_version="2"))
    history = await templates.history(name)
    assert history.rollout == Rollout(1, 1, earlier=(None,))
    assert [(each.version, each.calls) for each in history.versions] == [("3", 0), ("2", 0), ("1", 3), ("shipped", 1)]
    (first,) = [each for each in history.versions if each.version == "1"]
    assert (first.answered, first.outcomes) == (3, {"REQUEST_TAKEN": 2, "UNRESOLVED": 1})
    assert (first.median_seconds, first.cost_usd) == (60.0, Decimal("1.5"))
    assert all(each.created_at for each in history.versions[:3])


async def test_when_another_version_served_than_was_chosen_then_the_agents_account_says_so(world: World) -> None:
    for first, second in (("open", "complete"), ("complete", "open")):
        opening = world.opening(template_version="3")
        steps = {
            "open": lambda opening=opening: world.calls.open(opening),
            "complete": lambda opening=opening: world.calls.complete(
                replace(completion(opening.call_id), template_version="shipped")
            ),
        }
        for step in (first, second):
            await steps[step]()
        await world.calls.complete(completion(opening.call_id, "room_finished"))
        assert (await world.row(opening.call_id))["template_version"] == "shipped", (first, second)


async def test_when_a_version_was_read_once_then_it_is_there_without_the_database(
    templates: SqlTemplates, name: str, tmp_path: Path
) -> None:
    await three(templates, name)
    assert await CachedTemplates(templates, tmp_path).body(name, 2) == body(name, "two")

    class Away:
        async def call(self, function: str, payload: dict[str, Any]) -> Any:
            raise StoreUnavailable("no database")

    away = CachedTemplates(SqlTemplates(Away(), "local"), tmp_path)
    assert await away.body(name, 2) == body(name, "two")
    with pytest.raises(StoreError):
        await away.body(name, 1)
    (tmp_path / f"{name}.1.json").write_text("{ cut")
    with pytest.raises(StoreError):
        await away.body(name, 1)
    assert await CachedTemplates(templates, tmp_path).body(name, 1) == body(name, "one")
