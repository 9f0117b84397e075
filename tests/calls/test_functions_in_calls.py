"""Functions of a template in whole calls: answered, slow, failing, sent once; and no turn ends in silence."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from typed_desk import PATIENCE_SECONDS, opened, until

from agent.businesses.business import business_of
from agent.conversation.node import MOST_TOOL_ROUNDS
from agent.tools import execution, tenant_server
from agent.tools.execution import FAILED, FILLER_SECONDS
from lab.mcp_server import TOKEN, open_mcp_server
from lab.partner import Partner, open_partner
from shared.domain.call import CallEvent
from shared.domain.template import Template, playbook
from shared.services import Services

GRACE, CALLER = "00000000-0000-4000-a000-000000000001", "+12065550142"
SHIPPED = business_of("church").template.model_dump(mode="json", exclude_unset=True)
NO_RECORDING = "No, please don't record."


def functions(partner: Partner) -> list[dict[str, Any]]:
    return [
        {
            "name": "hall_price",
            "description": "The price of the parish hall on a day.",
            "parameters": {"properties": {"day": {"type": "string"}}, "required": ["day"]},
            "http": {
                "url": f"{partner.url}/prices?day={{day}}",
                "headers": {"Authorization": "Bearer {secret.hall}"},
                "seconds": 4,
            },
            "answer": ["price"],
        },
        {
            "name": "book_hall",
            "description": "Books the parish hall.",
            "parameters": {"properties": {"day": {"type": "string"}}, "required": ["day"]},
            "http": {"method": "POST", "url": f"{partner.url}/bookings"},
            "changes": "booking",
            "read_back": "So I book the parish hall for {day}. Is that right?",
            "done": "The hall is yours. Is there anything else?",
        },
    ]


def with_functions(partner: Partner) -> dict[str, Any]:
    """The church's template with two functions in each node, and callers who want them."""
    day = {"name": "day", "kind": "time", "ask": "For which day?"}
    wants = [
        {"name": "hall_price", "examples": ["What does the parish hall cost on a day?", "How much is the hall?"],
         "tool": "hall_price", "slots": [day]},
        {"name": "book_hall", "examples": ["I'd like to book the parish hall.", "Reserve the hall for me, please."],
         "tool": "book_hall", "slots": [day]},
    ]  # fmt: skip
    desk = SHIPPED["nodes"]["front_desk"]
    nodes = SHIPPED["nodes"] | {"front_desk": desk | {"intents": [*wants, *desk["intents"]]}}
    return SHIPPED | {"functions": functions(partner), "nodes": nodes}


async def publish(services: Services, lab: Any, partner: Partner) -> None:
    body = with_functions(partner)
    version = await services.templates.put("church", body)
    await services.templates.publish("church", version, 100, "functions")
    await lab.teach({"church/front_desk": playbook(Template.model_validate(body).nodes["front_desk"])})
    await services.grants.allow(GRACE, partner.host)
    await services.grants.put_secret(GRACE, "hall", "s3cr3t")


async def events_of(services: Services, call_id: str) -> list[CallEvent]:
    record = await services.records.find(call_id)
    assert record is not None
    return list(record.events)


def noted(events: list[CallEvent], kind: str) -> list[Mapping[str, Any]]:
    return [event.fields for event in events if event.kind == kind]


