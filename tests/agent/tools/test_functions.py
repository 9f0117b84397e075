"""Functions as tools: their JSON Schema holds, failures are final or may be mended; time and the stated outcome."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import ToolError
from livekit.agents.llm.tool_context import get_raw_function_info
from pydantic import ValidationError

from agent.tools.execution import FAILED, Fillers, offered
from agent.tools.functions import arguments_of, tool_of
from agent.tools.outcome import outcome_tool
from shared.domain.call import CallEvent, CallRecord
from shared.domain.facts import time_there
from shared.domain.functions import Function
from shared.domain.template import UPDATE_OUTCOME
from shared.domain.tenant import Tenant
from shared.errors import PartnerError, StoreUnavailable

SCHEMA = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "As 2026-12-24."},
        "guests": {"type": "integer", "minimum": 1, "maximum": 400},
        "price": {"type": "number", "maximum": 99.5},
        "size": {"type": "string", "enum": ["large", "small"]},
        "catered": {"type": "boolean"},
        "rooms": {"type": "array", "items": {"type": "string", "maxLength": 20}, "minItems": 1, "maxItems": 2},
        "host": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
    "required": ["day"],
}


def function(**fields: Any) -> Function:
    known = {"name": "hall", "description": "The hall.", "parameters": SCHEMA, "http": {"url": "https://h.example/x"}}
    return Function.model_validate(known | fields)


def test_given_a_json_schema_then_arguments_are_held_to_it() -> None:
    arguments = arguments_of(function())
    whole = {"day": "2026-12-24", "guests": 40, "price": 9, "size": "small", "catered": False, "rooms": ["nave"],
             "host": {"name": "Ann"}}  # fmt: skip
    assert arguments.model_validate(whole | {"admin": True}).model_dump(mode="json") == whole
    assert arguments.model_validate({"day": " 2026-12-24\n"}).model_dump(exclude_none=True) == {"day": "2026-12-24"}
    wrong = [
        {}, {"day": "Monday"}, {"day": 3}, {"guests": 0}, {"guests": 401}, {"guests": 1.5}, {"price": 100},
        {"price": float("nan")}, {"size": "huge"}, {"catered": "perhaps"}, {"rooms": []}, {"rooms": ["a", "b", "c"]},
        {"rooms": ["x" * 21]}, {"host": {}}, {"host": "Ann"},
    ]  # fmt: skip
    taken = []
    for each in wrong:
        try:
            arguments.model_validate(({"day": "2026-12-24"} if "day" not in each and each else {}) | each)
            taken.append(each)
        except ValidationError:
            continue
    assert taken == []


class Partner:
    """Answers a function, or fails, as the test wants."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    async def __call__(self, *_: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


async def called(call: Any, tool: Any, partner: Partner, **arguments: Any) -> dict[str, Any]:
    ((_, context),) = call.state.tools(["end_call"])
    context = replace(context, tool=tool.name, call_function=partner)  # type: ignore[arg-type]
    session: Any = SimpleNamespace(session=call.speaker)
    fillers = Fillers(call.state.journal, call.state.fixed_phrases.audio)
    try:
        return json.loads(await offered(tool, context, fillers)(arguments, session))
    except ToolError as error:
        return json.loads(error.message)


async def test_given_each_outcome_of_a_read_then_the_model_gets_it_a_hint_or_is_told_to_stop(conversation: Any) -> None:
    conversation.hear("How much is the hall on Christmas Eve?")
    table: list[tuple[Any, str, list[str]]] = [
        ({"price": 45}, "done", []),
        (PartnerError("h.example answered 422: no such day", 422, to_mend=True), "refused", []),
        (PartnerError("h.example answered 500", 500), "failed", [FAILED]),
        (PartnerError("h.example isn't among the tenant's hosts"), "failed", [FAILED]),
        (StoreUnavailable("no answer"), "failed", [FAILED]),
    ]
    for outcome, status, said in table:
        conversation.speaker.said.clear()
        result = await called(conversation, tool_of(function()), Partner(outcome), day="2026-12-24")
        assert (result["status"], conversation.speaker.said) == (status, said), outcome
        if status == "done":
            assert result["answer"] == {"price": 45} and conversation.value.looked_up
        if status == "refused":
            assert "no such day" in result["why"]


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [
        (PartnerError("answered 409", 409, to_mend=True), "refused", FAILED),
        (PartnerError("no answer", may_be_done=True), "failed", "I can't tell whether that went through"),
        ({"ok": True}, "stored", "That's done."),
    ],
)
async def test_given_each_outcome_of_a_change_then_the_caller_hears_the_truth_of_it(
    outcome: Any, status: str, words: str, conversation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tool_of(function(http={"method": "POST", "url": "https://h.example/b"}, changes="booking",
                            read_back="The hall on {day}. Is that right?"))  # fmt: skip
    conversation.hear("Book the hall for Christmas Eve, please.")
    asked = await called(conversation, tool, Partner(outcome), day="2026-12-24")
    assert (asked["status"], asked["said"]) == ("confirm", "The hall on 2026-12-24. Is that right?")

    ((_, context),) = conversation.state.tools(["end_call"])
    context = replace(context, tool=tool.name, call_function=Partner(outcome))  # type: ignore[arg-type]
    monkeypatch.setattr(type(conversation.state), "tools", lambda *_: [(tool, context)])
    result = await conversation.answer("Yes, that's right.")
    assert result is not None and result["status"] == status
    assert words in conversation.speaker.said[-1]
    assert conversation.value.stored_kinds == (("booking",) if status == "stored" else ())


def test_the_time_is_the_tenants_and_says_whether_it_is_open() -> None:
    now = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
    tenant = Tenant("t", "Hill Church", "America/New_York", extras={"opening_hours": {"fri": [["09:00", "21:00"]]}})
    assert time_there(tenant, now) == "It is Friday, November 27 2026, 8:30 PM there. Hill Church is open now."
    assert time_there(replace(tenant, extras={}), now) == "It is Friday, November 27 2026, 8:30 PM there."


async def test_given_outcomes_of_a_template_then_the_model_states_one_of_them_and_the_record_shows_the_last(
    conversation: Any,
) -> None:
    outcomes = {"booked": "The hall is booked.", "asked_only": "They only asked."}
    template = conversation.state.template.model_copy(update={"outcomes": outcomes})
    assert UPDATE_OUTCOME in template.tools_in("care")
    assert UPDATE_OUTCOME not in conversation.state.template.tools_in("care")
    tool = outcome_tool(outcomes)
    schema = get_raw_function_info(offered(tool, conversation.state.tools(["end_call"])[0][1],
                                           Fillers(conversation.state.journal, None))).raw_schema  # type: ignore[arg-type]  # fmt: skip
    assert schema["parameters"]["properties"]["outcome"]["enum"] == ["booked", "asked_only"]

    conversation.hear("How much is the hall?")
    for outcome, status in (("asked_only", "done"), ("booked", "done"), ("paid", "refused")):
        assert (await called(conversation, tool, Partner(None), outcome=outcome))["status"] == status
    events: list[CallEvent] = conversation.state.journal.events
    kept: dict[str, Any] = dict.fromkeys(CallRecord.__dataclass_fields__)
    record = CallRecord(**kept | {"events": tuple(events), "outcome": "QUESTION_ANSWERED"})
    assert (record.stated_outcome, record.outcome) == ("booked", "QUESTION_ANSWERED")
    assert (await conversation.call("time"))["answer"].startswith("It is ")
