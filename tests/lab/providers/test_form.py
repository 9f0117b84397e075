"""A call's result through the adapter to the lab's chat: filled by simple rules, refused by the provider's."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from lab.providers.chat import parse
from lab.providers.control import LabControl
from lab.providers.form import filled
from lab.providers.request_rules import refusal
from shared.adapters import openai
from shared.adapters.openai import OpenAiReader
from shared.domain.result import ResultField, Talk, json_schema, messages, values_of
from shared.errors import ProviderError

FIELDS = (
    ResultField(name="reason", type="choice", description="Why they call", choices=("prayer", "visit", "other")),
    ResultField(name="wants_callback", type="yes_no", description="Whether the caller wants to be called back"),
    ResultField(name="visit_on", type="date", description="When the caller will visit"),
    ResultField(name="guests", type="number", description="How many guests visit with them"),
    ResultField(name="caller_name", type="text", description="The caller's own name"),
    ResultField(name="illness", type="text", description="Which illness or injury they tell of"),
)
NOTHING = dict.fromkeys([field.name for field in FIELDS])
SATURDAY = datetime(2026, 11, 28, 9)


def talk(*said: str) -> Talk:
    """What agent and caller say in turn."""
    lines = tuple((("agent", "caller")[at % 2], text) for at, text in enumerate(said))
    return Talk(lines, SATURDAY)


def body(said: Talk, **changes: Any) -> dict[str, Any]:
    form = {"name": "result", "strict": True, "schema": json_schema(FIELDS)} | changes
    wanted = {"type": "json_schema", "json_schema": form}
    return {"model": "gpt-4o-mini", "messages": messages(said), "response_format": wanted}


TALKS: tuple[tuple[Talk, dict[str, Any]], ...] = (
    (talk("Hello, how can I help?"), {}),
    (talk("Hello.", "Nothing, thank you."), {}),
    (
        talk("Hello.", "My name is Maria. We'd visit you next Friday, with three guests.", "Shall I note it?", "Yes."),
        {"reason": "visit", "visit_on": "2026-12-04", "guests": 3, "caller_name": "Maria"},
    ),
    (
        talk("Hello.", "I'd like to visit on May 4th.", "Do you want a prayer?", "A prayer, no, just the visit."),
        {"reason": "visit", "visit_on": "2027-05-04"},
    ),
    (
        talk("Hello.", "A prayer, please.", "Shall somebody call you back?", "No, that's not needed."),
        {"reason": "prayer", "wants_callback": False},
    ),
    (
        talk("Hello.", "I visit, tomorrow.", "With how many guests?", "With 12."),
        {"visit_on": "2026-11-29", "guests": 12},
    ),
    (talk("Hello.", "It's about an injury of my hip."), {"illness": "It's about an injury of my hip."}),
)


def test_given_a_talk_when_the_form_is_filled_then_it_says_what_was_said_and_null_for_the_rest() -> None:
    wrong: list[Any] = []
    for said, expected in TALKS:
        found = filled(parse(body(said)))
        missed = {name: found[name] for name, value in expected.items() if found[name] != value}
        made_up = {name for name, value in found.items() if value is not None and name not in expected}
        if missed or found.keys() != NOTHING.keys() or made_up - {"reason", "illness"}:
            wrong.append((said.transcript, missed, made_up))
    assert wrong == []


def test_given_a_form_that_openai_would_refuse_then_it_is_refused_in_its_words() -> None:
    fine = json_schema(FIELDS)
    open_ended = {**fine, "additionalProperties": True}
    optional = {**fine, "required": fine["required"][1:]}
    table: tuple[tuple[dict[str, Any], str], ...] = (
        (body(talk()), ""),
        (body(talk(), name="a name"), "does not match pattern"),
        (body(talk(), name=None), "Missing required parameter: 'response_format.json_schema.name'."),
        (body(talk(), schema=None), "Missing required parameter: 'response_format.json_schema.schema'."),
        (body(talk(), schema=open_ended), "'additionalProperties' is required to be supplied and to be false."),
        (body(talk(), schema=optional), "Missing 'reason'."),
        (body(talk()) | {"response_format": {"type": "xml"}}, "Invalid value: 'xml'."),
        (body(talk()) | {"response_format": {}}, "Missing required parameter: 'response_format.type'."),
        (body(talk()) | {"response_format": {"type": "json_object"}}, "must contain the word 'json'"),
        (body(talk()) | {"response_format": {"type": "json_schema"}}, "parameter: 'response_format.json_schema'."),
        (body(talk()) | {"response_format": "json"}, "expected an object, but got a string"),
    )
    found = [(refused.message if (refused := refusal(asked)) else "") for asked, _ in table]
    wrong = [
        (got, words) for got, (_, words) in zip(found, table, strict=True) if words not in got or (not words and got)
    ]
    assert wrong == []


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_given_a_transcript_when_the_lab_is_asked_then_values_and_usage_come_and_faults_are_errors(
    lab: LabControl, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "READ_SECONDS", 1.0)
    said, _ = TALKS[2]
    for model in ("gpt-4o-mini", "gpt-5-mini"):
        reading = await OpenAiReader(http, "lab", model, f"{lab.url}/v1").read(FIELDS, said)
        assert values_of(FIELDS, reading.answer, said)["guests"] == 3
        assert reading.usage.model == model
        assert reading.usage.input_tokens > 100 and reading.usage.output_tokens > 0
    reader = OpenAiReader(http, "lab", "gpt-4o-mini", f"{lab.url}/v1")
    faults: tuple[tuple[Any, dict[str, Any], bool], ...] = (
        ("refuse", {}, True),
        ("hang", {"seconds": 3.0}, True),
        ("status", {"status": 503}, True),
        ("status", {"status": 429}, True),
        ("status", {"status": 401}, True),
        ("status", {"status": 400}, False),
    )
    for kind, more, again in faults:
        async with lab.faulty("llm", kind, **more):
            with pytest.raises(ProviderError) as caught:
                await reader.read(FIELDS, said)
        assert caught.value.retryable is again, (kind, more)
