"""A process dies in the middle of a call: what the caller meets, and what the one record says."""

import asyncio
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.timeout(240)

GREETED = r"thank you for calling"


async def greeted(call: Any) -> None:
    await call.answered()
    await call.hears(GREETED)


async def still_works(system: Any, phone: Any, caller: str) -> None:
    """The next call is answered as if nothing had been."""
    await system.until(
        lambda: all(row["state"] == "ready" for row in system.state["processes"]), 40, "all processes ready again"
    )
    async with phone.call(caller=caller) as call:
        await greeted(call)
    record = await system.record_of(caller)
    assert record.disposition == "ANSWERED"


def job_in_a_call(system: Any) -> psutil.Process:
    """The job process that is connected to LiveKit; idle ones aren't."""
    port = int(system.ready["livekit"].rsplit(":", 1)[1])
    for process in system.children("worker-1"):
        if any(each.raddr and each.raddr.port == port for each in process.net_connections("tcp")):
            return process
    raise AssertionError("no job process is in a room")


async def test_given_the_job_killed_then_the_caller_is_not_left_in_silence_and_one_record_says_why(
    system: Any, phone: Any
) -> None:
    caller = "+12065550130"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        job_in_a_call(system).kill()
        await call.ended(5)

    record = await system.record_of(caller)
    assert (record.disposition, record.outcome, record.end_reason) == ("ANSWERED", "ERROR", "agent_lost")
    assert "agent_lost" in " ".join(await system.alerts())
    await still_works(system, phone, "+12065550131")


async def test_given_the_worker_killed_then_the_caller_is_not_left_in_silence_and_one_record_says_why(
    system: Any, phone: Any
) -> None:
    caller = "+12065550132"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("worker-1")
        await call.ended(15)

    record = await system.record_of(caller)
    assert (record.disposition, record.outcome) == ("ANSWERED", "ERROR")
    # the job outlives its worker by a moment, in which it tells its own end
    assert record.end_reason in ("cancelled", "agent_lost")
    await still_works(system, phone, "+12065550133")


async def test_given_the_webhooks_killed_then_the_caller_notices_nothing(system: Any, phone: Any) -> None:
    caller = "+12065550134"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("webhooks")
        await call.quiet(1.5)
        call.forget()
        await call.say("No thank you, please don't record this.")
        await call.hears("record")
        await call.quiet(1.5)
        call.forget()
        await call.say("When is your office open?")
        await call.hears(r"office|monday|nine|o'clock|a\.?m")

    record = await system.record_of(caller)
    assert (record.disposition, record.end_reason) == ("ANSWERED", "caller_hung_up")
    await still_works(system, phone, "+12065550135")


async def test_given_the_gateway_killed_then_one_record_says_that_the_line_was_lost(system: Any, phone: Any) -> None:
    caller = "+12065550136"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("gateway")
        record = await system.record_of(caller, 60)
        assert record.disposition == "ANSWERED"
        assert record.end_reason != "caller_hung_up"
    await still_works(system, phone, "+12065550137")


async def test_given_redis_killed_and_back_then_the_call_goes_on_and_the_next_ones_ring_as_before(
    system: Any, phone: Any
) -> None:
    caller = "+12065550138"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        (redis,) = [one for one in _stack_processes(system) if "valkey" in one.name() or "redis" in one.name()]
        redis.kill()
        await call.quiet(1.5)
        call.forget()
        await call.say("Hello, when is the service on Sunday?")
        await call.hears(r"[a-z]{3,}", 25)

    record = await system.record_of(caller, 40)
    assert (record.disposition, record.end_reason) == ("ANSWERED", "caller_hung_up")
    await still_works(system, phone, "+12065550139")


async def test_given_the_livekit_server_killed_and_back_then_one_agent_speaks_and_there_is_one_record(
    system: Any, phone: Any
) -> None:
    caller = "+12065550140"
    async with phone.call(caller=caller) as call:
        await greeted(call)
        system.kill("livekit")
        await asyncio.sleep(8.0)
        if call.leg.ending is None:
            call.forget()
            await call.say("Hello? Are you still there?")
            words = await call.hears(r"[a-z]{3,}", 25)
            assert words.lower().count("thank you for calling") <= 1, words
            speaking = [
                one for room in await system.services.switchboard.rooms("local")
                for one in await system.services.switchboard.participants(room.name) if one.kind == "agent"
            ]  # fmt: skip
            assert len(speaking) <= 2

    record = await system.record_of(caller, 60)
    assert record.disposition == "ANSWERED"
    assert [event.kind for event in record.events].count("answered") == 1
    await still_works(system, phone, "+12065550141")


def _stack_processes(system: Any) -> list[psutil.Process]:
    return [
        child
        for one in psutil.process_iter(["cmdline"])
        if f"lab.stack.supervisor --data-dir {system.data_dir}" in " ".join(one.info["cmdline"] or ())
        for child in one.children(recursive=True)
    ]
