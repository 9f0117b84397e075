"""Keeps the secrets of callers (card numbers, social security numbers …) from all that comes after the recogniser.

What is recognised is masked before the framework has it; a turn is masked once more as a whole, as a number may be
given in pieces, and turns before it where they turn out to have begun one. The recording loses that stretch.
"""

from collections.abc import AsyncIterable, AsyncIterator
from itertools import takewhile

from livekit.agents import llm
from livekit.agents.stt import SpeechEvent, SpeechEventType

from agent.conversation.state import CallState
from shared.domain.language.secrets import Masked, kinds_in, masked

BEFORE_SECONDS = 0.5
"""A recogniser dates words a little late."""
_TURNS = 8
"""A number is given in so many pieces at most."""


async def without_secrets(
    events: AsyncIterable[SpeechEvent | str], state: CallState
) -> AsyncIterator[SpeechEvent | str]:
    """What the recogniser hears, with secrets masked in what is final."""
    heard: list[str] = []
    turns = state.conversation.caller_turns
    async for event in events:
        if isinstance(event, SpeechEvent) and event.type is SpeechEventType.FINAL_TRANSCRIPT and event.alternatives:
            if state.conversation.caller_turns != turns:
                heard, turns = [], state.conversation.caller_turns
            words = event.alternatives[0]
            state.hears(words)
            found = _masked(words.text, state, heard)
            heard = [*found.earlier[len(found.earlier) - len(heard) :], found.text]
            if found.kinds:
                words.text, words.words = found.text, None
                _take_out(found, state)
        yield event


def keep_private(turn: llm.ChatMessage, earlier: llm.ChatContext, state: CallState) -> str:
    """Mask the caller's turn, and those before it that it completes, wherever they are kept; gives the turn's text."""
    before = _said_before(state)
    found = _masked(turn.text_content or "", state, [])
    if found.kinds:
        turn.content = [found.text]
        _take_out(found, state)
    changed = {old: new for old, new in zip(before, found.earlier, strict=True) if old != new}
    if changed:
        state.mask_said(changed)
        for item in earlier.items:
            if isinstance(item, llm.ChatMessage) and item.role == "user" and item.text_content in changed:
                item.content = [changed[item.text_content]]
    return found.text


def private_context(chat_ctx: llm.ChatContext, state: CallState) -> llm.ChatContext:
    """What the model may see of a turn that isn't completed yet."""
    newest = chat_ctx.items[-1] if chat_ctx.items else None
    if not isinstance(newest, llm.ChatMessage) or newest.role != "user":
        return chat_ctx
    text = newest.text_content or ""
    if text and state.conversation.unanswered.endswith(text):
        # completed: `keep_private` has judged it, and it would be taken for a repetition of itself
        return chat_ctx
    found = _masked(text, state, [])
    if not found.kinds:
        return chat_ctx
    private = chat_ctx.copy()
    private.items[-1] = newest.model_copy(update={"content": [found.text]})
    return private


def _masked(text: str, state: CallState, heard: list[str]) -> Masked:
    pin_wanted = state.conversation.pin_question is not None
    return masked(text, earlier=(*_said_before(state), *heard), question=_question(state), pin_wanted=pin_wanted)


def _said_before(state: CallState) -> list[str]:
    return [each.text for each in state.conversation.history if each.speaker == "caller"][-_TURNS:]


def _question(state: CallState) -> str:
    """The agent's last words that aren't "Are you still there?"."""
    prompts = state.phrases.still_there
    said = (each.text for each in reversed(state.conversation.history) if each.speaker == "agent")
    return next((text for text in said if text not in prompts), "")


def _take_out(found: Masked, state: CallState) -> None:
    state.journal.note("secret_masked", kinds=[kind.value for kind in dict.fromkeys(found.kinds)])
    begun_before = sum(1 for _ in takewhile(kinds_in, reversed(found.earlier)))
    state.on_secret(_began(state, begun_before))


def _began(state: CallState, turns_before: int) -> float:
    """When the agent began what it said before the caller began with it: nothing of the caller's was due after that.

    The caller's words themselves count where they were spoken earlier: a slow recogniser delivers them when the agent
    has said that it hears nothing.
    """
    history = list(state.conversation.history)
    while history and turns_before:
        turns_before -= history.pop().speaker == "caller"
    while history and history[-1].speaker == "caller":
        history.pop()
    agent_began = state.transcript.zero + (history[-1].at_seconds if history else 0.0)
    return min(agent_began, state.turn_began_at - BEFORE_SECONDS)
