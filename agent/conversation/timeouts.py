"""Timeouts of a conversation: a silent caller, a provider that fails, the time limit of the call."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from livekit import rtc
from livekit.agents import (
    AgentSession,
    ErrorEvent,
    UserStateChangedEvent,
    UserTranscriptionTimeoutEvent,
    llm,
    stt,
    tts,
)
from livekit.agents.voice import SpeechHandle

from agent.conversation.state import CallState
from shared.domain.language.machines import LIMIT_SECONDS
from shared.domain.questions import ConsentQuestion, ReadBack, last_sentence
from shared.tasks import Backoff, Tasks

_DEAF_LIMIT = 3
"""Lost utterances in a row after which the recogniser counts as failed."""
_SPEECH_SECONDS = 0.6
"""A sound without words that is shorter is a cough, a door, a cup: the recogniser is right to be silent."""
_TYPING_SECONDS = 5.0
"""After a key the caller isn't silent for so long."""
_RESTART = Backoff(first_seconds=0.5, longest_seconds=5.0)


class Timeouts:
    """Turns the session's events into decisions: ask again, say goodbye, or end the call with an apology.

    Its tasks belong to it; `aclose` cancels and awaits them.
    """

    def __init__(self, state: CallState, session: AgentSession[Any]) -> None:
        self._state = state
        self._session = session
        self._deaf = 0
        """Times in a row that the recogniser failed or recognised nothing in speech."""
        self._spoke = False
        """Whether the caller has spoken since their last recognised turn."""
        self._tasks = Tasks(call_id=state.call_id)
        self._silence: asyncio.Task[None] | None = None
        self._tasks.start("time limit", self._end_at_limit)
        self._tasks.start("machine limit", self._end_with_machine)
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Set to the kind of provider (`stt`, `llm`, `tts`) that failed for good, or the cause of dead air."""
        session.on("error", self._on_error)
        session.on("user_state_changed", self._on_user_state)
        session.on("user_transcription_timeout", self._on_unheard)
        session.on("close", self._on_close)

    def caller_turn(self) -> None:
        """The caller has finished a turn: the recogniser works."""
        self._deaf = 0
        self._spoke = False
        self._stop_silence()

    def recognised(self) -> None:
        """Words that are no turn were recognised: the recogniser works, and nothing was lost."""
        self._deaf = 0
        self._spoke = False

    def give_up(self, kind: str) -> None:
        """Nothing has brought the call back to life: apologise and promise to call back."""
        self._fail(kind)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    def _on_error(self, event: ErrorEvent) -> None:
        error = event.error
        kinds = ((stt.STTError, "stt"), (llm.LLMError, "llm"), (tts.TTSError, "tts"))
        kind = next((name for type_, name in kinds if isinstance(error, type_)), None)
        if kind is None:
            return
        cause = error.error
        self._state.journal.note(
            "provider_error", provider=kind, recoverable=error.recoverable, error=f"{type(cause).__name__}: {cause}"
        )
        if not error.recoverable:
            self._fail(kind)
        elif kind == "stt":
            self._lost("recogniser failed once")

    def _on_close(self, event: Any) -> None:
        if event.error is not None:
            self._fail("session")

    def _on_unheard(self, event: UserTranscriptionTimeoutEvent) -> None:
        if self._spoke and event.speech_duration >= _SPEECH_SECONDS:
            self._lost("speech without words")

    def _lost(self, how: str) -> None:
        """The caller's utterance was lost: ask for it again, or give up after `_DEAF_LIMIT` in a row."""
        self._deaf += 1
        self._state.journal.note("unheard", how=how, times=self._deaf)
        if self._deaf >= _DEAF_LIMIT:
            self._fail("stt")
        elif self._spoke and self._session.current_speech is None and not self.failed.done():
            self._spoke = False
            self._say(self._state.phrases.repeat)

    def _fail(self, kind: str) -> None:
        # a caller who is being put through, or talks with a person, needs no provider
        if not self.failed.done() and not self._state.conversation.transferring:
            self.failed.set_result(kind)

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "away" and (self._silence is None or self._silence.done()):
            self._silence = self._tasks.start("silence", self._break_silence, restart=_RESTART)
        elif event.new_state == "speaking":
            self._spoke = True
            self._stop_silence()

    def _stop_silence(self) -> None:
        if self._silence:
            self._silence.cancel()

    async def _break_silence(self) -> None:
        state, phrases = self._state, self._state.phrases
        patience = state.template.patience
        # each key moves the moment that is waited for
        while (typing := state.pressed_at + _TYPING_SECONDS - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(typing)
        for prompt in range(patience.silence_prompts):
            if state.conversation.transferring:
                return
            state.journal.note("silence", prompt=prompt + 1)
            await self._prompt(phrases.still_there[min(prompt, len(phrases.still_there) - 1)])
            await asyncio.sleep(patience.silence_seconds)
        if state.conversation.crisis or state.conversation.transferring:
            return
        await self._say(phrases.silence_goodbye)
        state.request_end("silence")

    async def _end_at_limit(self) -> None:
        answered, now = self._state.conversation.answered_at, self._state.services.clock.now()
        # of a call that was taken over a part has gone by
        spent = (now - answered).total_seconds() if answered else 0.0
        await asyncio.sleep(max(0.0, self._state.template.patience.max_call_seconds - spent))
        # a talk with a person isn't cut: the trunk's own limit ends it
        while self._state.conversation.transferring:  # noqa: ASYNC110
            await asyncio.sleep(1)
        if self._state.conversation.crisis:
            return
        try:
            await self._say(self._state.phrases.goodbye)
        finally:
            # a goodbye that fails doesn't prolong the call
            self._state.request_end("time_limit")

    def _prompt(self, phrase: str) -> SpeechHandle:
        """Ask whether the caller is there, and once more what they were asked: a bare yes then answers that."""
        question = self._state.conversation.question
        if not isinstance(question, ConsentQuestion | ReadBack) or not question.heard:
            return self._say(phrase)
        ask = last_sentence(question.text)
        return self._session.say(f"{phrase} {ask}", audio=self._one_after_the_other(phrase, ask))

    async def _one_after_the_other(self, *phrases: str) -> AsyncIterator[rtc.AudioFrame]:
        for phrase in phrases:
            async for frame in self._state.fixed_phrases.audio(phrase):
                yield frame

    async def _end_with_machine(self) -> None:
        """A machine may have said one thing only, and nothing that ended as a turn since."""
        await asyncio.sleep(LIMIT_SECONDS)
        found = self._state.conversation.suspicion
        free = not self._state.ending and not self._state.conversation.transferring
        if found.turns > 0 and found.alone and free:
            await self._say(self._state.phrases.goodbye)
            self._state.request_end("machine")

    def _say(self, phrase: str) -> SpeechHandle:
        return self._session.say(phrase, audio=self._state.fixed_phrases.audio(phrase))
