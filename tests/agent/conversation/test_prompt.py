"""The system prompt of each node: what a language model needs, and nothing of what only the lab's model reads."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.businesses.business import business_names, business_of
from agent.conversation.prompt import IN_CARE, standing, system_prompt
from agent.tools.transfer import TRANSFER
from lab.providers.playbooks import Playbooks, facts_in
from shared.domain.facts import spoken_facts
from shared.domain.people import Person
from shared.domain.template import Node, Template, fields, render
from shared.domain.tenant import Tenant

NOW = datetime(2026, 11, 27, 18, tzinfo=UTC)


def tenant_of(template: Template) -> Tenant:
    """With a fact for each field that the template uses."""
    named = {field for text in (template.persona, *_texts(template)) for field in fields(text)}
    facts = {name: f"the {name}\nof ours" for name in named - {"name", "phone"}}
    return Tenant("t", "Hill Church", "America/New_York", facts=facts, phone="+12065550100")


def _texts(template: Template) -> Iterator[str]:
    for node in template.nodes.values():
        yield from (node.instructions, node.unknown, *(intent.reply or "" for intent in node.intents))


NODES = [
    pytest.param(template, name, node, id=f"{template.name}-{name}")
    for template in (business_of(each).template for each in business_names())
    for name, node in template.nodes.items()
]


@pytest.mark.parametrize(("template", "name", "node"), NODES)
def test_given_a_node_then_its_prompt_says_what_to_do_and_holds_no_example_and_no_slot(
    template: Template, name: str, node: Node
) -> None:
    tenant = tenant_of(template)
    prompt = system_prompt(template, name, tenant, NOW)

    facts = spoken_facts(tenant)
    for intent in node.intents:
        if intent.tool == TRANSFER.name:
            # nobody is there to be put through to
            assert TRANSFER.name not in prompt
            continue
        effect = f'"{render(intent.reply, facts)}"' if intent.reply else f"call {intent.tool or f'go_to_{intent.go}'}"
        assert f"- {intent.name.replace('_', ' ')}: {effect}" in prompt
        assert [example for example in intent.examples if example in prompt] == []
        assert [slot.ask for slot in intent.slots if slot.ask and slot.ask in prompt] == []
    assert render(node.instructions, facts) in prompt
    assert render(node.unknown, facts) in prompt
    assert prompt.endswith("It is Friday, November 27 2026, 1:00 PM there.")


def test_given_people_then_the_prompt_names_them_where_the_node_may_put_callers_through() -> None:
    template = business_of("church").template
    people = (Person("Ruth Adeyemi", "+12065550181", "office"), Person("Olaf Brandt", "204"))
    tenant = replace(tenant_of(template), people=people)
    prompt = system_prompt(template, "front_desk", tenant, NOW)
    assert "put through by transfer_call to: Ruth Adeyemi (office), Olaf Brandt." in prompt
    assert "- transfer: call transfer_call" in prompt and "+12065550181" not in prompt
    assert TRANSFER.name not in system_prompt(template, "care", tenant, NOW)


@pytest.mark.parametrize(("template", "name", "node"), NODES)
def test_given_a_nodes_prompt_then_the_labs_model_finds_its_playbook_and_facts_by_it(
    template: Template, name: str, node: Node
) -> None:
    tenant = tenant_of(template)
    prompt = system_prompt(template, name, tenant, NOW)

    book = Playbooks().book_for(({"role": "system", "content": prompt},))

    assert book is not None
    assert [intent["name"] for intent in book["intents"]] == [intent.name for intent in node.intents]
    facts = {key: " ".join(value.split()) for key, value in spoken_facts(tenant).items()}
    assert facts_in(prompt) == facts
    assert book["unknown"] == render(node.unknown, facts)


def test_given_two_nodes_of_a_tenant_then_their_prompts_begin_alike_for_the_providers_cache() -> None:
    template = business_of("church").template
    tenant = tenant_of(template)
    one, other = (system_prompt(template, name, tenant, NOW).partition("Role: ")[0] for name in ("care", "messages"))

    assert one == other
    assert "Facts:" in one


async def test_given_a_caller_in_care_then_the_model_reads_it_with_each_request(conversation: Any) -> None:
    assert IN_CARE not in standing(conversation.value)
    conversation.state.change(in_care=True)
    assert IN_CARE in standing(conversation.value)
