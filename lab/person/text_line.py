"""A line whose caller types: each utterance is a finished turn, and the agent's words come back as text."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, StopResponse
from livekit.agents.llm import ChatMessage

from agent.lines.line import LEFT_QUIETLY, Ending
from lab.person.line import LabLine

_QUIET_SECONDS = 0.15
"""After this long without speech, a tool or a request the agent waits for the caller."""
_ANSWER_SECONDS = 30.0


class TextLine(LabLine):
    """The session, its tools and its stores are real; only recogniser, voice and sound are left out.

    A turn of the caller goes through the agent's `on_user_turn_completed` and then to the model, as a spoken one does.
    """

    def __init__(self, *, did: str, caller: str | None, call_id: str | None = None, synthetic: bool = False) -> None:
        super().__init__(asyncio.Queue(), [], did=did, caller=caller, call_id=call_id, synthetic=synthetic)
        self.ringing_at = datetime.now(UTC)
        self.words: list[str] = []
        """The agent's utterances."""
        self._session: AgentSession[Any] | None = None
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._opened = asyncio.Event()
        self._spoke = asyncio.Event()
        self._keys: asyncio.Queue[str | None] = asyncio.Queue()

    @property
    def answered(self) -> bool:
        return self._session is not None

    @property
    def over(self) -> bool:
        return self._ending.done()

    def attach(self, session: AgentSession[Any]) -> None:
        session.input.audio = self.audio_input
        session.output.audio = self.audio_output
        session.on("conversation_item_added", self._said)

    async def answer(self, session: AgentSession[Any], agent: Agent) -> bool:
        session.input.set_audio_enabled(False)
        session.output.set_audio_enabled(False)
        await session.start(agent, record=False)
        self._session = session
        return not self.over

    async def listen(self) -> str:
        """The agent's first words. Raises TimeoutError when it says nothing."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self._opened.wait()
            await self._settled()
        return " ".join(self.words)

    async def say(self, text: str) -> str:
        """A turn of the caller; returns what the agent says in answer. Raises TimeoutError when it never finishes."""
        session, before = self._session, len(self.words)
        assert session is not None, "the call isn't answered"
        agent, message = session.current_agent, ChatMessage(role="user", content=[text])
        context = agent.chat_ctx.copy()
        async with asyncio.timeout(_ANSWER_SECONDS):
            try:
                await agent.on_user_turn_completed(context, new_message=message)
                session.generate_reply(user_input=message, chat_ctx=context)
            except StopResponse:
                pass  # code has answered in the model's place
            await self._settled()
        return " ".join(self.words[before:])

    async def press(self, keys: str) -> str:
        """Keys of the telephone; returns what the agent says to them. Raises TimeoutError when it says nothing."""
        before = len(self.words)
        self._spoke.clear()
        for key in keys:
            self._keys.put_nowait(key)
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self._spoke.wait()
            await self._settled()
        return " ".join(self.words[before:])

    async def interrupt(self) -> None:
        """The caller begins to speak over the agent."""
        assert self._session is not None, "the call isn't answered"
        await self._session.interrupt(force=True)

    async def linger(self, seconds: float) -> None:
        """The caller hangs up, unless the agent does so within this time."""
        await asyncio.wait({self._ending}, timeout=seconds)
        self._end("caller", "caller_hung_up")

    async def reject(self, sip_code: int) -> None:
        self._end("system", "rejected", sip_code)

    async def hang_up(self, reason: str) -> None:
        self._end("agent", reason)

    async def transfer(self, to: str) -> None:
        self._end("agent", "transferred")

    def hand_over(self, *, quietly: bool = False) -> bool:
        """The caller stays: another line of the same call goes on with them."""
        self._end("system", LEFT_QUIETLY if quietly else "handed_over", taken_over=True)
        return True

    async def digits(self) -> AsyncIterator[str]:
        while (key := await self._keys.get()) is not None:
            yield key

    async def ended(self) -> Ending:
        return await asyncio.shield(self._ending)

    def _end(self, by: Any, reason: str, sip_code: int | None = None, *, taken_over: bool = False) -> None:
        if not self._ending.done():
            self._ending.set_result(Ending(by, reason, datetime.now(UTC), sip_code, taken_over))
            self._opened.set()
            self._spoke.set()
            self._keys.put_nowait(None)
            self.audio_output.close()

    def _said(self, event: ConversationItemAddedEvent) -> None:
        if isinstance(event.item, ChatMessage) and event.item.role == "assistant":
            self.words.append(event.item.text_content or "")
            self._spoke.set()
            self._opened.set()

    async def _settled(self) -> None:
        quiet, step = 0.0, _QUIET_SECONDS / 10
        while quiet < _QUIET_SECONDS and not self.over:
            await asyncio.sleep(step)
            quiet = quiet + step if self._idle() else 0.0

    def _idle(self) -> bool:
        session = self._session
        return session is not None and session.agent_state == "listening" and session.current_speech is None
