"""A handoff without any sound: what is prepared, what changes with it, and what keeps it from happening."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conversations import NOON, a_conversation, any_conversation
from hypothesis import given
from hypothesis import strategies as st
from livekit.agents import ToolError, llm
from livekit.agents.llm import ChatContext, FunctionCall
from speech_settings import speech_settings

from agent.businesses.business import business_of
from agent.conversation import targets as targets_module
from agent.conversation.arrival import Arrival, said_before
from agent.conversation.node import NodeAgent
from agent.conversation.serving import Serving
from agent.conversation.targets import TargetLoader, prepare_targets
from agent.speech import engines as engines_module
from agent.speech.engines import open_engines, voices_for
from agent.speech.phrases import FixedPhrases
from shared.calls.alerting import CallAlerts
from shared.domain.conversation import Conversation, from_json, to_json
from shared.domain.questions import ConsentQuestion
from shared.domain.rollout import Rollout
from shared.domain.template import Orchestrator, Target, Template, Voice
from shared.domain.traversal import MOST_HANDOFFS, Answering
from shared.errors import StoreUnavailable

SALES = Target(template="sales", name="Sales", description="Tells what the service is.")
DEMO = Target(template="demo", name="Demo line", description="Lets callers hear a demo.")


def orchestrator(*targets: Target) -> Template:
    church = business_of("church").template
    desk = church.nodes[church.start]
    nodes = church.nodes | {church.start: desk.model_copy(update={"tools": (*desk.tools, "route_to_agent")})}
    routing = {"is_orchestrator": True, "orchestrator": Orchestrator(agent_templates=targets)}
    return church.model_copy(update={"nodes": nodes, **routing})


def serving(conversation: Any, template: Template) -> Serving:
    return Serving(business_of(template.name), template, conversation.state.tenant, "shipped")


@pytest.fixture
def call(conversation: Any) -> Any:
    """A call to an orchestrator that can hand it to sales."""
    state = conversation.state
    church = serving(conversation, orchestrator(SALES))
    state._serve(church)
    state.prepared = {"church": church, "sales": serving(conversation, business_of("sales").template)}
    return conversation


def node(call: Any) -> NodeAgent:
    async def respond(found: Any, utterance: str) -> None:
        return None

    return NodeAgent(call.state.template.start, call.state, respond)


async def route(agent: NodeAgent, speech: object, **arguments: Any) -> Any:
    """What the framework gets, or what the model reads of a refusal."""
    (tool,) = [each for each in agent.tools if each.info.name == "route_to_agent"]  # type: ignore[attr-defined]
    try:
        return await tool(arguments, SimpleNamespace(session=None, speech_handle=speech))  # type: ignore[operator]
    except ToolError as error:
        return error.message


@pytest.mark.requirement("OT-32", "OT-34", "OT-46", "OT-47")
@pytest.mark.requirement("OT-37")
async def test_given_a_route_then_nothing_changes_until_the_target_is_entered_and_what_is_wrong_changes_nothing(
    call: Any,
) -> None:
    call.hear("I'd like to know what you sell.")
    agent, before = node(call), call.value
    for wrong in ({"template": "bakery"}, {"template": "church"}, {"template": "demo"}, {}, {"wish": "bread"}):
        assert '"status": "refused"' in await route(agent, object(), **wrong), wrong
    assert call.value == before and call.state.serving.template.name == "church"

    speech = object()
    target, output = await route(agent, speech, template="sales", wish="what is sold")
    assert '"caller_wants": "what is sold"' in output and '"agent": "Sales"' in output
    assert call.value == before and call.state.template.name == "church", (
        "an interruption may keep it from being entered"
    )
    assert "being passed on already" in await route(agent, speech, template="sales"), "another one of the same reply"
    again, output = await route(agent, object(), template="sales")
    assert isinstance(again, NodeAgent) and "what you sell" in output, "the caller went on before it was entered"

    call.state.take_over(target._serving, "route_to_agent")
    assert (call.value.template, call.state.business.name, call.value.node) == ("sales", "sales", "")
    assert [(each.source.template, each.target.template) for each in call.value.handoffs] == [("church", "sales")]
    offered = {each.info.name for each in target.tools}  # type: ignore[attr-defined]
    assert "route_to_agent" not in offered and "submit_prayer_request" not in offered

    call.state._serve(call.state.prepared["church"])
    handoff = call.value.handoffs[0]
    call.state.change(handoffs=(handoff,) * MOST_HANDOFFS, template="church")
    assert f"{MOST_HANDOFFS} times already" in await route(node(call), object(), template="sales")


@pytest.mark.requirement("OT-43")
async def test_given_tools_of_the_target_that_cant_be_built_then_it_answers_without_any(call: Any) -> None:
    broken = replace(
        call.state.prepared["sales"], business=SimpleNamespace(name="sales", open_store=lambda rows: 1 / 0)
    )
    call.state.prepared = {**call.state.prepared, "sales": broken}
    target, _ = await route(node(call), object(), template="sales")
    assert target.tools == [] and "sales desk" in target.instructions


@pytest.mark.requirement("OT-23", "OT-24", "OT-36")
async def test_given_the_prompts_then_the_list_stands_at_the_end_of_the_orchestrators_and_in_no_other(
    call: Any,
) -> None:
    agent = node(call)
    assert agent.instructions.rstrip().endswith("- sales: Sales. Tells what the service is.")
    target, _ = await route(agent, object(), template="sales")
    assert "Agents that you" in agent.instructions and "Role: church/front_desk" in agent.instructions
    assert "Role: sales/sales_desk" in target.instructions and "Role: church" not in target.instructions
    assert "Tells what the service is." not in target.instructions
    plain = NodeAgent("care", call.state, agent._respond)
    assert "Agents that you" not in plain.instructions, "a node that doesn't offer the function"
    assert "route_to_agent" not in {each.info.name for each in plain.tools}  # type: ignore[attr-defined]
    call.state.prepared = {}
    alone = node(call)
    assert "route_to_agent" not in alone.instructions.partition("Role:")[2]
    assert "route_to_agent" not in {each.info.name for each in alone.tools}  # type: ignore[attr-defined]


@pytest.mark.requirement("OT-36", "OT-37")
def test_given_a_history_then_a_fresh_node_reads_the_callers_last_words_and_what_led_there() -> None:
    history = ChatContext.empty()
    for role, text in (("assistant", "Hello."), ("user", "I've been here before."), ("assistant", "I see."),
                       ("user", "I need"), ("user", "a drill.")):  # fmt: skip
        history.add_message(role=role, content=text)  # type: ignore[arg-type]
    history.items.append(FunctionCall(call_id="1", name="route_to_agent", arguments="{}"))
    previous: Any = SimpleNamespace(chat_ctx=history)

    def read(context: Any) -> list[str | None]:
        said = said_before(Arrival("route_to_agent", {}, previous, context))
        assert said is not None
        return [each.text_content if isinstance(each, llm.ChatMessage) else each.type for each in said.items]

    assert read("fresh") == ["I need", "a drill.", "function_call"]
    assert read("full") == ["Hello.", "I've been here before.", "I see.", "I need", "a drill.", "function_call"]
    assert said_before(Arrival()) is None


class Rollouts:
    """Nothing is published; the rollout of `hanging` is never answered, that of `lost` can't be read."""

    async def rollout(self, name: str) -> Rollout | None:
        if name == "hanging":
            await asyncio.Event().wait()
        if name == "demo":
            raise StoreUnavailable("no database")
        return None


