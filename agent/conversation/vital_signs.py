"""The signs of life of one call, as its session, recogniser and voice-activity detector give them."""

import time
from math import inf
from typing import Any

from livekit.agents import (
    AgentSession,
    AgentStateChangedEvent,
    SpeechCreatedEvent,
    ToolExecutionUpdatedEvent,
    UserStateChangedEvent,
)
from livekit.agents.voice import SpeechHandle

from agent.conversation.state import CallState
from agent.speech.foreground import Foreground
from agent.speech.listening import Listening
from shared.domain.dead_air import Signs


class VitalSigns:
    """Times by time.monotonic(). `read` gives them as a value for `shared.domain.dead_air`."""

    def __init__(self, state: CallState, session: AgentSession[Any], ears: Listening, ear: Foreground) -> None:
        self._state = state
        self._session = session
        self._ears = ears
        self._ear = ear
        self._owed_since: float | None = None
        self._progress_at = -inf
        self._created_at = -inf
        """When the agent's newest speech was made, which may wait to be played."""
        self._held: tuple[float, SpeechHandle | None] | None = None
        """When the holding sentence began, and the speech that is nothing else."""
        self._voice_began_at = self._voice_at = -inf
        self._unheard_seconds = 0.0
        """Of earlier sounds, without the one that goes on."""
        self._unheard_since = -inf
        self._tools: set[str] = set()
        session.on("agent_state_changed", self._on_agent_state)
        session.on("user_state_changed", self._on_user_state)
        session.on("speech_created", self._on_speech)
        session.on("tool_execution_updated", self._on_tool)

    def caller_turn(self) -> None:
        """The caller has finished a turn: an answer is owed."""
        self._owed_since = time.monotonic()
        self._held = None

    def turn_settled(self) -> None:
        """Code has dealt with the turn. Where it made no speech, none is owed."""
        if self._owed_since is not None and self._created_at < self._owed_since:
            self._owed_since = None

    def progress(self) -> None:
        """A step towards the answer: a token of the model, a tool's end."""
        self._progress_at = time.monotonic()

    def hold(self, speech: SpeechHandle | None) -> None:
        """The holding sentence begins, as a speech of its own or inside of the reply: it is no answer."""
        self._held = time.monotonic(), speech

    def words_since(self, at: float) -> bool:
        """Whether words were recognised since then."""
        return self._ears.words_at >= at

    def forgive_voice(self) -> None:
        """The voice without words was none: the recogniser is right to be silent."""
        self._unheard_seconds, self._unheard_since = 0.0, time.monotonic()

    def tool_runs(self) -> bool:
        return bool(self._tools)

    def read(self) -> Signs:
        self._settle()
        session, now = self._session, time.monotonic()
        caller_speaks = session.user_state == "speaking"
        return Signs(
            busy=bool(self._tools) or self._state.ending or self._state.conversation.transferring,
            speaking=session.agent_state == "speaking",
            owed_since=self._owed_since,
            progress_at=self._progress_at,
            under_way=self._state.holding.waits,
            caller_speaks=caller_speaks,
            voice_at=now if caller_speaks else self._voice_at,
            unheard_voice_seconds=self._unheard(now, caller_speaks),
            unheard_since=self._unheard_since,
        )

    def _unheard(self, now: float, caller_speaks: bool) -> float:
        """Seconds of the caller's voice since the newest words."""
        if self._ears.words_at >= self._unheard_since:
            self._unheard_seconds, self._unheard_since = 0.0, self._ears.words_at
        going_on = now - max(self._voice_began_at, self._unheard_since) if caller_speaks else 0.0
        return self._unheard_seconds + going_on

    def _settle(self) -> None:
        """What is owed is paid as soon as the caller hears more than the holding sentence."""
        if self._owed_since is None or self._session.agent_state != "speaking":
            return
        if self._held is not None:
            held_at, speech = self._held
            only_holding = self._session.current_speech is speech if speech else self._progress_at <= held_at
            if only_holding:
                return
        self._owed_since = None

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        self._settle()

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        now = time.monotonic()
        if event.new_state == "speaking":
            self._voice_began_at = now
            if self._unheard(now, caller_speaks=False) == 0.0:
                self._unheard_since = now
        elif event.old_state == "speaking":
            self._voice_at, self._unheard_seconds = now, self._unheard(now, caller_speaks=True)

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        self._created_at = time.monotonic()
        self.progress()

    def _on_tool(self, event: ToolExecutionUpdatedEvent) -> None:
        if event.update.type == "tool_call_started":
            self._tools.add(event.update.function_call.call_id)
        elif event.update.type == "tool_call_ended":
            self._tools.discard(event.update.call_id)
            self.progress()
