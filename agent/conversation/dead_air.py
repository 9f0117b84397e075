"""Watches a call for dead air and climbs the ladder of `shared.domain.dead_air`, one rung at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import structlog
from livekit.agents import AgentSession

from agent.conversation.node import NodeAgent
from agent.conversation.state import CallState
from agent.conversation.timeouts import Timeouts
from agent.conversation.vital_signs import VitalSigns
from shared.calls.alerting import CallAlerts
from shared.config import SpeechSettings
from shared.domain.dead_air import (
    SECOND_OPINION_SECONDS,
    Attempt,
    Cause,
    Dead,
    Limits,
    Rung,
    found,
    next_rung,
)
from shared.observe import report
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.25
MOST_TAKEOVERS = 2
"""Of one call: where a third process would have to come, the fault isn't in the process."""
RUNG_SECONDS = 3.0
"""The longest that one attempt may take."""
_HOLD_SHARE = 0.8
_WORDS_SHARE = 1.5
"""Only after the caller was asked to repeat: on busy cores a good recogniser takes as long, and a second one beside it
makes it slower still."""
_PAUSES_SECONDS = 1.0
"""Between the engines' attempts, and for what code does about a turn."""
_RESTART = Backoff(first_seconds=0.5, longest_seconds=5.0)

Act = Callable[[], Awaitable[None]]


def limits_of(speech: SpeechSettings) -> Limits:
    """The holding sentence comes before a model that hangs is asked again, and the next recogniser after a caller was
    asked to repeat what wasn't recognised."""
    engines = 2 * (speech.llm_silence_seconds + speech.tts_silence_seconds) + _PAUSES_SECONDS
    return Limits(
        hold_seconds=_HOLD_SHARE * speech.llm_silence_seconds,
        engines_seconds=engines,
        words_seconds=_WORDS_SHARE * speech.stt_silence_seconds,
    )


class DeadAir:
    """Each attempt and each recovery is an event of the call; a cause raises one alert. `aclose` ends the watch."""

    def __init__(
        self,
        state: CallState,
        session: AgentSession[Any],
        signs: VitalSigns,
        timeouts: Timeouts,
        limits: Limits,
        distrust: Callable[[Literal["stt"]], bool],
        hand_over: Callable[[], bool],
    ) -> None:
        """`distrust`: the next provider takes the place of this one. `hand_over`: leaves the call to another process;
        False where none can come."""
        self._state = state
        self._session = session
        self._signs = signs
        self._timeouts = timeouts
        self._limits = limits
        self._distrust = distrust
        self._hand_over = hand_over
        self._attempts: list[Attempt] = []
        self._dead: Dead | None = None
        """What the newest attempts were about, until it is over."""
        self._actions: dict[Cause, dict[Rung, Act]] = {
            Cause.NO_ANSWER: {
                Rung.HOLD: self._hold,
                Rung.RESTART: self._answer_again,
                Rung.REBUILD: self._rebuild,
                Rung.TAKEOVER: self._leave,
            },
            # new streams would lose the words that a slow recogniser still has to give
            Cause.NO_WORDS: {Rung.OTHER_PROVIDER: self._hear_by_another},
        }
        self._tasks = Tasks(call_id=state.call_id)
        self._tasks.start("dead air", self._watch, restart=_RESTART)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._timeouts.failed.done():
                await self._look()

    async def _look(self) -> None:
        now = time.monotonic()
        dead = found(self._signs.read(), self._limits)
        if self._dead is not None and (dead is None or dead.cause is not self._dead.cause):
            self._over(self._dead, now)
        if dead is None:
            return
        actions = self._actions.get(dead.cause, {})
        available = {*actions, Rung.GIVE_UP}
        if self._state.conversation.takeovers >= MOST_TAKEOVERS:
            available.discard(Rung.TAKEOVER)
        rung = next_rung(dead, self._attempts, now, available, self._limits)
        if rung is not None:
            await self._take(rung, actions.get(rung), dead, now)

    async def _take(self, rung: Rung, act: Act | None, dead: Dead, now: float) -> None:
        state, seconds = self._state, round(now - dead.since, 1)
        self._attempts.append(Attempt(dead.cause, rung, now))
        self._dead = self._dead or dead
        state.journal.note("dead_air", cause=dead.cause.value, rung=rung.value, seconds=seconds)
        log.warning("dead air", action="dead_air", cause=dead.cause.value, rung=rung.value, seconds=seconds)
        try:
            async with asyncio.timeout(RUNG_SECONDS):
                if act is None:
                    self._timeouts.give_up(dead.cause.value)
                else:
                    await act()
        except TimeoutError:
            log.warning("attempt timed out", action="dead_air", cause=dead.cause.value, rung=rung.value)
        except Exception as error:
            # the boundary of an attempt: what breaks it is met with the next rung
            report(error, action="dead_air", call_id=state.call_id, rung=rung.value)
        if rung is not Rung.HOLD:
            self._tasks.start("alert about dead air", lambda: self._alert(dead, rung))

    def _over(self, dead: Dead, now: float) -> None:
        """The caller hears the agent again, or is being heard: the rung that was tried last has helped."""
        newest = self._attempts[-1].rung
        self._dead = None
        self._state.journal.note(
            "dead_air_over", cause=dead.cause.value, rung=newest.value, seconds=round(now - dead.since, 1)
        )

    async def _alert(self, dead: Dead, rung: Rung) -> None:
        alerts = CallAlerts(self._state.call_id, self._state.services.alerts)
        title = f"A call had dead air ({dead.cause.value.replace('_', ' ')})"
        alerts.add(f"dead_air:{dead.cause.value}", "notice", title, cause=dead.cause.value, rung=rung.value)
        await alerts.send()

    async def _hold(self) -> None:
        state, phrase = self._state, self._state.phrases.one_moment
        if state.holding.begin():
            self._signs.hold(None)
        else:
            self._signs.hold(self._session.say(phrase, audio=state.fixed_phrases.audio(phrase)))

    async def _answer_again(self) -> None:
        await self._session.interrupt(force=True)
        said = self._state.conversation.unanswered
        newest = [each for each in self._session.current_agent.chat_ctx.messages() if each.role == "user"][-1:]
        if not said or any(said.endswith(each.text_content or said) for each in newest):
            self._session.generate_reply()
        else:
            self._session.generate_reply(user_input=said)

    async def _hear_by_another(self) -> None:
        """The next recogniser hears the caller's last seconds too: nobody has to say them again."""
        self._distrust("stt")
        self._tasks.start("second opinion", self._second_opinion)

    async def _second_opinion(self) -> None:
        """Two recognisers that find no words in a sound are right: it had none, and nothing is dead."""
        since = time.monotonic()
        await asyncio.sleep(SECOND_OPINION_SECONDS)
        if not self._signs.words_since(since):
            self._dead = None
            self._signs.forgive_voice()
            self._state.journal.note("sound_without_words")

    async def _leave(self) -> None:
        """Another process goes on from the saved conversation, and says that it is back."""
        if not self._hand_over():
            self._timeouts.give_up(Cause.NO_ANSWER.value)

    async def _rebuild(self) -> None:
        """The framework's way: a new activity of the session, with streams, queues and tasks of its own. The session,
        its track, the recording and the conversation stay."""
        await self._session.interrupt(force=True)
        agent = self._session.current_agent
        if isinstance(agent, NodeAgent):
            self._session.update_agent(agent.again())
