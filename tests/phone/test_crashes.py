"""A process dies in the middle of a call: what the caller meets, and what the one record says."""

import asyncio
import re

import psutil
import pytest
from pickup_up import System
from telephone import PhoneCall, Telephone, telephone

from shared.ports import WorkerBeat
from shared.services import Services

pytestmark = pytest.mark.timeout(240)

GREETED = r"thank you for calling"


async def greeted(call: PhoneCall) -> None:
    await call.answered()
    await call.hears(GREETED)


async def still_works(system: System, phone: Telephone, caller: str) -> None:
    """The next call is answered as if nothing had been."""
    await system.until(
        lambda: all(row["state"] == "ready" for row in system.state["processes"]), 40, "all processes ready again"
    )
    async with phone.call(caller=caller) as call:
        await greeted(call)
    record = await system.record_of(caller)
    assert record.disposition == "ANSWERED"


def job_in_a_call(system: System) -> psutil.Process:
    """The job process that is connected to LiveKit; idle ones aren't."""
    port = int(system.ready["livekit"].rsplit(":", 1)[1])
    for process in system.children("worker-1"):
        if any(each.raddr and each.raddr.port == port for each in process.net_connections("tcp")):
            return process
    raise AssertionError("no job process is in a room")


@pytest.mark.requirement("OP-30", "OP-35")
async def test_given_the_job_killed_twice_then_another_agent_goes_on_with_the_call_each_time_and_one_record_is_whole(
    system: System, phone: Telephone
) -> None:
    caller = "+12065550130"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        for _ in range(2):
            await call.quiet(1.5)
            job = job_in_a_call(system)
            call.forget()
            job.kill()
            words = await call.hears(r"i'?m back", 15)
            assert not re.search(GREETED, words, re.IGNORECASE), words
        await call.quiet(1.5)
        call.forget()
        await call.say("No, please don't record this. When is your office open?")
        await call.hears(r"office|monday|nine|o'clock|a\.?m")
        assert call.leg.ending is None

    record = await system.record_of(caller)
    assert (record.disposition, record.ended_by, record.end_reason) == ("ANSWERED", "caller", "caller_hung_up")
    kinds = [event.kind for event in record.events]
    assert (kinds.count("answered"), kinds.count("took_over")) == (1, 2)
    assert [event.key for event in record.events].count("completion:agent") == 1
    assert re.search(GREETED, record.transcript[0]["text"], re.IGNORECASE), "by the first agent"
    await system.until_alert("job_died")
    assert "agent_lost" not in await system.alerts()
    await still_works(system, phone, "+12065550131")


async def test_given_the_worker_killed_then_its_job_goes_on_to_the_end_of_the_call_without_it(
    system: System, phone: Telephone
) -> None:
    assert system.services is not None
    caller, worker = "+12065550132", system.pid("worker-1")
    async with phone.call(caller=caller) as call:
        await greeted(call)
        call_id = (await system.running_call(caller)).call_id
        jobs = system.children("worker-1")
        system.kill("worker-1")
        await system.until(lambda: system.pid("worker-1") not in (None, worker), 20, "another worker")
        await call.quiet(1.5)
        call.forget()
        await call.say("No, please don't record this. When is your office open?")
        words = await call.hears(r"office|monday|nine|o'clock|a\.?m")
        assert "back" not in words and call.leg.ending is None

    record = await system.record_of(caller)
    assert (record.disposition, record.ended_by, record.end_reason) == ("ANSWERED", "caller", "caller_hung_up")
    assert [event.key for event in record.events].count("completion:agent") == 1
    await system.until(lambda: not any(one.is_running() for one in jobs), 15, "the job processes have gone")
    assert await system.services.leases.holder(call_id) is None
    await still_works(system, phone, "+12065550133")


@pytest.mark.requirement("DU-05", part="a killed worker doesn't hold up the next one")
@pytest.mark.requirement("DU-03")
async def test_given_a_call_that_rings_when_the_worker_comes_then_it_is_answered_all_the_same(
    system: System, phone: Telephone
) -> None:
    assert system.services is not None
    caller, before = "+12065550154", {beat.worker_id for beat in await system.services.workers.alive()}
    worker = system.pid("worker-1")
    system.kill("worker-1")
    # a busy machine needs longer to load a worker than a telephone may ring
    await _begun(system.services, before)
    async with phone.call(caller=caller) as call:
        await call.answered(9)
        await call.hears(GREETED)
    assert (await system.record_of(caller)).disposition == "ANSWERED"
    await system.until(lambda: system.pid("worker-1") not in (None, worker))


