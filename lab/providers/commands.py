"""Finds the intent of a command whose content says nothing of it: "remind me to …" with whatever is to be done.

Its meaning as a whole is mostly that of the content, so such an utterance is compared with the examples by what is done
(add, finish, delete …) and to what (a list, a calendar, a note …). Only where an intent takes whole sentences.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

_MUST = r"\bi(?:'ve| have)?(?: really| still| just| also)? (?:need to|have to|got to|gotta|must|should|ought to)\b"

SIGNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.I)
    for name, pattern in {
        "add": (
            rf"^(?!.*\b(?:what|which)\b).*{_MUST}|\b(?:add|create|new|another one|remind me (?!what|which|of what)"
            r"|reminder (?:to|that|for|about)|set up|put .+ (?:on|in|onto|down)\b|let me forget|don't forget"
            r"|remember (?:to|that)|schedule (?!for)|book (?:me )?an?\b|block|enter|jot|write (?:it |that |this )?down"
            r"|make a note|take a note|take down|note (?:that|down|to)|save)\b"
        ),
        "show": (
            r"\b(?:what|which|what's|how many|read|show|tell me|anything|go (?:through|over)|do i have|have i got"
            r"|am i|run through|remind me (?:what|which|of what)|when(?:'s| is))\b"
        ),
        "finish": (
            r"\b(?:i(?:'ve| have)?|we(?:'ve| have)?)(?: just| already| finally)* (?!need|have|must|should|got|want"
            r"|would|do\b|am|\w+ to\b)(?:done|did|finished|completed|\w+ed|bought|sent|paid|made|wrote|read"
            r"|took|got|went)\b"
            r"|\b(?:mark|tick|check|cross)\b|\bcomplete\b"
            r"|\b(?:is|are|was|been|'s) (?:all )?(?:done|finished|complete|sorted|taken care of|dealt with|over"
            r"|settled)\b|\bdone with\b|\b(?:as|it'?s) (?:done|complete|finished)\b"
        ),
        "rename": (
            r"\b(?:rename|retitle|reword|edit|(?:change|alter|update) .+ (?:to|into|so)\b"
            r"|change the (?:name|title|wording)|should (?:be|say|read)|be called|call .+ instead|different title)\b"
        ),
        "delete": (
            r"\b(?:delete|remove|erase|cancel|drop|scratch|clear|wipe|get rid of|throw .+ (?:out|away)|take .+ off"
            r"|strike|(?:don't|do not|no longer) need)\b"
        ),
        "send": r"\b(?:send|text|message|let .+ know|tell (?!me\b)\w+"
        r"|write (?:to )?(?!down|that|this|it)\w+|reply|answer)\b",
        "find": r"\b(?:find|search|look (?:up|for)|recall|remember (?!to|that)"
        r"|did i (?:say|note|write|tell)|where did)\b",
        "a task": r"\b(?:tasks?|to[- ]?dos?|lists?|reminders?|remind|jobs?|chores?|left|still open|open tasks)\b",
        "a date": (
            r"\b(?:calendar|appointments?|meetings?|schedule|diary|agenda|events?|busy|free|booked|o'?clock|[ap]\.?m\b)"
        ),
        "a note": r"\b(?:notes?|noted|notebook|jot|wrote|written)\b",
        "a mail": r"\b(?:e-?mails?|mails?|inbox|mailbox)\b",
        "a message": r"\b(?:messages?|text|sms|let .+ know|tell (?!me\b)\w+)\b",
        "the time": r"\bwhat(?:'s| is) the (?:time|date)\b|\bwhat (?:time|day|date) is it\b|\bwhich day\b",
    }.items()
}
_VAGUE = frozenset(("show", "find"))
"""Signs of every question: by themselves they are no command."""
_LEAST = 0.1
_OBJECT = 1.2
"""What something is done to tells more than what is done: "add" and "put" are said of everything."""


def signs_in(said: str) -> frozenset[str]:
    return frozenset(name for name, pattern in SIGNS.items() if pattern.search(said.replace("’", "'")))


def takes_sentences(intents: Sequence[dict[str, Any]]) -> bool:
    return any(slot["kind"] == "sentence" for intent in intents for slot in intent.get("slots", ()))


def commanded(said: str, intents: Sequence[dict[str, Any]], possible: Collection[str] | None) -> dict[str, Any] | None:
    """The intent whose examples show the signs of the utterance, more than the others' do; None where none does."""
    signs = signs_in(said)
    if signs <= _VAGUE or not takes_sentences(intents):
        return None
    shares = {intent["name"]: _shares(intent["examples"]) for intent in intents}

    def score(intent: dict[str, Any]) -> float:
        others = [shares[each["name"]] for each in intents if each is not intent]
        own, total = shares[intent["name"]], 0.0
        for sign in signs:
            elsewhere = sum(each[sign] for each in others) / max(len(others), 1)
            total += (own[sign] - elsewhere) * (_OBJECT if sign.startswith(("a ", "the ")) else 1.0)
        return total

    tools = [each for each in intents if "tool" in each and (possible is None or each["name"] in possible)]
    best = max(tools, key=score, default=None)
    return best if best is not None and score(best) >= _LEAST else None


def _shares(examples: Sequence[str]) -> dict[str, float]:
    found = [signs_in(example) for example in examples]
    return {name: sum(name in each for each in found) / len(found) for name in SIGNS}
