"""OpenAI's rules for the messages of a chat request: their fields, and the order of tool calls and their answers."""

from collections.abc import Iterator
from typing import Any, cast

from lab.providers.refusals import Refusal, length, missing, named, one_of, too_long, wrong_type

_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_MOST_MESSAGES = 2048
_LONGEST_ID = 40


def message_faults(messages: Any) -> Iterator[Refusal]:
    """The rules that `messages` breaks, in the order in which OpenAI checks them."""
    if messages is None:
        yield missing("messages")
    elif not isinstance(messages, list):
        yield wrong_type("messages", "an array of objects", messages)
    else:
        listed = cast(list[Any], messages)
        yield from length("messages", listed, _MOST_MESSAGES)
        for index, message in enumerate(listed):
            yield from _message(f"messages[{index}]", index, message)
        yield from _answers(listed)


def _message(at: str, index: int, message: Any) -> Iterator[Refusal]:
    if not isinstance(message, dict):
        yield wrong_type(at, "an object", message)
        return
    known = cast(dict[str, Any], message)
    role = known.get("role")
    if role is None:
        yield missing(f"{at}.role")
    elif role not in _ROLES:
        yield one_of(f"{at}.role", role, _ROLES)
    yield from _content(at, index, known)
    if "tool_calls" in known and role == "assistant":
        yield from _calls(at, known["tool_calls"])
    if role == "tool" and not isinstance(known.get("tool_call_id"), str):
        yield missing(f"{at}.tool_call_id")


def _content(at: str, index: int, message: dict[str, Any]) -> Iterator[Refusal]:
    content = message.get("content")
    if content is None:
        # only an assistant that calls tools, or refuses, may say nothing
        if message.get("role") != "assistant" or not (message.get("tool_calls") or message.get("refusal")):
            message_text = "Invalid value for 'content': expected a string, got null."
            yield Refusal(message_text, f"messages.[{index}].content")
    elif isinstance(content, list):
        parts = cast(list[Any], content)
        yield from length(f"{at}.content", parts, None)
        for number, part in enumerate(parts):
            if not isinstance(part, dict) or "type" not in part:
                yield missing(f"{at}.content[{number}].type")
            elif part["type"] == "text" and not isinstance(cast(dict[str, Any], part).get("text"), str):
                yield missing(f"{at}.content[{number}].text")
    elif not isinstance(content, str):
        yield wrong_type(f"{at}.content", "one of a string or array of objects", content)


def _calls(at: str, calls: Any) -> Iterator[Refusal]:
    if not isinstance(calls, list):
        yield wrong_type(f"{at}.tool_calls", "an array of objects", calls)
        return
    listed = cast(list[Any], calls)
    yield from length(f"{at}.tool_calls", listed, None)
    for index, call in enumerate(listed):
        here = f"{at}.tool_calls[{index}]"
        sent = cast(dict[str, Any], call) if isinstance(call, dict) else {}
        function = cast(dict[str, Any], sent.get("function")) if isinstance(sent.get("function"), dict) else {}
        if not isinstance(sent.get("id"), str):
            yield missing(f"{here}.id")
        elif len(sent["id"]) > _LONGEST_ID:
            yield too_long(f"{here}.id", _LONGEST_ID, len(sent["id"]))
        if sent.get("type") != "function":
            yield missing(f"{here}.type")
        if not isinstance(function.get("name"), str):
            yield missing(f"{here}.function.name")
        else:
            yield from named(f"{here}.function.name", function["name"])
        if not isinstance(function.get("arguments"), str):
            yield wrong_type(f"{here}.function.arguments", "a string", function.get("arguments"))


def _answers(messages: list[dict[str, Any]]) -> Iterator[Refusal]:
    """Each tool call is answered once, by the messages right after it; no other message is an answer."""
    called: list[str] = []
    answered: dict[str, int] = {}
    for index, message in enumerate(messages):
        if message.get("role") != "tool":
            yield from _unanswered(called, answered, index)
            called, answered = [str(call["id"]) for call in message.get("tool_calls") or []], {}
            continue
        answer, at = str(message.get("tool_call_id")), f"messages.[{index}]"
        if not called:
            must = "must be a response to a preceeding message with 'tool_calls'."
            yield Refusal(f"Invalid parameter: messages with role 'tool' {must}", f"{at}.role")
        elif answer not in called:
            unknown = f"'tool_call_id' of '{answer}' not found in 'tool_calls' of previous message."
            yield Refusal(f"Invalid parameter: {unknown}", f"{at}.tool_call_id")
        elif answer in answered:
            twice = f"of '{answer}', in messages[{answered[answer]}] and messages[{index}]."
            yield Refusal(f"Invalid parameter: Duplicate value for 'tool_call_id' {twice}", f"{at}.tool_call_id")
        answered[answer] = index
    yield from _unanswered(called, answered, len(messages))


def _unanswered(called: list[str], answered: dict[str, int], index: int) -> Iterator[Refusal]:
    if silent := [call for call in called if call not in answered]:
        must = "must be followed by tool messages responding to each 'tool_call_id'."
        which = f"The following tool_call_ids did not have response messages: {', '.join(silent)}"
        yield Refusal(f"An assistant message with 'tool_calls' {must} {which}", f"messages.[{index}].role")
