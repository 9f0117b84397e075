"""How a conversation comes to a node, and what the node's model knows then of what was said before."""

from dataclasses import dataclass, field
from typing import Any, Literal

from livekit.agents import Agent, llm

from shared.domain.conversation import Conversation


@dataclass(frozen=True)
class Arrival:
    """The way into a node."""

    why: str = "start"
    """The function that led here; `start`, `danger`, or `key`: the call's traversal has it."""
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    previous: Agent | None = None
    """Whose conversation the node goes on with: it answers what the caller said last, without their asking again."""
    context: Literal["fresh", "full"] = "full"
    """How much of that conversation its model reads: `fresh` is the caller's last words and what led here."""
    opening: str = ""
    """What the agent says first, where it goes on with no other node's conversation."""


def said_before(arrival: Arrival) -> llm.ChatContext | None:
    """The history of a node that goes on with another one's; None where it goes on with none."""
    if arrival.previous is None:
        return None
    # the other node's tool calls stay in the history: they show what was done, and why this node was entered
    history = arrival.previous.chat_ctx.copy(exclude_instructions=True, exclude_handoff=True)
    if arrival.context == "fresh":
        history.items = _since_their_last_words(history.items)
    return history


def said_so_far(conversation: Conversation) -> llm.ChatContext:
    """What an earlier agent of the call and the caller have said; empty at the beginning of a call."""
    said = llm.ChatContext.empty()
    for each in conversation.history:
        said.add_message(role="user" if each.speaker == "caller" else "assistant", content=each.text)
    return said


def _since_their_last_words(items: list[llm.ChatItem]) -> list[llm.ChatItem]:
    """From the first of the caller's newest messages in a row; all where they have said nothing."""

    def is_caller(item: llm.ChatItem) -> bool:
        return isinstance(item, llm.ChatMessage) and item.role == "user"

    last = next((index for index in range(len(items) - 1, -1, -1) if is_caller(items[index])), 0)
    while last > 0 and is_caller(items[last - 1]):
        last -= 1
    return items[last:]
