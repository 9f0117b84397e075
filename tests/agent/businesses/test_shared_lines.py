"""The lines that belong to no tenant: sales, and the demo line, which lets a demo tenant answer as itself."""

from typing import Any

import asyncpg
import pytest

from agent.businesses.business import business_of
from agent.businesses.demo.store import DemoLine, DemoStore
from agent.businesses.demo.tools import named
from agent.conversation.prompt import system_prompt
from shared.domain.facts import spoken_facts
from shared.domain.tenant import house
from shared.errors import InputError
from shared.services import Services

GRACE, HARBOR, FAITH = (
    DemoLine("1", "Grace Community Church", "church"),
    DemoLine("2", "Harbor Light Chapel", "church"),
    DemoLine("3", "Faith Community Church", "church"),
)


def test_given_what_a_caller_says_then_the_lines_that_it_may_mean_are_found() -> None:
    table: list[tuple[str, list[DemoLine]]] = [
        ("Grace Community, please.", [GRACE]),
        ("I'd like Harbor Light.", [HARBOR]),
        ("the chapel", [HARBOR]),
        ("the community church", [GRACE, FAITH]),
        ("faith", [FAITH]),
        ("Which church is there?", []),
        ("whichever you like", []),
        ("", []),
    ]
    lines, greeting = [GRACE, HARBOR, FAITH], business_of("demo").template.phrases.greeting
    assert [(said, found) for said, right in table if (found := named(said, lines, greeting)) != right] == []


async def test_given_a_stage_then_its_demo_lines_are_its_demo_tenants_each_once(services: Services) -> None:
    lines = await DemoStore(services.business_rows).lines()
    assert [line.name for line in lines] == ["Grace Community Church", "Harbor Light Chapel"], "no real tenant"


@pytest.mark.requirement("PT-03", part="only demo tenants can be chosen")
async def test_given_a_tenant_that_is_no_demo_then_no_call_goes_on_as_it(conversation: Any, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    real = await connection.fetchval("select id::text from tenants where not is_demo")
    await connection.close()
    before = conversation.value
    with pytest.raises(InputError):
        await conversation.state.answer_as(real, "church")
    assert conversation.value == before

    greeting = await conversation.state.answer_as("00000000-0000-4000-a000-000000000002", "church")
    assert "Harbor Light Chapel" in greeting and conversation.value == before, "until its first node is entered"
    conversation.state.take_over(conversation.state.staged, "answer_as")
    assert conversation.value.tenant_id.endswith("2") and conversation.state.tenant.name == "Harbor Light Chapel"
    assert conversation.value.began_as == before.answering


@pytest.mark.parametrize("name", ["sales", "demo"])
def test_given_a_line_without_a_tenant_then_all_that_it_says_can_be_said_of_the_house(name: str, services: Any) -> None:
    template = business_of(name).template
    tenant = house("America/Los_Angeles")
    now = services.clock.now()
    assert template.recording == "never"
    for node in template.nodes:
        assert "{" not in system_prompt(template, node, tenant, now)
    assert "Pickup" in template.phrases.filled(spoken_facts(tenant)).greeting
