"""Whole calls that go from template to template: an orchestrator hands the caller on, and they are handed back."""

import asyncio
import io
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from rich.console import Console
from typed_desk import PATIENCE_SECONDS, opened

from agent.businesses.business import business_of
from cli.story import summary
from lab.person.text_line import TextLine
from lab.providers.control import LabControl
from shared.domain.call import CallRecord
from shared.domain.conversation import Conversation
from shared.domain.language.bridges import BACK_LINES
from shared.domain.template import Template, playbook
from shared.ports import Alert
from shared.services import Services

CHURCH = business_of("church").template.model_dump(mode="json", exclude_unset=True)
CALLER, DEMO_LINE = "+12065550142", "+18005550198"
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
HASTY = {"detection": "vad", "min_delay_seconds": 0.4, "max_delay_seconds": 1.5, "interruptions": False}
HASTE = {"silence_seconds": 3}
HASTY_TURNS = (0.4, 1.5, "vad", False, 3.0, "es", True)
USUAL_TURNS = (0.1, 2.5, "meaning", True, 8.0, "en-US", False)
BACK, REMINDER = BACK_LINES["en"], "I was just saying: A drill is ten dollars a day."
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


def tools(line: TextLine) -> set[str]:
    assert line._session is not None
    return {tool.info.name for tool in line._session.current_agent.tools}  # type: ignore[attr-defined]


def voice(line: TextLine) -> str:
    """The synthesiser's model that the agent's next sentence is asked of."""
    session = line._session
    assert session is not None and session.tts is not None
    own: Any = session.current_agent.tts
    return (own or session.tts).model


def turns(line: TextLine) -> tuple[Any, ...]:
    """How the session takes turns now: delays, detection, interruptions, patience; and what the recogniser expects."""
    session: Any = line._session
    delays = session.options.endpointing
    uninterrupted = session._activity.allow_interruptions
    detection = session.turn_detection if isinstance(session.turn_detection, str) else "meaning"
    hearing = session.stt.hearing
    return (delays["min_delay"], delays["max_delay"], detection, uninterrupted, session.options.user_away_timeout,
            hearing.language, "Makita" in hearing.keyterms)  # fmt: skip


async def until_routing(line: TextLine) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "route_to_agent" not in tools(line):
            await asyncio.sleep(0.01)


async def open_alert(services: Services, key: str) -> Alert | None:
    return next((each for each in await services.alerts.open_alerts() if each.key == key), None)


async def paged(services: Services, key: str) -> Alert | None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await open_alert(services, key)) is None:
            await asyncio.sleep(0.05)
    return found


