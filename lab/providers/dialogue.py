"""One turn of a conversation by the playbook: what the scripted model says or calls next."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from lab.providers import wording
from lab.providers.content import command_words
from lab.providers.corrections import corrected
from lab.providers.matching import LITERAL, Intent, Match, Matcher
from lab.providers.names import name_in
from lab.providers.slots import Slot, phone_in, piece_of_number, read
from shared.domain.template import ROUTE, move_tool

GREETING = "How can I help you?"
_WHAT_TO_CHANGE = "What should I change?"
_LEFT = "All right, never mind that then."
_LOOK_UP = "look_up"
_GO_ON = "Yes, go on."
_CERTAIN = 0.4
_VERY_CERTAIN = 0.5


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Call:
    tool: str
    arguments: dict[str, Any]
    before: str = ""
    """What the agent says before it."""


@dataclass
class Pending:
    """A tool whose arguments the agent still collects."""

    intent: Intent
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    left_out: set[str] = field(default_factory=set[str])
    awaited: str | None = None
    """The slot that the agent asked for."""
    again: bool = False
    pieces: list[str] = field(default_factory=list[str])
    """What the caller has said of a number that isn't whole yet."""


@dataclass
class Confirming:
    """A tool call that the agent has read back; it waits for the caller's yes."""

    tool: str
    arguments: dict[str, Any]
    question: str
    changing: bool = False


@dataclass
class Conversation:
    """The conversation's state when the caller speaks."""

    book: dict[str, Any]
    tools: dict[str, dict[str, Any]]
    """JSON schemas of the tools that may be called."""
    spoken: str = ""
    """The agent's last words."""
    pending: Pending | None = None
    confirming: Confirming | None = None
    moved: bool = False
    """The agent entered this node for the present utterance, so it doesn't move again because of it."""


def turn(now: Conversation, said: str, matcher: Matcher) -> Say | Call:
    """Answers one turn of the caller, and updates `now`."""
    if now.confirming is not None and wording.cancels(said):
        now.confirming = None
        if not (said := wording.without_cancelling(said)):
            return Say(_LEFT)
    possible = _possible(now)
    match = matcher.best(said, now.book["intents"], possible)
    if now.confirming is not None:
        if (done := _confirmed(now, now.confirming, said, match)) is not None:
            return done
    elif now.pending is not None and now.pending.awaited is not None:
        if (done := _answered(now, now.pending, said, match)) is not None:
            return done
    elif wording.is_bare(said) and not wording.act_of(said):
        match = _meant_by_yes_or_no(now, said, matcher)
        if match is None:
            return Say(GREETING)
    if wording.greets(said) and (match is None or match.score < LITERAL):
        return Say(GREETING)
    several = matcher.requests(said, now.book["intents"])
    return _both(now, [each for each in several if each.intent["name"] in possible]) or _wished(now, match, said)


def _possible(now: Conversation) -> set[str]:
    """The names of the intents whose tool is offered, or that need none."""
    return {
        intent["name"]
        for intent in now.book["intents"]
        if (tool := _tool_of(intent)) is None
        or (tool in now.tools and not (now.moved and ("go" in intent or "route" in intent)))
    }


def _tool_of(intent: Intent) -> str | None:
    if "route" in intent:
        return ROUTE
    return move_tool(intent["go"]) if "go" in intent else intent.get("tool")


def _both(now: Conversation, several: list[Match]) -> Say | Call | None:
    """Answers what was asked in one breath, and begins the first thing that is to be done. None: there is nothing."""
    replies = [_without_offer(match.intent["reply"]) for match in several if "reply" in match.intent]
    wish = next((match for match in several if "reply" not in match.intent), None)
    if wish is None:
        return Say(" ".join(replies)) if replies else None
    done = _wished(now, wish, wish.part)
    said = " ".join(replies)
    if isinstance(done, Call):
        return replace(done, before=said)
    return Say(f"{said} {done.text}".strip())


def _without_offer(reply: str) -> str:
    """Without the question at its end, which another answer follows."""
    *sentences, last = re.split(r"(?<=[.?!])\s+", reply.strip())
    return " ".join(sentences) if sentences and last.endswith("?") else reply


def _wished(now: Conversation, match: Match | None, said: str) -> Say | Call:
    intent = {"reply": now.book["unknown"]} if match is None else match.intent
    if "reply" in intent:
        # what neither an intent nor a fact answers may stand in the tenant's documents
        look_up = intent["reply"] == now.book["unknown"] and _LOOK_UP in now.tools
        return Call(_LOOK_UP, {"question": said}) if look_up else Say(intent["reply"])
    tool = _tool_of(intent)
    assert tool is not None
    if "go" in intent:
        return Call(tool, {})
    if "route" in intent:
        return Call(tool, {"template": intent["route"], "wish": said[:300]})
    now.confirming = None
    now.pending = Pending(intent)
    _collect(now.pending, said, awaited=None)
    return _proceed(now, now.pending)


