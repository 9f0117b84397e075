"""Scaled time, each case in a process of its own: the clocks of this one stay as they are."""

import subprocess
import sys
import textwrap

import pytest

SCALED = "from lab.base import timescale\ntimescale.install(8.0)\n"


def run(program: str, *, seconds: float = 30) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "wait",
    [
        "time.sleep(2)",
        "asyncio.run(asyncio.sleep(2))",
        "asyncio.run(later())",
        "asyncio.run(timed_out())",
        "threading.Event().wait(2)",
        "queue_times_out()",
        "selectors.DefaultSelector().select(2)",
        "concurrent.futures.wait([concurrent.futures.Future()], timeout=2)",
    ],
)
def test_given_eight_times_when_two_seconds_are_waited_then_a_quarter_passes(wait: str) -> None:
    program = f"""
        import time
        real = time.monotonic
        from lab.base import timescale
        timescale.install(8.0)
        import asyncio, concurrent.futures, contextlib, queue, selectors, threading

        async def later():
            done = asyncio.Event()
            asyncio.get_running_loop().call_later(2, done.set)
            await done.wait()

        async def timed_out():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), 2)

        def queue_times_out():
            with contextlib.suppress(queue.Empty):
                queue.Queue().get(timeout=2)

        began, scaled, wall = real(), time.monotonic(), time.time()
        {wait}
        print(real() - began, time.monotonic() - scaled, time.time() - wall)
    """
    took, scaled, wall = map(float, run(program).split())
    assert 0.24 < took < 0.5
    assert 1.9 < scaled < 4
    assert wall == pytest.approx(scaled, abs=0.1)


def test_given_eight_times_when_twenty_ms_are_paced_then_the_loop_wakes_in_time() -> None:
    program = f"""
        {SCALED.replace(chr(10), chr(10) + " " * 8)}
        import asyncio, time
        async def main():
            loop, late = asyncio.get_running_loop(), []
            start = loop.time()
            for index in range(1, 251):
                await asyncio.sleep(max(0, start + index * 0.02 - loop.time()))
                late.append(loop.time() - start - index * 0.02)
            late.sort()
            print(late[125] * 1000)
        asyncio.run(main())
    """
    # whole milliseconds of epoll would make it up to 8
    assert float(run(program)) < 4


def test_given_livekit_under_eight_times_when_a_call_is_lived_then_the_caller_hears_the_same() -> None:
    program = f"""
        {SCALED.replace(chr(10), chr(10) + " " * 8)}
        import asyncio
        from livekit.agents import Agent, AgentSession
        from livekit.agents.utils import http_context
        from lab.person.ear import Ear
        from lab.person.line import EmbeddedLine
        from lab.person.wire import Wire
        from livekit import rtc

        async def tone():
            for _ in range(100):
                yield rtc.AudioFrame((b"\\x00\\x10" * 12 + b"\\x00\\xf0" * 12) * 10, 24000, 1, 240)

        async def main():
            async with http_context.open(), Wire() as wire:
                line = EmbeddedLine(wire, did="1", caller=None)
                session, ear = AgentSession(vad=None, session_close_transcript_timeout=0.2), Ear()
                await line.answer(session, Agent(instructions=""))
                session.say("Hello.", audio=tone())
                while ear.seconds < 3:
                    ear.take(await wire.ear.get())
                await session.aclose()
                print(ear.spans)

        asyncio.run(main())
    """
    ((start, end),) = eval(run(program))
    assert start < 400
    assert end - start == pytest.approx(1000, abs=30)


def test_given_speed_one_when_installed_then_no_clock_is_touched() -> None:
    run(
        "import time\nbefore = time.time, time.sleep\nfrom lab.base import timescale\ntimescale.install(1.0)\n"
        "assert before == (time.time, time.sleep)"
    )


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("timescale.install(0)", "over 0"),
        ("timescale.install(17)", "at most 16"),
        ("timescale.install(2); timescale.install(2); timescale.install(3)", "runs at 2 already"),
        ("import livekit.agents; timescale.install(2)", "before livekit"),
    ],
)
def test_given_what_cannot_be_when_installed_then_it_is_refused(program: str, reason: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"from lab.base import timescale; {program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert reason in done.stderr
