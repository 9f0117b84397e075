"""Selective barge-in: a listener's signs don't stop the agent, talk to others is no turn, words are.

The framework pauses the agent's speech as soon as the caller makes a sound, and resumes it when no words follow. This
part keeps back words that are no turn, so that the framework resumes after them too. It judges them by when they were
spoken: a busy recogniser delivers an "uh-huh" when the agent has long finished.
"""

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from livekit.agents import (
    AgentFalseInterruptionEvent,
    AgentSession,
    AgentStateChangedEvent,
    UserStateChangedEvent,
    stt,
)
from livekit.agents.voice import SpeechHandle

from agent.conversation.state import CallState
from agent.conversation.timeouts import Timeouts
from agent.speech.foreground import Foreground
from agent.speech.listening import Listening, Spoken
from shared.domain.language.end_of_turn import is_closed
from shared.domain.language.overheard import ANSWER_SECONDS, Overheard, overheard
from shared.domain.language.presence import STILL_HERE, asks_presence

_REACTION_SECONDS = 0.2
"""Nobody answers speech that began later than this before their own words: those answer what was said earlier."""
_TOGETHER_SECONDS = 2.0
"""A sign and the words so shortly after it are one turn: "Yes." "But make it Friday."."""
_NEXT_PHRASE_SECONDS = 0.2
"""Within this the framework goes on to the next phrase that is due."""
_REMEMBERED = 8
"""Speeches of the agent: words about an earlier one come no later."""


@dataclass(eq=False)
class _Speech:
    """The agent's speech as the caller heard it; times by time.time()."""

    handle: SpeechHandle
    began_at: float
    resumed_at: float
    ended_at: float = math.inf

    def sounds_at(self, at: float) -> bool:
        """Also while it has paused for the caller."""
        stopped = self.handle.interrupted and math.isinf(self.ended_at)
        return not stopped and self.began_at + _REACTION_SECONDS <= at <= self.ended_at

    @property
    def holds_the_floor(self) -> bool:
        """It goes on, whatever the caller says."""
        return not self.handle.allow_interruptions and math.isinf(self.ended_at)


class BargeIn:
    """Sifts the recognised words of one call."""

    def __init__(
        self,
        state: CallState,
        session: AgentSession[Any],
        ears: Listening,
        foreground: Foreground,
        timeouts: Timeouts,
    ) -> None:
        self._state = state
        self._session = session
        self._ears = ears
        self._foreground = foreground
        self._timeouts = timeouts
        self._speeches: deque[_Speech] = deque(maxlen=_REMEMBERED)
        self._held: list[tuple[Spoken, stt.SpeechEvent]] = []
        """Signs of listening during the speech that goes on: they may answer its question."""
        self._postponed: list[stt.SpeechEvent] = []
        """Words over phrases that can't be interrupted: the framework would drop them, so they wait for the end."""
        self._reassurance: SpeechHandle | None = None
        ears.sift = self.sift
        session.on("agent_state_changed", self._on_agent_state)
        session.on("agent_false_interruption", self._on_resumed)
        session.on("user_state_changed", self._on_user_state)

    def sift(self, event: stt.SpeechEvent, spoken: Spoken) -> list[stt.SpeechEvent]:
        """The events that are the caller's turn: this one, with what was held before it, or none."""
        said = event.alternatives[0].text if event.alternatives else ""
        final = event.type is stt.SpeechEventType.FINAL_TRANSCRIPT
        if self._state.tool_runs() and asks_presence(said):
            return self._reassure(said) if final else []
        speech = next((each for each in reversed(self._speeches) if each.sounds_at(spoken.began_at)), None)
        distant = spoken.level is not None and self._foreground.distant(spoken.level)
        kind = overheard(said, speaking=speech is not None, distant=distant)
        if kind is Overheard.TURN:
            turn = self._turn(event, spoken) if final and said else [event]
            return self._postpone(turn) if speech is not None and speech.holds_the_floor else turn
        if not final:
            return []
        self._timeouts.recognised()
        self._state.journal.note("overheard", what=kind.value, text=said)
        if kind is not Overheard.BACKCHANNEL or speech is None:
            return []
        if math.isinf(speech.ended_at):
            self._held.append((spoken, event))
            return []
        return [event] if self._answers(spoken, speech) else []

    def _reassure(self, said: str) -> list[stt.SpeechEvent]:
        """Answer at once, beside the tool that runs: a turn of the caller would cancel it (PT-68)."""
        self._timeouts.recognised()
        self._state.journal.note("overheard", what="presence", text=said)
        if self._reassurance is None or self._reassurance.done():
            self._reassurance = self._session.say(STILL_HERE, audio=self._state.fixed_phrases.audio(STILL_HERE))
        return []

    def _turn(self, event: stt.SpeechEvent, spoken: Spoken) -> list[stt.SpeechEvent]:
        if spoken.level is not None and not self._foreground.distant(spoken.level):
            self._foreground.learn(spoken.level)
        held, self._held = self._held, []
        return [*(each for sign, each in held if spoken.began_at - sign.ended_at <= _TOGETHER_SECONDS), event]

    def _postpone(self, turn: list[stt.SpeechEvent]) -> list[stt.SpeechEvent]:
        self._postponed += [each for each in turn if each.type is stt.SpeechEventType.FINAL_TRANSCRIPT]
        return []

    def _deliver_postponed(self) -> None:
        current = self._session.current_speech
        if current is not None and not current.allow_interruptions:
            # one of several phrases: the end of the last one comes here again
            return
        postponed, self._postponed = self._postponed, []
        for event in postponed:
            self._ears.deliver(event)

    def _answers(self, sign: Spoken, speech: _Speech) -> bool:
        """Whether a sign over the end of a question of yes or no is its answer: little of it was left to be heard."""
        left = speech.ended_at - max(sign.began_at, speech.resumed_at)
        closed = is_closed(self._state.conversation.newest_of_agent)
        return closed and not speech.handle.interrupted and left <= ANSWER_SECONDS

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        handle = self._session.current_speech
        if event.new_state != "speaking" or handle is None:
            return
        now = time.time()
        if self._speeches and self._speeches[-1].handle is handle:
            self._speeches[-1].resumed_at = now
            return
        speech = _Speech(handle, now, now)
        self._speeches.append(speech)
        handle.add_done_callback(lambda _: self._on_spoken(speech))

    def _on_spoken(self, speech: _Speech) -> None:
        """The signs over the end of a question are delivered now that all of it was heard."""
        speech.ended_at = time.time()
        held, self._held = self._held, []
        for sign, event in held:
            if self._answers(sign, speech):
                self._ears.deliver(event)
        if self._postponed:
            # the framework begins with the next phrase only after this callback
            asyncio.get_running_loop().call_later(_NEXT_PHRASE_SECONDS, self._deliver_postponed)

    def _on_resumed(self, event: AgentFalseInterruptionEvent) -> None:
        self._state.journal.note("resumed", resumed=event.resumed)

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "away":
            self._foreground.forget()
