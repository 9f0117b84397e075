"""Orchestrators in Postgres, over every transport: what keeps their targets and their numbers in order."""

import asyncio
import json
import uuid
from typing import Any

import asyncpg
import pytest
from stores_world import World

from shared.adapters.sql.templates import SqlTemplates
from shared.domain.rollout import Rollout
from shared.errors import ROUTING_REFUSALS, InputError, SecondOrchestrator, TemplateInactive, TemplateNeeded


@pytest.fixture
def templates(world: World) -> SqlTemplates:
    return SqlTemplates(world.database, world.stage)


@pytest.fixture
def names() -> tuple[str, str, str]:
    own = uuid.uuid4().hex[:10]
    return f"a{own}", f"b{own}", f"c{own}"


def body(name: str, *targets: str, go: str | None = None, words: str = "") -> dict[str, Any]:
    routing = {"agent_templates": [{"template": each, "name": each, "description": "…"} for each in targets]}
    intents = [{"name": "other", "examples": ["…"], "go": go}] if go else []
    return {
        "name": name,
        "persona": words,
        "is_orchestrator": bool(targets),
        "orchestrator": routing,
        "nodes": {"desk": {"intents": intents}},
    }


async def published(templates: SqlTemplates, *bodies: dict[str, Any], share: int = 100) -> None:
    for each in bodies:
        version = await templates.put(each["name"], each)
        await templates.publish(each["name"], version, share, uuid.uuid4().hex)


async def bind(world: World, template: str, shipped: dict[str, Any] | None = None) -> None:
    """As an operator's command does."""
    number = {"did": world.did, "stage": world.stage, "tenant_id": world.tenant_id, "template": template}
    try:
        await world.sql.fetchval("select bind_number_v1($1::jsonb)", json.dumps(number | {"shipped": shipped or {}}))
    except asyncpg.PostgresError as error:
        raise ROUTING_REFUSALS[error.sqlstate or ""](str(error)) from error


@pytest.mark.requirement("OT-13")
@pytest.mark.requirement("OT-12", part="drafts count for nothing")
async def test_given_a_template_that_active_ones_lead_to_then_it_cant_be_withdrawn_until_none_does(
    world: World, templates: SqlTemplates, names: tuple[str, str, str]
) -> None:
    desk, rental, other = names
    await published(templates, body(rental), body(desk, rental), body(other, go=f"{rental}/desk"))
    draft = await templates.put(rental, body(rental, desk))
    with pytest.raises(TemplateNeeded, match=rf"{rental} is needed in .* by the template {desk}, the template {other}"):
        await templates.withdraw(rental, "a", {})
    await templates.withdraw(other, "b", {})
    with pytest.raises(TemplateNeeded, match=rf"by the template {desk}(\n|$)"):
        await templates.withdraw(rental, "c", {})
    await published(templates, body(desk))
    gone = await templates.withdraw(rental, "d", {})
    assert gone.withdrawn and gone == await templates.rollout(rental)
    assert await templates.withdraw(rental, "d", {}) == await templates.withdraw(rental, "e", {}) == gone
    assert (await templates.withdraw(desk, "f", {})).withdrawn, (
        "the draft of the other one leads to it, and serves nobody"
    )
    assert not (await templates.roll_back(rental, "g")).withdrawn, "taken back"
    with pytest.raises(TemplateInactive, match=rf"hands calls to {desk}, which is withdrawn"):
        await templates.publish(rental, draft, 100, "h")
    held = await templates.rollout(rental)
    assert held == Rollout(3, 1, earlier=(None,)), "nothing was written"


@pytest.mark.requirement("OT-13", part="orchestrators that the release ships")
async def test_given_a_shipped_orchestrator_then_its_targets_are_kept_until_a_published_one_leads_elsewhere(
    world: World, templates: SqlTemplates, names: tuple[str, str, str]
) -> None:
    desk, rental, _ = names
    shipped = {
        desk: {"is_orchestrator": True, "leads_to": [rental]},
        rental: {"is_orchestrator": False, "leads_to": []},
    }
    with pytest.raises(TemplateNeeded, match=desk):
        await templates.withdraw(rental, "a", shipped)
    await published(templates, body(desk), share=50)
    with pytest.raises(TemplateNeeded, match=desk):
        await templates.withdraw(rental, "b", shipped)
    await published(templates, body(desk))
    assert (await templates.withdraw(rental, "c", shipped)).withdrawn
    await world.sql.execute("update numbers set template = $2 where did = $1", world.did, desk)
    with pytest.raises(TemplateNeeded, match=rf"by the number \{world.did}"):
        await templates.withdraw(desk, "d", shipped)


