"""Decides what a tool's wish to write a row comes to: repeat it, wait, write it, or nothing (PT-64). Pure."""

from dataclasses import dataclass
from typing import Any

from shared.domain.conversation import Conversation, ReadBack, RequestTaken
from shared.domain.language.text import words
from shared.domain.language.yes_no import confirms


@dataclass(frozen=True)
class Repeated:
    """The same row was taken before."""

    earlier: RequestTaken


@dataclass(frozen=True)
class Wait:
    """Another read-back of this turn is pending: the caller answers that one first."""

    pending: ReadBack


@dataclass(frozen=True)
class Confirm:
    """The caller must hear it, and say yes."""


@dataclass(frozen=True)
class Agreed:
    """The caller has said yes to exactly this."""

    read_back: ReadBack


Decision = Repeated | Wait | Confirm | Agreed


def decide(conversation: Conversation, row_kind: str, fields: dict[str, Any]) -> Decision:
    """The words of `fields` may be spelled otherwise than they were read back, not changed."""
    for earlier in conversation.requests:
        if earlier.row_kind == row_kind and _same(earlier.fields, fields):
            return Repeated(earlier)
    pending = conversation.read_back
    if pending is not None and pending.at_turn == conversation.caller_turns:
        return Wait(pending)
    if pending is None or pending.row_kind != row_kind or not _same(pending.fields, fields):
        return Confirm()
    return Agreed(pending) if _agreed(conversation, pending) else Confirm()


def _agreed(conversation: Conversation, pending: ReadBack) -> bool:
    """Whether the caller heard all of it, and said yes to it and to nothing else.

    In the next turn or the one after: they may have asked "what?" first, and the agent repeated it.
    """
    answered = conversation.answered
    return (
        1 <= conversation.caller_turns - pending.at_turn <= 2
        and answered is not None
        and not answered.interrupted
        and words(answered.text).endswith(words(pending.text))
        and confirms(conversation.last_utterance)
    )


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether they sound the same: case and punctuation don't count, a word more or less does."""

    def plain(fields: dict[str, Any]) -> dict[str, Any]:
        return {name: words(value) if isinstance(value, str) else value for name, value in fields.items()}

    return plain(one) == plain(other)
