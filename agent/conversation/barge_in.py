"""Selective barge-in: a listener's signs don't stop the agent, talk to others is no turn, words are.

The framework pauses the agent's speech as soon as the caller makes a sound, and resumes it when no words follow. This
part keeps back words that are no turn, so that the framework resumes after them too.
"""

import time
from typing import Any

from livekit.agents import AgentFalseInterruptionEvent, AgentSession, AgentStateChangedEvent, stt
from livekit.agents.voice import SpeechHandle

from agent.conversation.state import CallState
from agent.conversation.timeouts import Timeouts
from agent.speech.listening import Listening
from shared.domain.language.end_of_turn import is_closed
from shared.domain.language.overheard import ANSWER_SECONDS, Overheard, overheard


class BargeIn:
    """Sifts the recognised words of one call."""

    def __init__(self, state: CallState, session: AgentSession[Any], ears: Listening, timeouts: Timeouts) -> None:
        self._state = state
        self._session = session
        self._ears = ears
        self._timeouts = timeouts
        self._audible: SpeechHandle | None = None
        """The speech that the caller hears, or that has paused for the caller."""
        self._speaking_since = 0.0
        self._held: list[tuple[float, stt.SpeechEvent]] = []
        """Signs of listening during the speech, with the time of their arrival: they may answer its question."""
        ears.sift = self.sift
        session.on("agent_state_changed", self._on_agent_state)
        session.on("agent_false_interruption", self._on_resumed)

    def sift(self, event: stt.SpeechEvent) -> list[stt.SpeechEvent]:
        """The events that are the caller's turn: this one, with what was held before it, or none."""
        said = event.alternatives[0].text if event.alternatives else ""
        final = event.type is stt.SpeechEventType.FINAL_TRANSCRIPT
        speech = self._speech()
        kind = overheard(said, speaking=speech is not None)
        if kind is Overheard.TURN:
            held = [each for _, each in self._held] if final and said else []
            if held:
                self._held.clear()
            return [*held, event]
        if final:
            self._timeouts.recognised()
            self._state.journal.note("overheard", what=kind.value, text=said)
            if kind is Overheard.BACKCHANNEL:
                self._held.append((time.monotonic(), event))
        return []

    def _speech(self) -> SpeechHandle | None:
        speech = self._session.current_speech
        return speech if speech is self._audible and speech and not (speech.done() or speech.interrupted) else None

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state != "speaking":
            return
        self._speaking_since = time.monotonic()
        speech = self._session.current_speech
        if speech is not None and speech is not self._audible:
            self._audible = speech
            speech.add_done_callback(self._on_spoken)

    def _on_spoken(self, speech: SpeechHandle) -> None:
        """A sign over the end of a question of yes or no answers it, now that all of the question was heard."""
        held, self._held = self._held, []
        if not held or speech.interrupted:
            return
        now = time.monotonic()
        if is_closed(self._state.conversation.newest_of_agent):
            for at, event in held:
                if now - max(at, self._speaking_since) <= ANSWER_SECONDS:
                    self._ears.deliver(event)

    def _on_resumed(self, event: AgentFalseInterruptionEvent) -> None:
        self._state.journal.note("resumed", resumed=event.resumed)
