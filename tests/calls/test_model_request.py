"""What the language model is sent in a call: its rules, the facts, the date, how the call stands, and its limits."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.conversation.prompt import HOUSE_RULES
from agent.speech.engines import connections, open_engines
from agent.speech.providers import MOST_TOKENS, TEMPERATURE
from bench.sloppy.trial import trial
from lab.providers.chat import text_of
from lab.providers.control import LabControl
from lab.providers.request_rules import refusal
from shared.config import needed
from shared.services import Services

TENANT_ZONE = ZoneInfo("America/Los_Angeles")
STATUSES = ("confirm", "wait", "stored", "kept", "refused", "failed", "done")


RECORDED, NOT_RECORDED = 2, 0
"""Seeds of a caller who lets the call be recorded, and of one who doesn't; both ask for a prayer."""


async def test_given_a_call_then_the_models_requests_say_what_it_needs(
    services: Services, lab: LabControl, ear: Any
) -> None:
    async with connections(), open_engines(needed(services.settings.speech), ear) as engines:
        for seed in (RECORDED, NOT_RECORDED):
            await lab.forget_requests()
            made = await trial(seed, services, engines, model="scripted")
            assert made.live, made.talk
            bodies: list[dict[str, Any]] = (await lab.requests())["last"]["llm"]
            answers = [body for body in bodies if "tools" in body]
            assert answers
            for body in bodies:
                assert refusal(body) is None
                assert (body["temperature"], body["max_completion_tokens"]) == (TEMPERATURE, MOST_TOKENS)
                # OpenAI refuses it without tools: a second opinion on an answer has none
                assert body.get("parallel_tool_calls") == (False if "tools" in body else None)
            recorded = "is being recorded" if seed == RECORDED else "is not being recorded"
            for body in answers:
                assert "end_call" in {tool["function"]["name"] for tool in body["tools"]}
                prompt, *_, standing = (text_of(m) for m in body["messages"] if m["role"] == "system")
                assert HOUSE_RULES in prompt
                assert "- address: " in prompt
                assert f"{datetime.now(UTC).astimezone(TENANT_ZONE):%A, %B %-d %Y}" in prompt
                assert standing.startswith(f"At this moment the call {recorded}. Saved in this call so far: ")
            assert text_of(answers[-1]["messages"][-1]).endswith("so far: prayer.")


def test_the_house_rules_say_what_a_status_means_how_a_call_ends_and_what_is_off_topic() -> None:
    rules = " ".join(HOUSE_RULES.split())
    for status in STATUSES:
        assert f'"{status}": it ' in rules or f'"{status}": the ' in rules, status
    assert "call end_call: it says goodbye and hangs up" in rules
    assert "nothing to do with this business" in rules
    assert "Never say that something was saved or sent unless a tool's result has status" in rules