@pytest.mark.requirement("OT-03", "OT-04", "OT-05", "OT-06", "OT-11")
async def test_given_a_numbers_orchestrator_when_another_is_bound_then_it_is_refused_by_name_and_nothing_changes(
    world: World, templates: SqlTemplates, names: tuple[str, str, str], contract_url: str
) -> None:
    first, second, plain = names
    shipped = {second: {"is_orchestrator": True, "leads_to": [plain]}}
    await published(templates, body(plain), body(first, plain))
    draft = await templates.put(plain, body(plain, first))
    await bind(world, first, shipped)
    with pytest.raises(SecondOrchestrator, match=rf"\{world.did} has the orchestrator {first} already: {second}"):
        await bind(world, second, shipped)
    assert await world.sql.fetchval("select template from numbers where did = $1", world.did) == first
    await bind(world, first, shipped)
    await published(templates, body(first, plain, words="new"))
    await bind(world, first, shipped)  # its own new version
    await bind(world, plain, shipped)  # no orchestrator: its newer version is a draft
    await bind(world, second, shipped)
    await bind(world, plain, shipped)
    await templates.publish(plain, draft, 30, "trial")
    with pytest.raises(SecondOrchestrator, match=plain):
        await bind(world, second, shipped)
    await templates.roll_back(plain, "no trial")

    async def save(template: str) -> str | None:
        connection = await asyncpg.connect(contract_url)
        try:
            number = {"did": world.did, "stage": world.stage, "tenant_id": world.tenant_id, "template": template}
            payload = json.dumps(number | {"shipped": shipped})
            await connection.fetchval("select bind_number_v1($1::jsonb)", payload)
        except asyncpg.PostgresError as error:
            return error.sqlstate
        finally:
            await connection.close()
        return None

    answers = await asyncio.gather(*(save(template) for template in (first, second) * 4))
    held = await world.sql.fetchval("select template from numbers where did = $1", world.did)
    assert held in (first, second)
    assert answers == [None if template == held else "OR001" for template in (first, second) * 4], "one of the two wins"


@pytest.mark.requirement("OT-10", part="a withdrawn template answers no number")
async def test_given_a_withdrawn_template_then_no_number_is_bound_to_it(
    world: World, templates: SqlTemplates, names: tuple[str, str, str]
) -> None:
    await published(templates, body(names[0]))
    await templates.withdraw(names[0], "a", {})
    with pytest.raises(TemplateInactive, match="is withdrawn"):
        await bind(world, names[0])
    await templates.publish(names[0], 1, 100, "b")
    await bind(world, names[0])


async def test_given_the_refusals_then_each_has_a_code_of_its_own_and_none_may_be_retried() -> None:
    codes = {error.code for error in ROUTING_REFUSALS.values()}
    assert codes == {"second_orchestrator", "template_needed", "template_inactive"}
    assert all(issubclass(each, InputError) and not each.retryable for each in ROUTING_REFUSALS.values())


@pytest.mark.requirement("OT-54")
async def test_given_bad_data_with_two_active_orchestrators_then_the_newest_answers_each_time_and_both_are_named(
    world: World, names: tuple[str, str, str]
) -> None:
    await world.sql.execute("begin")
    try:
        await world.sql.execute("drop index numbers_active_did")
        await world.sql.execute("update numbers set template = $2 where did = $1", world.did, names[0])
        await world.sql.execute(
            "insert into numbers (did, stage, tenant_id, template, created_at)"
            " select did, stage, tenant_id, $2, created_at + interval '1 s' from numbers where did = $1",
            world.did,
            names[1],
        )
        for _ in range(5):
            row = json.loads(await world.sql.fetchval("select listing_v1($1::jsonb)", json.dumps({"did": world.did})))
            assert (row["template"], row["rivals"]) == (names[1], [names[0]])
    finally:
        await world.sql.execute("rollback")
