"""A tool: a name, arguments that are checked, and what it does with them."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from agent.tools.context import ToolContext
from shared.domain.conversation import Conversation
from shared.domain.language.deed_kinds import deed_named
from shared.domain.language.deeds import Deed
from shared.domain.language.speech_guard import Spoken, misleading
from shared.domain.language.text import speakable, words
from shared.ports import Receipt


class Arguments(BaseModel):
    """Arguments of a tool: unknown ones are dropped, texts cleaned and bounded, texts without words left out."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=2000, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        items = cast("dict[str, Any]", sent).items()
        cleaned = {name: " ".join(speakable(v).split()) if isinstance(v, str) else v for name, v in items}
        return {name: v for name, v in cleaned.items() if not isinstance(v, str) or words(v)}


Result = dict[str, Any]
"""`status` (`confirm`, `wait`, `stored`, `kept`, `refused`, `failed`, `done`) and `said`: what the tool itself says to
the caller; empty where the agent says nothing, absent where the model speaks."""


@dataclass(frozen=True)
class NotWritten:
    """The row wasn't written, for a reason that the tool tells the caller itself."""

    said: str
    failed: bool = False
    """Whether we are at fault, and not what the caller wanted: the call's outcome says so."""


@dataclass(frozen=True)
class Writing:
    """How a tool writes a row that the caller has said yes to: in any process that goes on with the call."""

    write: Callable[[ToolContext[Any], str, dict[str, Any]], Awaitable[Receipt | NotWritten]]
    """From the row's idempotency key and its fields alone, as they were read back. Raises `StoreError`."""
    stored: str | Callable[[dict[str, Any]], str]
    """What the agent says once the row is in Postgres; of the row's fields, where it names them."""
    repeatable: bool = True
    """Whether writing it again with the same key changes nothing: false of others' servers."""


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[ToolContext[Any], Any], Awaitable[Result]]
    writing: Writing | None = None
    """None: the tool reads nothing back."""
    hands_over: bool = False
    """Whether another agent answers after a result `done`."""
    once: bool = False
    """Whether it changes something without reading it back: then it runs once for the same arguments, to its end, and
    finds the effect's idempotency key in `ToolContext.effect_id` (`agent.tools.effect`)."""
    seconds: float = 10.0
    """The most that a call of it takes."""
    as_owner: bool = False
    """Whether it sends, deletes, pays or speaks in the owner's name: where the tenant has a PIN, the caller's yes needs
    that too, once a call (`agent.conversation.agreed`)."""
    needs_people: bool = False
    """Whether it is offered only where the caller may be put through to somebody."""
    does: tuple[Deed, ...] = ()
    """What it has done once its row is stored, so that the agent may say so; left out, its name tells."""

    def deeds(self, row_kind: str = "") -> frozenset[Deed]:
        """What it has done; `row_kind` tells it of a tool whose name doesn't."""
        by_verb = deed_named(self.name, by_verb=True)
        return frozenset(self.does or (by_verb or deed_named(row_kind) or deed_named(self.name) or Deed.NOTE,))

    def deeds_of(self, result: Result) -> frozenset[Deed]:
        """What this run of it has done: of a tool that reads nothing back."""
        if result["status"] == "stored":
            return self.deeds()
        found = result["status"] in ("done", "found") and self.deeds() == {Deed.LOOK_UP}
        return frozenset((Deed.LOOK_UP,)) if found else frozenset()


class Refused(Exception):
    """A `refusal`. Not the framework's own error: commands read tools, and would wait two seconds for its import."""

    def __init__(self, why: str, say: str) -> None:
        super().__init__(why)
        self.why = why
        self.say = say


def refusal(why: str, say: str) -> Refused:
    """An error that the model may mend: `why` is for the model, `say` a sentence for the caller meanwhile."""
    return Refused(why, say)


def failed(why: str, say: str) -> Result:
    """A final failure: the agent says `say`, and the model, which reads `why`, doesn't try again."""
    return {"status": "failed", "why": f"{why} Don't call it again for this.", "said": say}


def spoken_facts_of(conversation: Conversation, able: frozenset[Deed] = frozenset()) -> Spoken:
    """What the speech guard holds each sentence against. `able`: what tools of this call could do."""
    return Spoken(
        stored=conversation.stored_kinds,
        recording=conversation.recording_enabled,
        looked_up=conversation.looked_up,
        transferring=conversation.transferring,
        done=frozenset(conversation.deeds),
        fresh=conversation.nothing_asked_since,
        able=able,
    )


def has_spoken(output: str) -> bool:
    """Whether the agent has already spoken what this tool output says."""
    return output.startswith("{") and "said" in json.loads(output)


_SAY_AGAIN = "I'm sorry, I didn't get all of that. Could you tell me again?"
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def checked(tool: Tool, raw_arguments: dict[str, object], conversation: Conversation) -> Arguments:
    """The model's arguments as the tool takes them. Raises a `refusal`."""
    try:
        arguments = tool.arguments.model_validate(raw_arguments)
    except ValidationError as error:
        complaints = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        why = f"{tool.name} was not done: {complaints}. Ask the caller for what is missing."
        raise refusal(why, say=_SAY_AGAIN) from error
    for name, value in arguments:
        if isinstance(value, str) and put_in_our_mouth(value, conversation):
            raise refusal(f"{tool.name} was not done: {name} is not what the caller said.", say=_SAY_AGAIN)
    return arguments


def put_in_our_mouth(text: str, conversation: Conversation) -> bool:
    """Whether repeating `text` says what no agent may say, in words that the caller didn't use."""
    by_caller = {word for each in conversation.history if each.speaker == "caller" for word in words(each.text).split()}
    facts = spoken_facts_of(conversation)
    return any(
        misleading(sentence, facts) and not set(words(sentence).split()) <= by_caller
        for sentence in _SENTENCE_END.split(text)
    )
