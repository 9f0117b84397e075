"""Puts a caller through to a person: announces it, rings, asks the person, connects, or comes back to the caller.

A transfer is a task of the call's own: a barge-in interrupts a sentence, and never the transfer. The caller's hang-up
ends the call, which closes this, and with it each leg.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from livekit.agents import AgentSession

from agent.conversation.consent import Consent
from agent.conversation.state import CallState
from agent.lines.line import Consultation, Exchange
from shared.domain.call import Usage
from shared.domain.people import Person
from shared.domain.telephony.numbers import spoken
from shared.domain.transfer import RING_SECONDS, PersonLeg, State, announcement, briefing, event_of, not_reached
from shared.errors import NotAnswered, PickupError
from shared.observe import report
from shared.tasks import Tasks, to_its_end

log = structlog.get_logger(__name__)

TRANSFERRED = "transferred"
"""Why our side ends a call whose person has hung up."""
_Step = Callable[[PersonLeg, datetime], PersonLeg]


class Transfers:
    """The transfers of one call, one at a time. Its tasks belong to it; `aclose` ends them and their legs."""

    def __init__(self, state: CallState, session: AgentSession[Any], exchange: Exchange, consent: Consent) -> None:
        self._state = state
        self._session = session
        self._exchange = exchange
        self._consent = consent
        self._tasks = Tasks(call_id=state.call_id)

    def begin(self, people: tuple[Person, ...], why: str) -> None:
        """Put the caller through to the first of these who takes the call; does nothing while that goes on."""
        if not self._state.conversation.transferring:
            self._state.change(transferring=True)
            self._tasks.start("transfer", lambda: self._run(people, why))

    def resume(self) -> None:
        """Go on where an earlier agent of this call was in the midst of a transfer: its task is gone, and this one's
        begins with what became of the person's leg."""
        self._tasks.start("transfer", self._resumed)

    async def aclose(self) -> None:
        try:
            await self._tasks.aclose()
        finally:
            for leg in self._state.conversation.legs:
                self._note(leg, leg.caller_left(self._now()))

    async def _run(self, people: tuple[Person, ...], why: str) -> None:
        state, before = self._state, len(self._state.conversation.legs)
        try:
            # a caller who talks over it interrupts the sentence alone
            await self._session.say(announcement(people[0]))
            if not people[0].cold:
                await self._consult(people, why)
            elif await self._hand_over(people[0], why):
                return
        except Exception as error:
            # whatever broke, the caller hears of it below
            report(error, call_id=state.call_id, action="transfer")
        self._return(state.conversation.legs[before:])

    def _return(self, legs: tuple[PersonLeg, ...]) -> None:
        """The agent is back: it says goodbye after a talk, else why there was none."""
        state = self._state
        ended = tuple(self._note(leg, leg.failed(self._now())) if leg.open else leg for leg in legs)
        state.change(transferring=False)
        if any(leg.state is State.TAKEN for leg in ended):
            goodbye = state.phrases.goodbye
            self._session.say(goodbye, audio=state.fixed_phrases.audio(goodbye))
            state.request_end(TRANSFERRED)
        else:
            self._session.say(not_reached(ended))

    async def _resumed(self) -> None:
        legs = self._state.conversation.legs
        talking = bool(legs) and legs[-1].talking
        try:
            async with self._aside():
                await self._exchange.left_alone(drop=not talking)
        except PickupError as error:
            report(error, call_id=self._state.call_id, action="transfer")
        if talking:
            self._note(legs[-1], legs[-1].person_left(self._now()))
        self._return(legs[-1:])

    async def _consult(self, people: tuple[Person, ...], why: str) -> None:
        """The caller on hold, while one person after the other is asked."""
        async with self._aside(), self._exchange.hold():
            for person in people:
                if (await self._ask(person, why)).taken_at is not None:
                    return

    @asynccontextmanager
    async def _aside(self) -> AsyncIterator[None]:
        """The agent neither listens nor records: nobody has asked the person whether they may be recorded."""
        listening = self._session.input.audio_enabled
        await self._consent.pause()
        self._session.input.set_audio_enabled(False)
        try:
            yield
        finally:
            self._session.input.set_audio_enabled(listening)
            await self._consent.resume()

    async def _ask(self, person: Person, why: str) -> PersonLeg:
        """One person's leg, from its first ring to its end."""
        state, leg = self._state, self._offered(person, why)
        self._note(leg, leg)
        happened: asyncio.Queue[_Step] = asyncio.Queue()
        async with Tasks(call_id=state.call_id) as tasks:
            try:
                async with self._exchange.consult(person.number, RING_SECONDS) as there:
                    leg = self._note(leg, leg.rings(self._now()))
                    tasks.start("person's answer", lambda: _answer(there, happened))
                    while leg.open:
                        later = self._note(leg, (await self._next(leg, happened))(leg, self._now()))
                        if later.state is State.BRIEFED and leg.state is State.RINGING:
                            tasks.start("briefing", lambda: self._brief(there, why, happened))
                            tasks.start("person's keys", lambda: _keys(there, happened))
                            tasks.start("person's end", lambda: _end(there, happened))
                        leg = later
                    if leg.state is State.TAKEN:
                        await tasks.aclose()
                        await there.connect()
                        await there.ended()
                        leg = self._note(leg, leg.person_left(self._now()))
            except PickupError as error:
                report(error, call_id=state.call_id, action="transfer")
                leg = self._note(leg, leg.failed(self._now()))
        return leg

    async def _next(self, leg: PersonLeg, happened: "asyncio.Queue[_Step]") -> _Step:
        left = None if leg.deadline is None else max(0.0, (leg.deadline - self._now()).total_seconds())
        try:
            async with asyncio.timeout(left):
                return await happened.get()
        except TimeoutError:
            return PersonLeg.waited

    async def _brief(self, there: Consultation, why: str, happened: "asyncio.Queue[_Step]") -> None:
        caller = self._state.conversation.phone_number
        text = briefing(spoken(caller) if caller else None, why)
        await there.tell(text, self._state.fixed_phrases.audio(text))
        happened.put_nowait(PersonLeg.briefing_over)

    async def _hand_over(self, person: Person, why: str) -> bool:
        """The caller's own leg goes to the person (REFER). True: the call has ended here."""
        leg = self._offered(person, why)
        # the end of the call that it brings about cancels this task
        return await to_its_end("cold transfer", self._refer(self._note(leg, leg.rings(self._now()))))

    async def _refer(self, leg: PersonLeg) -> bool:
        try:
            await self._exchange.transfer(leg.person.number)
        except PickupError as error:
            log.warning("caller not handed over", action="transfer", call_id=self._state.call_id, error=str(error))
            self._note(leg, leg.failed(self._now()))
            return False
        self._note(leg, leg.handed_over(self._now()))
        return True

    def _offered(self, person: Person, why: str) -> PersonLeg:
        return PersonLeg(self._state.new_id(), person, why, self._now())

    def _note(self, before: PersonLeg, leg: PersonLeg) -> PersonLeg:
        """Keep the leg as it is now; the record has each of its states."""
        state, legs = self._state, self._state.conversation.legs
        new = all(each.leg_id != leg.leg_id for each in legs)
        if new or leg != before:
            kept = tuple(leg if each.leg_id == leg.leg_id else each for each in legs)
            state.change(legs=(*kept, leg) if new else kept)
            state.journal.note("leg", **event_of(leg))
        return leg

    def _now(self) -> datetime:
        return self._state.services.clock.now()


def dialled(legs: tuple[PersonLeg, ...]) -> tuple[Usage, ...]:
    """What the carrier bills of the people's legs, as one usage."""
    seconds = sum(leg.connected_seconds for leg in legs)
    return (Usage("carrier", "carrier", "outbound", audio_seconds=round(seconds, 3)),) if seconds else ()


async def _answer(there: Consultation, happened: "asyncio.Queue[_Step]") -> None:
    try:
        await there.answered()
    except NotAnswered as error:
        code = error.sip_code
        happened.put_nowait(lambda leg, at: leg.refused(code, at))
    except PickupError as error:
        report(error, action="transfer")
        happened.put_nowait(PersonLeg.failed)
    else:
        happened.put_nowait(PersonLeg.answered)


async def _keys(there: Consultation, happened: "asyncio.Queue[_Step]") -> None:
    async for key in there.digits():
        happened.put_nowait(_pressed(key))


def _pressed(key: str) -> _Step:
    return lambda leg, at: leg.pressed(key, at)


async def _end(there: Consultation, happened: "asyncio.Queue[_Step]") -> None:
    await there.ended()
    happened.put_nowait(PersonLeg.person_left)