def _collect(pending: Pending, said: str, awaited: Slot | None) -> None:
    """Fills the missing slots from the utterance. `awaited`: the slot that the agent asked for."""
    command = command_words(pending.intent)
    for slot in pending.intent.get("slots", []):
        known = slot["name"] in pending.values and slot["kind"] != "digits"
        if known or (awaited is not None and slot["kind"] == "text" and slot is not awaited):
            continue
        if slot.get("always_ask") and slot is not awaited:
            continue
        value = read(slot, said, answering=slot is awaited, command=command, required=slot.get("ask") is not None)
        if value is not None:
            pending.values[slot["name"]] = value


def _proceed(now: Conversation, pending: Pending, before: str = "") -> Say | Call:
    """Asks for the next missing slot, or calls the tool."""
    for slot in pending.intent.get("slots", []):
        if slot.get("ask") and slot["name"] not in pending.values and slot["name"] not in pending.left_out:
            pending.again = pending.awaited == slot["name"]
            pending.awaited = slot["name"]
            return Say(f"{before}{slot['ask']}")
    pending.awaited = None
    tool = pending.intent["tool"]
    known = now.tools[tool].get("properties")
    values = {k: v for k, v in pending.values.items() if known is None or k in known}
    return Call(tool, values)


def _answered(now: Conversation, pending: Pending, said: str, match: Match | None) -> Say | Call | None:
    """Handles the answer to a slot's question. None: the caller wants something else."""
    slot = next(s for s in pending.intent["slots"] if s["name"] == pending.awaited)
    if wording.cancels(said):
        now.pending = None
        return Say(_LEFT)
    if slot["kind"] != "yes_no" and wording.refuses(said) and not wording.act_of(said):
        if slot["name"] in now.tools[pending.intent["tool"]].get("required", []):
            now.pending = None
            return Say(_LEFT)
        pending.left_out.add(slot["name"])
        return _proceed(now, pending)
    if match is not None and match.intent is not pending.intent and _interrupts(slot, said, match):
        if "reply" in match.intent:
            return _proceed(now, pending, before=f"{match.intent['reply']} ")
        now.pending = None
        return None
    if slot["kind"] == "phone" and piece_of_number(said) and (pending.pieces or phone_in(said) is None):
        pending.pieces.append(said)
        said = " ".join(pending.pieces)
    _collect(pending, said, awaited=slot)
    if slot["name"] not in pending.values and pending.pieces and piece_of_number(said):
        return Say(_GO_ON)
    if slot["name"] not in pending.values and pending.again:
        # the agent asked twice: it takes any words as a name or a time, and leaves a number out
        if slot["kind"] in ("name", "time"):
            pending.values[slot["name"]] = said.strip(" .")
        else:
            pending.left_out.add(slot["name"])
    unclear = slot["name"] not in pending.values and slot["name"] not in pending.left_out
    return _proceed(now, pending, before="Sorry, once more: " if unclear else "")


def _interrupts(slot: Slot, said: str, match: Match) -> bool:
    if "farewell" in wording.act_of(said) and match.score >= _CERTAIN:
        return True
    if slot["kind"] == "text":
        return match.score >= _VERY_CERTAIN and wording.is_question(said)
    answers = read(slot, said, answering=slot["kind"] == "digits") is not None
    return match.score >= _CERTAIN and not answers and len(said.split()) > 2


def _confirmed(now: Conversation, confirming: Confirming, said: str, match: Match | None) -> Say | Call | None:
    """Handles the answer to a read-back. None: the caller wants something else."""
    if wording.is_yes(said) and not (wording.corrects(said) and not wording.is_bare(said)):
        return Call(confirming.tool, confirming.arguments)
    intent = intent_of(now.book, confirming.tool, confirming.arguments)
    slots: list[Slot] = intent.get("slots", []) if intent is not None else []
    if intent is not None and (wording.corrects(said) or confirming.changing or _introduces(said)):
        changed = corrected(confirming.arguments, slots, said, command_words(intent))
        if changed != confirming.arguments:
            return Call(confirming.tool, changed)
    if match is not None and match.intent is not intent and match.score >= _CERTAIN:
        return None
    if wording.is_no(said):
        confirming.changing = True
        return Say(_WHAT_TO_CHANGE)
    return Say(confirming.question)


def intent_of(book: dict[str, Any], tool: str, arguments: dict[str, Any]) -> Intent | None:
    """The intent that a call of the tool came from: of several, the one whose slots have most of its arguments."""

    def shared(intent: Intent) -> int:
        return len({slot["name"] for slot in intent.get("slots", [])} & arguments.keys())

    return max((i for i in book["intents"] if i.get("tool") == tool), key=shared, default=None)


def _introduces(said: str) -> bool:
    """Whether it gives a name or a number: that corrects even without a "no"."""
    return name_in(said) is not None or phone_in(said) is not None


def _meant_by_yes_or_no(now: Conversation, said: str, matcher: Matcher) -> Match | None:
    """A yes accepts the agent's offer; a no to "anything else?" is a goodbye."""
    if wording.is_no(said):
        if not wording.asks_for_more(now.spoken):
            return None
        return matcher.best("Goodbye, that's all.", now.book["intents"], _possible(now))
    if not wording.offers(now.spoken):
        return None
    offer = re.split(r"(?<=[.?!])\s+", now.spoken.strip())[-1]
    doing = {intent["name"] for intent in now.book["intents"] if "reply" not in intent}
    return matcher.best(offer, now.book["intents"], _possible(now) & doing)
