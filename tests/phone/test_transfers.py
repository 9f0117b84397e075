"""A caller at one SIP telephone who is put through to a person at another: taken by key 1, and declined by key 2."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from people_of_tenants import reachable
from pickup_up import System, running
from sip_people import contains, tone
from telephone import PhoneCall

from lab.sip.stack import Leg, SipStack
from lab.stack.ports import free_port
from shared.domain.people import Person

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

GRACE = "00000000-0000-4000-a000-000000000001"
OFFICE = Person("the office", "+12065550181")
CALLER_HZ, PERSON_HZ = 440, 700
BRIEFED = r"press|decline"


@pytest.fixture(scope="module")
def port() -> int:
    """Of the telephones' own SIP stack."""
    return free_port("127.0.0.1")


@pytest.fixture(scope="module")
def running_system(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Its own calls go to the telephones of the test."""
    folder = tmp_path_factory.mktemp("transfers") / "data"
    yield from running(folder, PICKUP_SIP_OUT_HOST=f"127.0.0.1:{port}", PICKUP_SIP_OUT_USD_PER_MINUTE="0.006")


class Phones:
    """The caller's telephone and the office's, on one stack."""

    def __init__(self, port: int) -> None:
        self._ringing: asyncio.Queue[Leg] = asyncio.Queue()
        self.stack = SipStack(port=port, on_call=self._ringing.put_nowait)

    async def rings(self) -> Leg:
        """The office's telephone, once it rings."""
        async with asyncio.timeout(20):
            return await self._ringing.get()


@pytest.fixture
async def phones(system: System, port: int) -> AsyncIterator[Phones]:
    phones = Phones(port)
    assert system.services is not None
    async with phones.stack, reachable(system.services, GRACE, OFFICE):
        yield phones


@asynccontextmanager
async def on_hold(system: System, phones: Phones, caller: str) -> AsyncIterator[tuple[PhoneCall, Leg]]:
    """A caller who is being put through, and the office's telephone that rings."""
    assert system.lab is not None
    leg = await phones.stack.dial(f"sip:+12065550100@{system.sip}", caller=caller)
    async with PhoneCall(leg, system.lab) as call:
        await call.answered()
        await call.hears("thank you for calling")
        await call.quiet(1.5)
        await call.say("No, please don't record me.")
        await call.quiet(1.5)
        call.forget()
        await call.say("Please put me through to the office.")
        await call.hears(r"about")
        await call.quiet(1.0)
        await call.say("It is about the heating in the chapel.")
        yield call, await phones.rings()


async def hears_tone(listener: PhoneCall, speaker: PhoneCall, hertz: int, within: float = 10.0) -> bool:
    """Whether what one of the two sounds into their telephone arrives at the other's."""
    second, at, loop = tone(hertz, speaker.leg.rate), 0, asyncio.get_running_loop()
    until, size = loop.time() + within, speaker.leg.rate // 50 * 2
    while loop.time() < until:
        while speaker.leg.unspoken_seconds < 0.06:
            speaker.leg.speak(second[at : at + size])
            at = (at + size) % len(second)
        await asyncio.sleep(0.01)
        last = [piece.samples * 32768 for piece in listener._heard[-50:]]
        if last and contains(np.concatenate(last), listener.leg.rate, hertz):
            return True
    return False


def steps(record: Any) -> list[str]:
    return [event.fields["state"] for event in record.events if event.kind == "leg"]


async def test_given_two_telephones_when_the_person_presses_1_then_each_hears_the_other_alone(
    system: System, phones: Phones
) -> None:
    caller = "+12065550151"
    async with on_hold(system, phones, caller) as (call, ringing):
        assert ringing.dialled == OFFICE.number
        assert ringing.caller == "+12065550100", "the person sees whom it is called for"
        await call.quiet(0.0)
        call.forget()
        await call.begins()
        assert await ringing.answer()
        assert system.lab is not None
        async with PhoneCall(ringing, system.lab) as person:
            await person.begins()
            assert not await hears_tone(call, person, PERSON_HZ, within=1.5), "the caller hears the music alone"
            assert not await hears_tone(person, call, CALLER_HZ, within=1.5), "the person hears the briefing alone"
            # the words are recognised afterwards: a key is waited for no longer than 10 s
            await person.quiet(1.0)
            await ringing.press("1")
            assert await hears_tone(call, person, PERSON_HZ)
            assert await hears_tone(person, call, CALLER_HZ)
            await person.hears(BRIEFED)
            assert not re.search(BRIEFED, await call.words())
            call.forget()
            await person.hang_up()
            await call.hears(r"good ?bye|thank you|thanks")
            await call.ended()
    record = await system.record_of(caller)
    assert steps(record) == ["offered", "ringing", "briefed", "briefed", "taken", "taken"]
    assert (record.outcome, record.ended_by, record.end_reason) == ("TRANSFERRED", "agent", "transferred")
    final = [event.fields for event in record.events if event.kind == "leg"][-1]
    assert final["talk_seconds"] > 1 and final["to"] == "+*********81"
    assert 0 < float(str(record.cost_items["carrier"])) < 0.02 and record.cost_usd is not None
    assert {"person_joined", "person_left"} <= {event.kind for event in record.events}
    assert await system.people() == []


async def test_given_a_person_who_presses_2_then_the_caller_is_back_with_the_agent_and_hangs_up_from_there(
    system: System, phones: Phones
) -> None:
    caller = "+12065550152"
    async with on_hold(system, phones, caller) as (call, ringing):
        assert await ringing.answer()
        assert system.lab is not None
        async with PhoneCall(ringing, system.lab) as person:
            await person.begins()
            await person.quiet(1.0)
            call.forget()
            await ringing.press("2")
            await person.ended()
        await call.hears(r"message|calls? you back")
        assert await system.people() == [["agent", "caller"]]
    record = await system.record_of(caller)
    assert steps(record)[-1] == "declined" and record.ended_by == "caller"