@pytest.mark.requirement("OT-20", "OT-21", "OT-22", "OT-27", "OT-30")
async def test_given_targets_then_they_are_rendered_side_by_side_within_the_bound_and_each_failure_is_named(
    conversation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets_module, "PREPARE_SECONDS", 0.2)
    sales = business_of("sales").template
    voiceless = sales.model_copy(update={"persona": "You help with order {{order}}, {{gone}}. Be kind."})
    voiceless = Template.model_validate(
        voiceless.model_dump(exclude_unset=True, exclude={"voice"})
        | {"payload": {"order": {"type": "text"}, "gone": {"type": "text"}}}
    )
    known = {"sales": SimpleNamespace(template=voiceless), "hanging": SimpleNamespace(), "demo": SimpleNamespace()}
    monkeypatch.setattr(targets_module, "business_of", known.__getitem__)
    hanging = Target(template="hanging", name="Slow", description="…")
    origin = serving(conversation, orchestrator(SALES, DEMO, hanging))
    echo = Voice(voice="echo")
    loader = TargetLoader(Rollouts(), "2065550142", {}, {"order": "A 7", "gone": None}, echo)  # type: ignore[arg-type]
    found = await loader.prepare(origin)
    assert found.ready.keys() == {"church", "sales"}
    assert found.failed == {"demo": "no database", "hanging": "not prepared within 0.2 s"}
    assert found.ready["sales"].template.persona == "Be kind." and found.ready["sales"].template.voice == echo
    (lacking, page) = found.alerts
    assert (lacking.key, lacking.fields) == ("template_variables:sales", {"lacking": ["gone: missing"]})
    assert (page.key, page.severity) == ("orchestrator:church", "page")
    assert page.fields == {
        "failed": ["demo (Demo line): no database", "hanging (Slow): not prepared within 0.2 s"],
    }
    whole = await replace(loader, payload={"order": "A 7", "gone": "B"}).prepare(
        serving(conversation, orchestrator(SALES))
    )
    assert whole.ready["sales"].template.persona.startswith("You help with order A 7, B.") and whole.alerts == []