async def saved(services: Services, line: TextLine, wanted: Callable[[Conversation], bool]) -> Conversation:
    """What another process would go on from, once it is as wanted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            stored = await services.sessions.load(line.call_id)
            if stored is not None and wanted(stored) and stored.newest_of_agent.startswith("A drill"):
                return stored
            await asyncio.sleep(0.02)


async def record_of(services: Services, line: TextLine) -> CallRecord:
    record = await services.records.find(line.call_id)
    assert record is not None
    return record


@pytest.mark.requirement("OT-51")
@pytest.mark.requirement("OT-33", "OT-35", "OT-36", "OT-38", "OT-41", "OT-42", "OT-46", "OT-49", "OT-96")
@pytest.mark.requirement("OT-25", "OT-50")
@pytest.mark.requirement("OT-40", part="the record keeps the template that the call began with; there are no leads yet")
@pytest.mark.requirement("OT-31", part="typed calls")
async def test_given_an_orchestrator_when_the_caller_wants_three_things_then_three_templates_answer_in_turn(
    services: Services, lab: LabControl, ear: Any
) -> None:
    await publish(
        services,
        lab,
        template("church", "sales", "demo", voice={"tts_model": "tts-1", "voice": "alloy"}),
        template("sales", "demo", "church", voice=NOVA, turn=HASTY, patience=HASTE, keyterms=["Makita"], language="es"),
        template("demo", "church", "sales"),
    )
    async with opened(services, ear) as desk:
        line, greeting = await desk.ring(CALLER)
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
            assert turns(line) == (HASTY_TURNS if said == DRILL else USUAL_TURNS), said
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
    console = Console(width=120, record=True, file=io.StringIO())
    summary(console, record, None, None, None)
    assert re.search(r"turns +7\b", console.export_text()), "of all messages, the caller's"
    visits = [each for each in record.traversal if isinstance(each, dict)]
    path = ["church", "sales", "demo", "church", "sales", "demo"]
    assert [(each["template"], each["version"], each["node"]) for each in visits] == [
        (name, "1", "desk") for name in path
    ]
    assert [each["why"] for each in visits] == ["start", *["route_to_agent"] * 5]
    assert visits[1]["arguments"] == {"template": "sales", "wish": DRILL}
    assert [each["left_at"] is None for each in visits] == [False] * 5 + [True]
    assert (record.template, record.template_version) == ("church", "1")


@pytest.mark.requirement("OT-27", "OT-28", "OT-29", "OT-32")
@pytest.mark.requirement("OT-24")
async def test_given_a_target_that_isnt_there_then_the_orchestrator_answers_alone_until_it_is_whole_and_a_page_names_it(
    services: Services, lab: LabControl, ear: Any
) -> None:
    whole = template("church", "sales")
    bakery = ROUTES["demo"] | {"template": "bakery", "name": "Bread desk"}
    await publish(
        services, lab, template("sales"), whole | {"orchestrator": {"agent_templates": [ROUTES["sales"], bakery]}}
    )
    async with opened(services, ear) as desk:
        line, greeting = await desk.ring(CALLER)
        assert greeting == "Here is church."
        page = await paged(services, "orchestrator:church")
        assert page is not None and page.severity == "page" and page.fields is not None
        (failed,) = page.fields["failed"]
        assert failed.startswith("bakery (Bread desk): no template 'bakery'")
        assert "route_to_agent" not in tools(line)
        assert (await line.say(SERVICE)).strip() == "The service is at nine."
        assert (await line.say(DRILL)).strip() == "I can't tell you that."
        await desk.hang_up(line)
        record = await record_of(services, line)
        assert {each["template"] for each in record.transcript} == {"church"} and len(record.traversal) == 1

        await publish(services, lab, whole)
        line, _ = await desk.ring(CALLER)
        await until_routing(line)
        assert (await line.say(DRILL)).strip() == "A drill is ten dollars a day."
        await desk.hang_up(line)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await open_alert(services, "orchestrator:church"):
                await asyncio.sleep(0.05)


async def test_given_a_tenant_that_a_call_goes_on_as_then_its_own_routes_lead_on_for_it_in_their_voices(
    services: Services, lab: LabControl, ear: Any, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    row = f"('{DEMO_LINE}', 'local', 'demo_router', 'demo')"
    await connection.execute(f"insert into numbers (did, stage, route, template) values {row}")
    await connection.close()
    await publish(services, lab, template("church", "sales", voice=NOVA), template("sales"))
    async with opened(services, ear) as desk:
        line, _ = await desk.ring(CALLER, did=DEMO_LINE)
        await line.say("I'd like Harbor Light Chapel.")
        assert voice(line) == "tts-1-hd"
        await until_routing(line)
        assert (await line.say(DRILL)).strip() == "A drill is ten dollars a day."
        await desk.hang_up(line)
    record = await record_of(services, line)
    (_, handed) = [event.fields for event in record.events if event.kind == "handed_over"]
    assert handed["source"]["tenant_id"] == handed["target"]["tenant_id"] and handed["target"]["template"] == "sales"
    assert handed["target"]["tenant_id"].endswith("0002")


@pytest.mark.requirement("OT-48")
@pytest.mark.requirement("OT-14", part="versions of the targets are kept, also by another process")
async def test_given_a_call_that_was_handed_on_when_another_process_takes_it_over_then_the_same_template_goes_on(
    services: Services, lab: LabControl, ear: Any
) -> None:
    await publish(services, lab, template("church", "sales"), template("sales", "church", voice=NOVA))
    async with opened(services, ear) as desk:
        first, _ = await desk.ring(CALLER)
        await until_routing(first)
        await first.say(DRILL)
        kept = await saved(services, first, lambda each: each.template == "sales" and each.caller_turns == 1)
        assert kept.began_as.template == "church" and kept.pins == {"church": "1", "sales": "1"}
        await desk.hang_up(first)
        await publish(services, lab, template("sales", "church", voice=NOVA, persona="Newer."))

        lost = replace(kept, call_id=uuid.uuid4().hex)
        assert await services.sessions.save(lost)
        line, words = await desk.ring(CALLER, lost.call_id)
        assert (words, voice(line)) == (
            f"{BACK_LINES['en']} I was just saying: A drill is ten dollars a day.",
            "tts-1-hd",
        )
        await until_routing(line)
        assert (await line.say(DRILL)).strip() == "A drill is ten dollars a day."
        assert (await line.say(SERVICE)).strip() == "The service is at nine."
        assert await desk.hang_up(line) == "1"
    record = await record_of(services, line)
    assert record.template == "church"
    visits = [each for each in record.traversal if isinstance(each, dict)]
    assert [(each["template"], each["version"]) for each in visits] == [
        ("church", "1"),
        ("sales", "1"),
        ("church", "1"),
    ]
    said = [(each["template"], each["text"].strip()) for each in record.transcript]
    assert said == [
        ("church", "Here is church."),
        ("church", DRILL),
        ("sales", "A drill is ten dollars a day."),
        ("sales", BACK),
        ("sales", REMINDER),
        ("sales", DRILL),
        ("sales", "A drill is ten dollars a day."),
        ("sales", SERVICE),
        ("church", "The service is at nine."),
    ], "what both processes recorded, each once"


@pytest.mark.requirement("OT-93", part="of an inbound call")
async def test_given_no_configuration_can_be_read_any_more_then_the_call_ends_with_its_whole_record(
    services: Services, lab: LabControl, ear: Any, database_url: str
) -> None:
    sales = template("sales")
    sales["nodes"]["yard"] = sales["nodes"]["desk"]
    church = template("church")
    go = {"name": "tools", "examples": ["I'd like to rent a power drill."], "go": "sales/yard"}
    church["nodes"]["desk"]["intents"].append(go)
    await publish(services, lab, sales, church)
    await lab.teach({"sales/yard": playbook(Template.model_validate(sales).nodes["yard"])})
    async with opened(services, ear) as desk:
        line, _ = await desk.ring(CALLER)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "go_to_sales__yard" not in tools(line):
                await asyncio.sleep(0.01)
        assert (await line.say(DRILL)).strip() == "A drill is ten dollars a day.", "a node of another template"
        connection = await asyncpg.connect(database_url)
        for function in ("template_body_v1", "template_rollout_v1", "listing_v1", "tenant_v1"):
            await connection.execute(f"alter function public.{function} rename to {function}_gone")
        await connection.close()
        assert await desk.hang_up(line) == "1"
    record = await record_of(services, line)
    assert (record.disposition, record.outcome, len(record.transcript)) == ("ANSWERED", "QUESTION_ANSWERED", 3)
    visits = [each for each in record.traversal if isinstance(each, dict)]
    assert [(each["template"], each["node"], each["why"]) for each in visits] == [
        ("church", "desk", "start"),
        ("sales", "yard", "go_to_sales__yard"),
    ]
