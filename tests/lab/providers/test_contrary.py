"""The contrary model: seeded and bounded."""

from datetime import datetime
from typing import Any

from lab.providers.chat import ChatRequest, Reply
from lab.providers.contrary import FORBIDDEN, Contrary
from shared.domain.result import ResultField, Talk, json_schema, values_of

TOOLS: dict[str, dict[str, Any]] = {
    "submit_prayer_request": {"properties": {"prayer": {"type": "string"}}},
    "end_call": {"properties": {}},
}


def replies(seed: int, count: int = 200) -> list[Reply]:
    model = Contrary(seed)
    said = [({"role": "user", "content": f"turn {n}"},) for n in range(count)]
    return [model.reply(ChatRequest(messages, TOOLS)) for messages in said]


def test_given_a_seed_then_it_does_the_same_again_and_another_does_not() -> None:
    assert replies(1) == replies(1)
    assert replies(1) != replies(2)


def test_given_many_turns_then_all_kinds_of_trouble_are_made() -> None:
    made = replies(3)
    calls = [call for reply in made for call in reply.calls]
    assert any(reply.text in FORBIDDEN for reply in made)
    assert {call.name for call in calls} > set(TOOLS)  # unknown ones too
    assert any(len(call.arguments) > 10_000 for call in calls)
    assert any(call.arguments.endswith("cut off") for call in calls)
    assert any(len(reply.calls) == 2 for reply in made)


def test_given_two_calls_in_a_row_then_it_speaks() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "end_call", "arguments": "{}"}}
    step = ({"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "c", "content": "{}"})
    for seed in range(50):
        messages = ({"role": "user", "content": "hello"}, *step, *step)
        assert Contrary(seed).reply(ChatRequest(messages, TOOLS)).calls == ()


def test_given_no_tools_then_it_only_talks() -> None:
    assert all(Contrary(s).reply(ChatRequest(({"role": "user", "content": "a"},), {})).calls == () for s in range(50))


def test_given_a_form_then_whatever_it_writes_becomes_values_of_the_fields_or_is_refused() -> None:
    kinds: dict[Any, tuple[type, ...]] = {"text": (str,), "number": (int, float), "yes_no": (bool,), "date": (str,)}
    fields = [ResultField(name=kind, type=kind, description="x") for kind in kinds]
    talk = Talk((("caller", "My card is [card number]."),), datetime(2026, 11, 28))
    said = ({"role": "system", "content": ""}, {"role": "user", "content": "Transcript:"})
    refused = 0
    for seed in range(300):
        answer = Contrary(seed).reply(ChatRequest(said, {}, json_schema(fields))).text
        try:
            found = values_of(fields, answer, talk)
        except ValueError:
            refused += 1
            continue
        assert found.keys() == kinds.keys() and "4111" not in str(found), answer
        assert all(value is None or isinstance(value, kinds[name]) for name, value in found.items()), answer
        assert not isinstance(found["number"], bool), answer
    assert 10 < refused < 150