@pytest.mark.parametrize(("way", "caller"), [("carrier", "+12065550117"), ("direct", "+12065550134")])
async def test_given_webhooks_that_die_in_a_call_then_the_caller_notices_nothing_and_the_record_is_whole(
    system: System, way: str, caller: str
) -> None:
    assert system.lab is not None
    by_carrier = way == "carrier"
    async with telephone(system.ready["carrier"] if by_carrier else system.sip, system.lab) as phone:
        await _webhooks_die(system, phone, caller, by_carrier)


async def _webhooks_die(system: System, phone: Telephone, caller: str, by_carrier: bool) -> None:
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("webhooks")
        await call.quiet(1.5)
        call.forget()
        await call.say("No thank you, please don't record this.")
        await call.hears(r"record|no problem|fine|okay")
        await call.quiet(1.5)
        call.forget()
        await call.say("When is your office open?")
        await call.hears(r"office|monday|nine|o'clock|a\.?m")

    record = await (system.told_by_carrier(caller, 20) if by_carrier else system.record_of(caller, 20))
    assert (record.disposition, record.ended_by, record.end_reason) == ("ANSWERED", "caller", "caller_hung_up")
    await still_works(system, phone, "+12065550135" if by_carrier else "+12065550170")


async def test_given_the_gateway_killed_then_one_record_says_that_the_line_was_lost(
    system: System, phone: Telephone
) -> None:
    caller = "+12065550136"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("gateway")
        record = await system.record_of(caller, 60)
        assert record.disposition == "ANSWERED"
        assert record.end_reason != "caller_hung_up"
    await still_works(system, phone, "+12065550137")


async def test_given_redis_killed_and_back_then_the_call_goes_on_and_the_next_ones_ring_as_before(
    system: System, phone: Telephone
) -> None:
    caller = "+12065550138"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        (redis,) = [one for one in system.servers() if "valkey" in one.name() or "redis" in one.name()]
        redis.kill()
        await call.quiet(1.5)
        call.forget()
        await call.say("Hello, when is the service on Sunday?")
        await call.hears(r"[a-z]{3,}", 25)

    record = await system.record_of(caller, 40)
    assert (record.disposition, record.end_reason) == ("ANSWERED", "caller_hung_up")
    await still_works(system, phone, "+12065550139")


async def test_given_the_livekit_server_killed_and_back_then_one_agent_speaks_and_there_is_one_record(
    system: System, phone: Telephone
) -> None:
    assert system.services is not None
    caller, killed = "+12065550140", system.pid("livekit")
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("livekit")
        await system.until(lambda: system.pid("livekit") not in (None, killed), 20, "another LiveKit server")
        await system.alone_with_the_agent(30)
        call.forget()
        await call.say("Hello? Are you still there?")
        words = await call.hears(r"[a-z]{3,}", 25)
        assert words.lower().count(GREETED) <= 1, words
        assert call.leg.ending is None
        assert await system.people() == [["agent", "caller"]]
        beat = await _registered_again(system.services)
        assert beat.calls == 1

    record = await system.record_of(caller, 60)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
    assert [event.kind for event in record.events].count("answered") == 1
    assert [event.key for event in record.events].count("completion:agent") == 1
    await still_works(system, phone, "+12065550141")


async def _begun(services: Services, before: set[str]) -> None:
    """Until another worker than those shows that it lives; it isn't registered by then."""
    async with asyncio.timeout(30):
        while not {beat.worker_id for beat in await services.workers.alive()} - before:
            await asyncio.sleep(0.02)


async def _registered_again(services: Services) -> WorkerBeat:
    """The one worker's next heartbeat that says that LiveKit can send it calls."""
    async with asyncio.timeout(20):
        while True:
            (beat,) = await services.workers.alive()
            if beat.registered:
                return beat
            await asyncio.sleep(0.2)
