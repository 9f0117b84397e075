"""Holds the model's speech to the truth, a sentence at a time, before anybody hears it."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator

from livekit.agents import FlushSentinel, llm

from agent.conversation.state import CallState
from agent.tools.tool import spoken_facts_of
from shared.domain.language.plain_speech import SentenceStream
from shared.domain.language.speech_guard import permitted
from shared.domain.language.text import speakable


async def guarded(
    chunks: AsyncIterable[llm.ChatChunk | str | FlushSentinel], state: CallState
) -> AsyncIterator[llm.ChatChunk | str | FlushSentinel]:
    """The model's words a sentence at a time: what can't be spoken is dropped, what an agent may not say is replaced
    (PT-66, PT-75, PT-76). Where nothing is left of a reply, the node's `unknown` answers the caller.
    """
    stream, said = SentenceStream(), _Said(state)
    async for chunk in chunks:
        if isinstance(chunk, FlushSentinel):
            for sentence in said.truthful(stream.flush()):
                yield sentence
            yield chunk
            continue
        for sentence in said.truthful(stream.feed((chunk if isinstance(chunk, str) else _content(chunk)) or "")):
            yield sentence
        if not isinstance(chunk, str) and ((chunk.delta and chunk.delta.tool_calls) or chunk.usage):
            said.something |= calls_tool(chunk)
            if chunk.delta:
                chunk.delta.content = None
            yield chunk
    for sentence in said.truthful(stream.flush()):
        yield sentence
    if stream.dropped:
        state.journal.note("speech_dropped")
        if not said.something:
            yield f"{state.unknown_line(state.conversation.node or state.template.start)} "


def calls_tool(chunk: llm.ChatChunk | str | FlushSentinel) -> bool:
    """Whether the model calls a tool by it."""
    return isinstance(chunk, llm.ChatChunk) and bool(chunk.delta and chunk.delta.tool_calls)


def _content(chunk: llm.ChatChunk) -> str | None:
    return chunk.delta.content if chunk.delta else None


class _Said:
    """The sentences of one reply, each held to the truth; the same truth isn't said twice."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._truths: set[str] = set()
        self.something = False
        """Whether the caller hears anything of this reply: a sentence, or what a tool says."""

    def truthful(self, sentences: list[str]) -> Iterator[str]:
        for sentence in sentences:
            said = " ".join(speakable(sentence).split())
            truth = permitted(said, spoken_facts_of(self._state.conversation, self._state.able))
            if truth:
                self._state.journal.note("speech_replaced", said=said, allowed=truth)
            if said and truth not in self._truths:
                self.something = True
                yield f"{truth or said} "
            if truth:
                self._truths.add(truth)
