"""The scripted model: finds out what the caller means and does what the node's playbook says."""

import json
from collections.abc import Mapping
from typing import Any, cast

from lab.providers.chat import ChatRequest, Reply, ToolCall, text_of
from lab.providers.dialogue import GREETING, Call, Confirming, Conversation, Pending, Say, intent_of, turn
from lab.providers.form import filled
from lab.providers.matching import Matcher
from lab.providers.meaning import Meaning
from lab.providers.opinion import opinion
from lab.providers.passages import Passages
from lab.providers.playbooks import Playbooks
from shared.domain.template import ROUTE

_DONE = "All right."
_TO_MEND = ("invalid", "missing")
"""Statuses of a tool's output after which the model goes on asking for its arguments."""


class Scripted:
    """Stateless: each request replays the conversation from its history.

    What it says and calls comes from the request and from the playbook of the role that the request's prompt names.
    """

    def __init__(self, playbooks: Playbooks | None = None) -> None:
        self.playbooks = playbooks or Playbooks()
        meaning = Meaning()
        self._matcher, self._passages = Matcher(meaning), Passages(meaning)

    def load(self) -> None:
        self._matcher.load(self.playbooks.examples())

    def reply(self, request: ChatRequest) -> Reply:
        messages = request.messages
        if request.schema is not None:
            return Reply(json.dumps(filled(request)))
        if judged := opinion(messages):
            return Reply(judged)
        results = _trailing_results(messages)
        entered = bool(results) and _leads_on(_call_of(messages, results[-1])[0])
        if results and not entered:
            arguments, output = _call_of(messages, results[-1])[1], _parsed(text_of(results[-1]))
            if found := output.get("passages"):
                return Reply(
                    self._passages.answer(str(arguments.get("question")), found) or str(output.get("otherwise"))
                )
            return Reply(_to_say(text_of(results[-1])))
        book = self.playbooks.book_for(messages)
        history = [m for m in messages if m["role"] not in ("system", "developer")]
        if book is None or not any(m["role"] == "user" for m in history):
            return Reply(GREETING)
        if history[-1]["role"] == "assistant":
            return Reply(GREETING)
        conversation = Conversation(_of_these(book, request.tools), request.tools)
        done = self._played(conversation, history)
        if entered and isinstance(done, Say) and done.text == book["unknown"]:
            return Reply(_said_by(text_of(results[-1])) or GREETING)
        if isinstance(done, Call):
            return Reply(done.before, (ToolCall(done.tool, json.dumps(done.arguments)),))
        return Reply(done.text)

    def _played(self, now: Conversation, history: list[dict[str, Any]]) -> Say | Call:
        """Replays all turns since the agent entered this node; returns what the last one leads to."""
        done: Say | Call = Say(GREETING)
        utterances: list[str] = []
        start = _start(history)
        now.spoken = next((text_of(m) for m in reversed(history[:start]) if m["role"] == "assistant"), "")
        for index in range(start, len(history)):
            message = history[index]
            if message["role"] == "user":
                utterances.append(text_of(message))
                if index + 1 == len(history) or history[index + 1]["role"] != "user":
                    now.moved = index + 1 < len(history) and _moves(history[index + 1])
                    done = turn(now, " ".join(utterances), self._matcher)
                    utterances = []
            elif message["role"] == "assistant":
                now.spoken = text_of(message) or now.spoken
            elif message["role"] == "tool":
                _take_result(now, history[: index + 1])
        return done


def _of_these(book: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Without the intents whose tool isn't offered in this call."""
    intents = [each for each in book["intents"] if each.get("tool") is None or each["tool"] in tools]
    return book if len(intents) == len(book["intents"]) else {**book, "intents": intents}


def _start(history: list[dict[str, Any]]) -> int:
    """The index of the first message of the turn that led into this node."""
    entered = next((i for i in range(len(history) - 1, -1, -1) if _moves(history[i])), None)
    if entered is None:
        return 0
    while entered > 0 and history[entered]["role"] != "user":
        entered -= 1
    while entered > 0 and history[entered - 1]["role"] == "user":
        entered -= 1
    return entered


def _moves(message: dict[str, Any]) -> bool:
    calls = message.get("tool_calls") or []
    return any(_leads_on(call["function"]["name"]) for call in calls)


def _leads_on(tool: str) -> bool:
    """Whether another node answers after this tool."""
    return tool.startswith("go_to_") or tool == ROUTE


def _trailing_results(messages: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for message in reversed(messages):
        if message["role"] == "tool":
            results.insert(0, message)
        elif message["role"] not in ("system", "developer"):
            break
    return results


def _call_of(messages: Any, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and the arguments of the call that a tool message answers."""
    for message in reversed(messages):
        for call in message.get("tool_calls") or []:
            if call.get("id") == result.get("tool_call_id"):
                try:
                    arguments = json.loads(call["function"].get("arguments") or "{}")
                except ValueError:
                    arguments = {}
                return call["function"]["name"], arguments if isinstance(arguments, dict) else {}
    return "", {}


def _take_result(now: Conversation, until: list[dict[str, Any]]) -> None:
    """Updates the conversation's state by the output of a tool."""
    result = until[-1]
    tool, arguments = _call_of(until, result)
    if _leads_on(tool):
        return
    output = _parsed(text_of(result))
    now.spoken = _to_say(text_of(result))
    if output.get("status") == "confirm":
        now.pending, now.confirming = None, Confirming(tool, arguments, now.spoken)
        return
    now.confirming = None
    pending, now.pending = now.pending, None
    if output.get("status") in _TO_MEND and (slot := output.get("slot")):
        intent = intent_of(now.book, tool, arguments)
        if intent is not None and any(s["name"] == slot for s in intent.get("slots", [])):
            left_out = pending.left_out if pending is not None else set[str]()
            values = {name: value for name, value in arguments.items() if name != slot}
            now.pending = Pending(intent, values, left_out, awaited=slot)


def _parsed(output: str) -> dict[str, Any]:
    try:
        parsed = json.loads(output)
    except ValueError:
        return {}
    return cast(dict[str, Any], parsed) if isinstance(parsed, dict) else {}


def _read_out(answer: Any) -> str:
    """What a function answered, as a sentence."""
    if isinstance(answer, dict):
        named = cast(dict[str, Any], answer).items()
        return ", ".join(f"the {name.split('.')[-1].replace('_', ' ')} is {_read_out(value)}" for name, value in named)
    if isinstance(answer, list):
        return ", ".join(_read_out(each) for each in cast(list[Any], answer))
    return "not known" if answer is None else str(answer)


def _said_by(output: str) -> str:
    return str(_parsed(output).get("say") or "")


def _to_say(output: str) -> str:
    """The sentence in a tool's output; a plain text is the sentence itself."""
    parsed = _parsed(output)
    for key in ("said", "say"):
        if key in parsed:
            return str(parsed[key] or "")
    if "answer" in parsed:
        return _read_out(parsed["answer"])
    plain = output.strip()
    return _DONE if parsed or not plain or plain[0] in '{["' or plain in ("null", "None") else plain[:600]
