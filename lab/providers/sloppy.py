"""The sloppy model: it understands as the scripted one does and means well, and slips as hurried models do."""

import json
import random
import re
from typing import Any

from lab.providers.chat import ChatRequest, Model, Reply, ToolCall, text_of

_CHAT = (
    "Of course, one moment please.",
    "Sure thing, let me take care of that.",
    "Absolutely, I'd be happy to help you with that.",
    "Okay, just a second.",
)
_INSTEAD_OF_A_TOOL = ("Okay, great.", "Thank you for confirming.", "Wonderful, thanks so much.", "Alright then.")
_INSTEAD_OF_END_CALL = ("Goodbye, and have a lovely day!", "You're welcome. Take care, bye!", "Thanks for calling.")
_OFF_TOPIC = (
    "Honey never spoils, isn't that interesting?",
    "Speaking of which, the weather has been lovely lately.",
    "Did you know that octopuses have three hearts?",
    "I always find Tuesdays a bit slow, don't you?",
)
_BLANKS = ("", " ", "\n\n", " \n ")
_SYNONYMS = (
    ("dad", "father"),
    ("mom", "mother"),
    ("kid", "child"),
    ("about", "regarding"),
    ("because", "since"),
    ("really", "very"),
    ("broke", "has broken"),
    ("starts", "is starting"),
    ("wants", "would like"),
    ("next", "the coming"),
    ("in the hospital", "hospitalised"),
    ("renting", "the rental of"),
)
_LEADS = ("", "", "For ", "Prayer for ", "The caller says: ", "Regarding ")
_TITLES = ("", "", "Ms. ", "Mr. ")


class Sloppy:
    """Seeded: the same seed slips in the same way at the same place of the same conversation."""

    def __init__(self, seed: int, fair: Model) -> None:
        self._seed = seed
        self._fair = fair

    def reply(self, request: ChatRequest) -> Reply:
        fair = self._fair.reply(request)
        said = [text_of(m) for m in request.messages if m["role"] == "user"]
        chance = random.Random(f"{self._seed}/{len(request.messages)}/{said[-1] if said else ''}")
        return _called(fair, request, chance) if fair.calls else Reply(_spoken(fair.text, chance))


def _spoken(text: str, chance: random.Random) -> str:
    slip = chance.random()
    if slip < 0.08:
        return chance.choice(_BLANKS)
    if slip < 0.16:
        return chance.choice(_OFF_TOPIC)
    if slip < 0.24:
        return f"{text} {chance.choice(_OFF_TOPIC)}"
    return text


def _called(fair: Reply, request: ChatRequest, chance: random.Random) -> Reply:
    call = fair.calls[0]
    if call.name == "end_call" and chance.random() < 0.5:
        return Reply(chance.choice(_INSTEAD_OF_END_CALL))
    if chance.random() < (0.5 if _asked_for_a_yes(request, call.name) else 0.08):
        return Reply(chance.choice(_INSTEAD_OF_A_TOOL))
    calls = [ToolCall(call.name, _reworded(call.arguments, chance))]
    if chance.random() < 0.15:
        # two at once, as from a provider that doesn't heed `parallel_tool_calls`
        other = chance.choice([call.name, *(name for name in sorted(request.tools) if not name.startswith("go_to_"))])
        arguments = _reworded(call.arguments, chance) if other == call.name else "{}"
        calls.insert(chance.randrange(2), ToolCall(other, arguments))
    before = chance.random()
    text = chance.choice(_CHAT) if before < 0.35 else chance.choice(_BLANKS) if before < 0.5 else ""
    return Reply(text, tuple(calls))


def _asked_for_a_yes(request: ChatRequest, tool: str) -> bool:
    """Whether the tool's last call asked the caller for a yes."""
    names = {call["id"]: call["function"]["name"] for m in request.messages for call in m.get("tool_calls") or []}
    answers = [m for m in request.messages if m["role"] == "tool" and names.get(m.get("tool_call_id", "")) == tool]
    return bool(answers) and '"confirm"' in text_of(answers[-1])


def _reworded(arguments: str, chance: random.Random) -> str:
    """The same meaning in other words: no model repeats itself to the letter."""
    sent: dict[str, Any] = json.loads(arguments)
    return json.dumps({name: _other_words(name, value, chance) for name, value in sent.items()})


def _other_words(name: str, value: Any, chance: random.Random) -> Any:
    if not isinstance(value, str) or chance.random() < 0.3:
        return value
    if re.fullmatch(r"\+?[\d\s()-]{7,}", value):
        return chance.choice((value, " ".join(value), re.sub(r"(\d{3})(\d{3})(\d{4})$", r"\1-\2-\3", value)))
    if "name" in name:
        return chance.choice((value, value.lower(), f"{chance.choice(_TITLES)}{value}", f"{value}."))
    for word, other in _SYNONYMS:
        if chance.random() < 0.7:
            value = re.sub(rf"\b{word}\b", other, value)
    lead = chance.choice(_LEADS)
    return f"{lead}{value[:1].lower() if lead else value[:1]}{value[1:]}{chance.choice(('', '.', ', please'))}"