async def words_with(line: Any, words: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Once the agent has said so: a filler may come before the answer."""
    await until(lambda: any(words in each for each in line.words), seconds)


async def test_given_functions_then_they_answer_are_waited_for_fail_in_a_sentence_and_change_things_once(
    services: Services, lab: Any, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # an answer that comes at once isn't filled, however busy the cores are
    monkeypatch.setattr(execution, "FILLER_SECONDS", PATIENCE_SECONDS)
    async with open_partner() as partner, opened(services, ear) as desk:
        partner.answers |= {"/prices": {"price": "45 dollars", "margin": "SECRET MARGIN"}, "/bookings": {"ok": True}}
        await publish(services, lab, partner)
        line, _ = await desk.ring(CALLER)
        await line.say(NO_RECORDING)

        answer = await line.say("How much is the hall on Monday?")
        assert answer.strip() == "the price is 45 dollars"
        assert partner.requests[-1].query == {"day": "on Monday"}
        assert partner.requests[-1].headers["authorization"] == "Bearer s3cr3t"

        partner.slow_seconds = FILLER_SECONDS + 0.3
        monkeypatch.setattr(execution, "FILLER_SECONDS", FILLER_SECONDS)
        await line.say("And what does the hall cost on Tuesday?")
        await words_with(line, "One moment, please.")
        await until(lambda: line.words[-1].strip() == "the price is 45 dollars")
        monkeypatch.setattr(execution, "FILLER_SECONDS", PATIENCE_SECONDS)
        assert [each.strip() for each in line.words[-2:]] == ["One moment, please.", "the price is 45 dollars"]

        partner.slow_seconds, partner.faults = 0.0, [503, 503]
        assert await line.say("How much is the hall on Friday?") == FAILED

        assert await line.say("I'd like to book the parish hall for Sunday.") == (
            "So I book the parish hall for Sunday. Is that right?"
        )
        assert not [each for each in partner.requests if each.path == "/bookings"], "not before the caller's yes"
        assert await line.say("Yes, that's right.") == "The hall is yours. Is there anything else?"
        (booked,) = [each for each in partner.requests if each.path == "/bookings"]
        assert (booked.body, len(booked.headers["idempotency-key"])) == ({"day": "Sunday"}, 32)
        await desk.hang_up(line)
    events = await events_of(services, line.call_id)
    assert [each["tool"] for each in noted(events, "tool_filled")] == ["hall_price"]
    assert [each["status"] for each in noted(events, "tool_done") if each["tool"] == "hall_price"] == [
        "done", "done", "failed",
    ]  # fmt: skip
    everything = str(events)
    assert "s3cr3t" not in everything and "SECRET MARGIN" not in everything


async def test_given_a_model_that_only_calls_tools_then_after_some_rounds_the_turn_ends_in_a_sentence(
    services: Services, lab: Any, ear: Any
) -> None:
    async with open_partner() as partner, opened(services, ear) as desk:
        partner.answers["/prices"] = {"price": "45 dollars"}
        body = with_functions(partner)
        free = body["functions"][0] | {"name": "ask_again", "parameters": {}, "http": {"url": f"{partner.url}/prices"}}
        version = await services.templates.put("church", body | {"functions": [free]} | {"nodes": SHIPPED["nodes"]})
        await services.templates.publish("church", version, 100, "a")
        await services.grants.allow(GRACE, partner.host)
        await lab.model("insistent")
        line, _ = await desk.ring(CALLER)
        words = await line.say("Please ask again and again.")
        await desk.hang_up(line)
    assert len(partner.requests) == MOST_TOOL_ROUNDS
    assert "I don't have that information" in words
    events = await events_of(services, line.call_id)
    assert [each["rounds"] for each in noted(events, "tools_closed")] == [MOST_TOOL_ROUNDS]
    assert noted(events, "reply_empty")


async def test_given_a_tenants_mcp_server_then_its_tool_answers_callers_and_without_it_the_call_goes_on(
    services: Services, lab: Any, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_server, "CONNECT_SECONDS", 20.0)
    day = {"name": "day", "kind": "time", "ask": "For which day?"}
    wish = {"name": "hall", "examples": ["Is the parish hall free on a day?", "Can I have the hall?"],
            "tool": "hall_on", "slots": [day]}  # fmt: skip
    desk_node = SHIPPED["nodes"]["front_desk"]
    node = desk_node | {"intents": [wish, *desk_node["intents"]], "tools": [*desk_node["tools"], "hall_on"]}
    async with open_mcp_server() as server, opened(services, ear) as desk:
        reached = {"name": "diary", "url": server.url, "headers": {"Authorization": "Bearer {secret.hall}"}}
        body = SHIPPED | {
            "nodes": SHIPPED["nodes"] | {"front_desk": node},
            "mcp": [reached | {"tools": ["hall_on"], "seconds": 10}],
        }
        version = await services.templates.put("church", body)
        await services.templates.publish("church", version, 100, "diary")
        await lab.teach({"church/front_desk": playbook(Template.model_validate(body).nodes["front_desk"])})
        await services.grants.allow(GRACE, server.host)
        await services.grants.put_secret(GRACE, "hall", TOKEN)

        def offered(line: Any) -> bool:
            return "hall_on" in {tool.info.name for tool in line._session.current_agent.tools}

        line, _ = await desk.ring(CALLER)
        await until(lambda: offered(line))
        await line.say(NO_RECORDING)
        assert "The parish hall is free on Monday." in await line.say("Can I have the parish hall on Monday?")
        await desk.hang_up(line)
        events = await events_of(services, line.call_id)
        assert [each["tool"] for each in noted(events, "tool_done")] == ["hall_on"] and TOKEN not in str(events)

        server.process.kill()
        await server.process.wait()
        line, greeting = await desk.ring(CALLER)
        assert "Grace" in greeting
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not [each for each in await services.alerts.open_alerts() if each.key.startswith("tenant_server:")]:
                await asyncio.sleep(0.02)
        assert not offered(line)
        await line.say(NO_RECORDING)
        assert "free on Monday" not in await line.say("Can I have the parish hall on Monday?")
        assert "Our Sunday services are at nine" in await line.say("When is the service on Sunday?")
        await desk.hang_up(line)
