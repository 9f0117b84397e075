"""Whole calls that go from template to template: an orchestrator hands the caller on, and they are handed back."""

import asyncio
from typing import Any

import pytest
from typed_desk import Desk, opened

from agent.businesses.business import business_of
from lab.person.text_line import TextLine
from lab.providers.control import LabControl
from shared.domain.call import CallRecord
from shared.domain.template import Template, playbook
from shared.services import Services

CHURCH = business_of("church").template.model_dump(mode="json", exclude_unset=True)
NOVA = {"tts_model": "tts-1-hd", "voice": "nova"}
ROUTES = {
    "church": {"template": "church", "name": "Front desk", "description": "Tells when the services are."},
    "sales": {"template": "sales", "name": "Rental desk", "description": "Rents out drills and ladders."},
    "demo": {"template": "demo", "name": "Returns desk", "description": "Takes back what was rented."},
}
WANTS = {
    "church": (["When is the Sunday service?", "What time is worship?"], "The service is at nine."),
    "sales": (["I'd like to rent a power drill.", "How much is it to rent a ladder?"], "A drill is ten dollars a day."),
    "demo": (
        ["I want to bring back the drill that I rented.", "I need to return a ladder."],
        "The yard door is open until six.",
    ),
}
SERVICE, DRILL, RETURN = "When is the Sunday service?", "I'd like to rent a power drill.", "I need to return a ladder."


def template(name: str, *targets: str, **more: Any) -> dict[str, Any]:
    """A template that answers one question, and hands on to these; its phrases name it."""
    examples, reply = WANTS[name]
    routing = {"is_orchestrator": True, "orchestrator": {"agent_templates": [ROUTES[each] for each in targets]}}
    intents = [
        {"name": "question", "examples": examples, "reply": reply},
        {"name": "goodbye", "examples": ["Goodbye.", "That's all, bye bye."], "tool": "end_call"},
    ]
    desk = {"instructions": f"You are the {ROUTES[name]['name']}.", "unknown": "I can't tell you that."}
    tools = ["end_call", *(["route_to_agent"] if targets else [])]
    return {
        **{key: CHURCH[key] for key in ("policy_version", "turn")},
        "name": name,
        "persona": "You answer the telephone.",
        "recording": "never",
        "phrases": CHURCH["phrases"] | {"greeting": f"Here is {name}.", "repeat": f"Once more, says {name}."},
        "start": "desk",
        "nodes": {"desk": desk | {"tools": tools, "intents": intents}},
        **(routing if targets else {}),
        **more,
    }


async def publish(services: Services, lab: LabControl, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        node = Template.model_validate(body).nodes["desk"]
        await lab.teach({f"{body['name']}/desk": playbook(node)})
        version = await services.templates.put(body["name"], body)
        await services.templates.publish(body["name"], version, 100, f"{body['name']} {version}")


async def ring(desk: Desk, call_id: str | None = None) -> tuple[TextLine, str]:
    """A call whose targets are prepared; or after the bound of their preparation one whose aren't."""
    line, greeting = await desk.ring("+12065550142", call_id)
    return line, greeting


def tools(line: TextLine) -> set[str]:
    assert line._session is not None
    return {tool.info.name for tool in line._session.current_agent.tools}  # type: ignore[attr-defined]


def voice(line: TextLine) -> str:
    """The synthesiser's model that the agent's next sentence is asked of."""
    session = line._session
    assert session is not None and session.tts is not None
    own: Any = session.current_agent.tts
    return (own or session.tts).model


async def until_routing(line: TextLine) -> None:
    async with asyncio.timeout(10):
        while "route_to_agent" not in tools(line):
            await asyncio.sleep(0.01)


async def record_of(services: Services, line: TextLine) -> CallRecord:
    record = await services.records.find(line.call_id)
    assert record is not None
    return record


@pytest.mark.requirement("OT-33", "OT-35", "OT-36", "OT-38", "OT-41", "OT-42", "OT-46", "OT-49", "OT-96")
@pytest.mark.requirement(
    "OT-25", part="voices of the targets in a typed call: the client that each sentence is asked of"
)
async def test_given_an_orchestrator_when_the_caller_wants_three_things_then_three_templates_answer_in_turn(
    services: Services, lab: LabControl, ear: Any
) -> None:
    await publish(
        services,
        lab,
        template("church", "sales", "demo", voice={"tts_model": "tts-1", "voice": "alloy"}),
        template("sales", "demo", "church", voice=NOVA),
        template("demo", "church", "sales"),
    )
    async with opened(services, ear) as desk:
        line, greeting = await ring(desk)
        assert greeting == "Here is church."
        await until_routing(line)
        steps = [
            (SERVICE, "The service is at nine.", "tts-1"),
            (DRILL, "A drill is ten dollars a day.", "tts-1-hd"),
            (RETURN, "The yard door is open until six.", "tts-1"),
            (SERVICE, "The service is at nine.", "tts-1"),
            (DRILL, "A drill is ten dollars a day.", "tts-1-hd"),
            (RETURN, "The yard door is open until six.", "tts-1"),
        ]
        for said, answer, spoken_by in steps:
            assert ((await line.say(said)).strip(), voice(line)) == (answer, spoken_by), said
        assert line._session is not None
        refused = (await line.say(SERVICE)).strip()
        assert "nine" not in refused and refused, "the sixth handoff"
        assert await desk.hang_up(line) == "1", "the version that the call began with"
    record = await record_of(services, line)
    said = [(each["speaker"], each["text"].strip(), each["template"]) for each in record.transcript]
    expected = [("agent", "Here is church.", "church")]
    now = "church"
    for question, answer, _ in steps:
        expected.append(("caller", question, now))
        now = next(name for name, (_, reply) in WANTS.items() if reply == answer)
        expected.append(("agent", answer, now))
    assert said == [*expected, ("caller", SERVICE, "demo"), ("agent", refused, "demo")]
    visits = [each for each in record.traversal if isinstance(each, dict)]
    path = ["church", "sales", "demo", "church", "sales", "demo"]
    assert [(each["template"], each["version"], each["node"]) for each in visits] == [
        (name, "1", "desk") for name in path
    ]
    assert [each["why"] for each in visits] == ["start", *["route_to_agent"] * 5]
    assert visits[1]["arguments"] == {"template": "sales", "wish": DRILL}
    assert [each["left_at"] is None for each in visits] == [False] * 5 + [True]
    assert (record.template, record.template_version) == ("church", "1")
