"""The sloppy model: seeded, and every kind of slip is made."""

import json
from typing import Any

from lab.providers.chat import ChatRequest, Reply, ToolCall
from lab.providers.sloppy import Sloppy

TOOLS: dict[str, dict[str, Any]] = {"request_callback": {}, "end_call": {}, "go_to_care": {}}
ARGUMENTS = {"name": "Ada Quinn", "number": "3125550178", "reason": "my mom, she wants to talk about the choir"}


class Fair:
    """Gives the same reply to everything."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def reply(self, request: ChatRequest) -> Reply:
        return self._reply


def replies(fair: Reply, seed: int = 0, *before: dict[str, Any]) -> list[Reply]:
    model = Sloppy(seed, Fair(fair))
    return [model.reply(ChatRequest(({"role": "user", "content": f"turn {n}"}, *before), TOOLS)) for n in range(200)]


def call(tool: str, **arguments: str) -> Reply:
    return Reply(calls=(ToolCall(tool, json.dumps(arguments)),))


def test_given_a_seed_then_it_slips_the_same_again_and_another_does_not() -> None:
    fair = call("request_callback", **ARGUMENTS)
    assert replies(fair, 1) == replies(fair, 1)
    assert replies(fair, 1) != replies(fair, 2)


def test_given_words_then_most_are_kept_and_some_are_blank_or_off_topic() -> None:
    made = [reply.text for reply in replies(Reply("We meet at ten."))]
    assert any(not text.strip() for text in made)
    assert any(text.strip() and "We meet at ten." not in text for text in made)
    assert sum("We meet at ten." in text for text in made) > len(made) / 2


def test_given_a_tool_call_then_it_is_reworded_doubled_forgotten_or_chatted_before() -> None:
    made = replies(call("request_callback", **ARGUMENTS))
    sent = [json.loads(each.arguments) for reply in made for each in reply.calls if each.name == "request_callback"]
    assert any(arguments.get("reason") not in (None, ARGUMENTS["reason"]) for arguments in sent)
    assert any(len(reply.calls) == 2 for reply in made)
    assert any(reply.calls and reply.text.strip() for reply in made)
    assert any(reply.calls and reply.text and not reply.text.strip() for reply in made)
    assert any(not reply.calls for reply in made)


def test_given_a_read_back_then_the_second_call_is_often_forgotten() -> None:
    asked = {
        "role": "assistant",
        "tool_calls": [{"id": "c", "function": {"name": "request_callback", "arguments": "{}"}}],
    }
    answer = {"role": "tool", "tool_call_id": "c", "content": '{"status": "confirm"}'}
    forgotten = sum(not reply.calls for reply in replies(call("request_callback", **ARGUMENTS), 0, asked, answer))
    assert 60 < forgotten < 140


def test_given_a_goodbye_then_it_is_often_said_without_the_tool() -> None:
    made = replies(call("end_call"))
    assert 60 < sum(not reply.calls for reply in made) < 140