@pytest.mark.requirement("OT-25", "OT-26")
async def test_given_a_prepared_call_then_each_targets_voice_is_there_before_the_handoff_which_loads_and_makes_nothing(
    conversation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = ("postgresql://u@127.0.0.1:1/d", "redis://127.0.0.1:1", "http://127.0.0.1:1")
    speech, echo, nova = speech_settings(tmp_path, *nowhere, 1.0).speech, Voice(voice="echo"), Voice(voice="nova")
    assert speech is not None
    sales = business_of("sales").template
    nodes = sales.nodes | {"messages": sales.nodes["messages"].model_copy(update={"voice": nova})}
    spoken = SimpleNamespace(template=sales.model_copy(update={"voice": echo, "nodes": nodes}))
    monkeypatch.setattr(targets_module, "business_of", lambda name: spoken)
    monkeypatch.setattr(targets_module, "spoken_later", lambda phrases: ["Goodbye."])
    state, origin = conversation.state, serving(conversation, orchestrator(SALES))
    state._serve(origin)
    loader = TargetLoader(Rollouts(), "2065550142", {}, {}, origin.template.voice)  # type: ignore[arg-type]
    async with open_engines(speech) as engines, voices_for(speech, origin.template, engines) as voices:
        state.engines_of = voices.of_node
        state.fixed_phrases = FixedPhrases(voices.preparing, origin.template.voice, tmp_path, {}, "")
        await prepare_targets(state, loader, origin, voices, CallAlerts("call-1", state.services.alerts))
        assert voices.mouths.keys() == {echo, nova} and {echo, nova} <= {*state.fixed_phrases.voices}

        def refuse(*_: Any) -> Any:
            raise AssertionError("made or loaded in the handoff")

        monkeypatch.setattr(engines_module, "mouths_of", refuse)
        monkeypatch.setattr(targets_module, "business_of", refuse)
        monkeypatch.setattr(Rollouts, "rollout", refuse)
        before = node(conversation)
        assert "sales" in state.prepared and not before.tts, "the call's own voice"
        target, _ = await route(before, object(), template="sales")
        state.take_over(target._serving, "route_to_agent")
        assert target.tts is voices.mouths[echo] and target.before("messages").tts is voices.mouths[nova]


_answering = st.builds(Answering, tenant_id=st.just("tenant-1"), template=st.sampled_from(["church", "sales", "demo"]),
                       version=st.sampled_from(["shipped", "1", "2"]))  # fmt: skip


@given(any_conversation(), st.lists(_answering, max_size=7))
def test_given_handoffs_then_a_successor_that_loads_the_call_goes_on_as_the_process_that_saved_it(
    conversation: Conversation, route: list[Answering]
) -> None:
    conversation = replace(conversation, handoffs=())
    first = conversation.answering
    for to in route:
        conversation = conversation.handed_over(to, NOON).entered(
            "desk", NOON, "route_to_agent", {"template": to.template}
        )
    loaded = from_json(to_json(conversation))
    assert loaded == conversation
    assert (loaded.began_as, loaded.may_hand_over) == (first, len(route) < MOST_HANDOFFS)
    assert loaded.answering == (route[-1] if route else first)


@pytest.mark.requirement("OT-19")
@pytest.mark.requirement("OT-45", part="of an inbound call, which has no lead")
def test_given_a_handoff_then_what_is_known_of_the_caller_lives_on_and_each_step_stands_in_the_traversal_once() -> None:
    asked = ConsentQuestion("May I record?")
    before = replace(a_conversation(template_version="3", crisis=True), handoffs=(), visits=()).asking(asked)
    after = before.entered("desk", NOON, "start").used("look_up", {"query": "hall"}, NOON)
    after = after.handed_over(Answering(before.tenant_id, "sales", "1"), NOON).entered("desk", NOON, "route_to_agent")
    kept = ("call_id", "fields", "requests", "consent", "recording_announced", "crisis", "history", "phone_number")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert [type(each) for each in after.questions] == [ConsentQuestion], (
        "the read-back belongs to a tool that was left"
    )
    assert [(each.template, each.version, each.node, each.why) for each in after.visits] == [
        ("church", "3", "desk", "start"),
        ("church", "3", "desk", "look_up"),
        ("sales", "1", "desk", "route_to_agent"),
    ]
    assert [each.left_at for each in after.visits] == [NOON, NOON, None]
