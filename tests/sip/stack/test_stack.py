"""The SIP stack against a second one in another process: signalling, sound, keys, hold, transfer, ends."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from unforeseen import Breaking, reported

from lab.base import sound
from lab.sip.stack import Leg, SipError, SipStack
from lab.stack.ports import free_port
from shared.errors import StackError

CALLER = "+12065550142"
NUMBER = "+12065550100"


@asynccontextmanager
async def listening(**options: Any) -> AsyncIterator[tuple[SipStack, asyncio.Queue[Leg]]]:
    """A stack, and the legs that ring on it."""
    legs = asyncio.Queue[Leg]()
    async with SipStack(on_call=legs.put_nowait, **options) as stack:
        yield stack, legs


async def within(waited: Any, seconds: float = 10.0) -> Any:
    async with asyncio.timeout(seconds):
        return await waited


def tone(rate: int, seconds: float = 0.2) -> bytes:
    return sound.to_pcm((0.3 * np.sin(2 * np.pi * 400 * np.arange(round(rate * seconds)) / rate)).astype(np.float32))


async def hears_itself(leg: Leg) -> bool:
    """Whether what we say comes back; we say it until it does, for 3 s at most."""
    async with asyncio.timeout(3):
        async for heard in leg.audio():
            if sound.level(sound.from_pcm(heard.pcm)) > 1000:
                return True
            if leg.unspoken_seconds < 0.05:
                leg.speak(tone(leg.rate))
    return False


async def test_given_port_0_when_started_then_the_port_is_told_and_taken() -> None:
    async with listening() as (stack, _):
        assert stack.address == f"127.0.0.1:{stack.port}"
        with socket.socket(type=socket.SOCK_DGRAM) as probe, pytest.raises(OSError):
            probe.bind(("127.0.0.1", stack.port))


async def test_given_a_taken_port_when_started_then_it_is_said_and_the_next_start_works() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(StackError, match=str(taken.getsockname()[1])):
            async with SipStack(port=taken.getsockname()[1]):
                pass
    async with SipStack(port=free_port()) as stack:
        assert stack.port


async def test_given_a_call_when_it_rings_then_the_leg_tells_number_caller_headers_and_call_id(peer: Any) -> None:
    async with listening(headers=("X-Tenant", "X-Missing")) as (stack, legs):
        headers = {"X-Tenant": "grace church"}
        peer.order("dial", uri=f"sip:{NUMBER}@{stack.address}", caller=CALLER, headers=headers)
        leg = await within(legs.get())
        assert (leg.direction, leg.dialled, leg.caller, leg.host) == ("incoming", NUMBER, CALLER, stack.address)
        assert leg.headers == headers
        assert leg.sip_call_id
        assert leg.ringing.is_set() and not leg.established.is_set()


@pytest.mark.parametrize("code", [404, 486, 503, 603])
async def test_given_a_ringing_leg_when_refused_then_the_caller_is_told_that_code(peer: Any, code: int) -> None:
    async with listening() as (stack, legs):
        peer.order("dial", uri=f"sip:{NUMBER}@{stack.address}")
        leg = await within(legs.get())
        await leg.refuse(code)
        assert await peer.told("ended") == ["peer", "refused", code]
        end = await within(leg.ended())
        assert (end.by, end.reason, end.sip_code) == ("us", "refused", code)
        assert not leg.established.is_set()


@pytest.mark.parametrize("code", [404, 486, 603])
async def test_given_a_refusal_when_we_dial_then_its_code_is_told(peer: Any, code: int) -> None:
    async with listening() as (stack, _):
        leg = await stack.dial(f"sip:{code}@{peer.address}", caller=CALLER)
        end = await within(leg.ended())
        assert (end.by, end.reason, end.sip_code) == ("peer", "refused", code)


@pytest.mark.parametrize(("codecs", "rate"), [(("PCMU",), 8000), (("PCMA",), 8000), (("G722", "PCMU"), 16000)])
async def test_given_an_answered_call_when_both_speak_then_both_hear(
    peer: Any, codecs: tuple[str, ...], rate: int
) -> None:
    async with listening(codecs=codecs) as (stack, _):
        leg = await stack.dial(f"sip:echo@{peer.address}", caller=CALLER, headers={"X-Tenant": "grace"})
        called = await peer.told("called")
        assert (called["caller"], called["headers"]) == (CALLER, {"X-Tenant": "grace"})
        await within(leg.connected.wait())
        assert leg.rate == rate
        assert await hears_itself(leg)


async def test_given_a_caller_who_gives_up_when_ringing_then_the_leg_ends_as_cancelled(peer: Any) -> None:
    async with listening() as (stack, legs):
        peer.order("dial", uri=f"sip:{NUMBER}@{stack.address}")
        leg = await within(legs.get())
        peer.order("hang_up")
        end = await within(leg.ended())
        assert (end.by, end.reason, end.sip_code) == ("peer", "cancelled", 487)
        assert await leg.answer() is False


async def test_given_a_peer_that_rings_when_we_give_up_then_it_is_cancelled_there(peer: Any) -> None:
    async with listening() as (stack, _):
        leg = await stack.dial(f"sip:ring@{peer.address}")
        await within(leg.ringing.wait())
        await peer.told("called")
        await leg.hang_up()
        await leg.hang_up()
        assert await peer.told("ended") == ["peer", "cancelled", 487]
        assert (await leg.ended()).by == "us"


@pytest.mark.parametrize("ours", [True, False])
async def test_given_a_connected_call_when_one_side_hangs_up_then_both_know_who(peer: Any, ours: bool) -> None:
    async with listening() as (stack, legs):
        peer.order("dial", uri=f"sip:{NUMBER}@{stack.address}")
        leg = await within(legs.get())
        assert await leg.answer()
        await within(leg.connected.wait())
        await peer.told("established")
        if ours:
            await leg.hang_up()
        else:
            peer.order("hang_up")
        end = await within(leg.ended())
        assert (end.by, end.reason, end.sip_code) == ("us" if ours else "peer", "hung_up", None)
        assert await peer.told("ended") == ["peer" if ours else "us", "hung_up", None]


async def test_given_a_connected_call_when_keys_are_pressed_then_each_is_told_once_either_way(peer: Any) -> None:
    async with listening() as (stack, _):
        leg = await stack.dial(f"sip:echo@{peer.address}")
        await within(leg.connected.wait())
        await leg.press("1#")
        assert [await peer.told("digit"), await peer.told("digit")] == ["1", "#"]
        peer.order("press", digits="20*")
        digits = aiter(leg.digits())
        assert [await within(anext(digits)) for _ in range(3)] == ["2", "0", "*"]
        with pytest.raises(SipError, match="digit"):
            await leg.press("x")


async def test_given_a_hold_when_it_ends_then_the_sound_goes_on(peer: Any) -> None:
    async with listening() as (stack, legs):
        peer.order("dial", uri=f"sip:{NUMBER}@{stack.address}")
        leg = await within(legs.get())
        await leg.answer()
        await within(leg.connected.wait())
        peer.order("hold")
        async with asyncio.timeout(5):
            while not leg.held:
                await asyncio.sleep(0.02)
        peer.order("resume")
        async with asyncio.timeout(5):
            while leg.held:
                await asyncio.sleep(0.02)
        assert await hears_itself(leg)
        assert leg.ending is None


async def test_given_a_refer_when_the_peer_refuses_then_its_code_is_told_and_the_call_goes_on(peer: Any) -> None:
    async with listening() as (stack, _):
        leg = await stack.dial(f"sip:echo@{peer.address}")
        await within(leg.connected.wait())
        asked = asyncio.create_task(leg.refer(f"sip:elsewhere@{stack.address}", within=5))
        assert await peer.told("referred") == f"sip:elsewhere@{stack.address}"
        peer.order("refuse_transfer", code=603)
        with pytest.raises(SipError, match="603"):
            await within(asked)
        assert leg.ending is None


async def test_given_a_refer_when_the_peer_follows_then_the_leg_ends_as_transferred(peer: Any) -> None:
    async with listening() as (stack, legs):
        leg = await stack.dial(f"sip:echo@{peer.address}")
        await within(leg.connected.wait())
        target = f"sip:elsewhere@{stack.address}"
        asked = asyncio.create_task(leg.refer(target, within=8))
        await peer.told("referred")
        peer.order("follow", to=target)
        new = await within(legs.get())
        assert new.dialled == "elsewhere"
        await new.answer()
        await within(asked)
        assert (await within(leg.ended())).reason == "transferred"


async def test_given_thirty_calls_at_once_when_refused_then_each_is_told_and_nothing_is_left(peer: Any) -> None:
    async with listening() as (stack, legs):
        peer.order("dial_many", uri=f"sip:{NUMBER}@{stack.address}", count=30)
        for number in range(30):
            leg = await within(legs.get())
            await leg.refuse((404, 486, 603)[number % 3])
        codes = [(await peer.told("ended"))[2] for _ in range(30)]
        assert sorted(codes) == [404] * 10 + [486] * 10 + [603] * 10
        assert stack.legs == set()


async def test_given_a_busy_event_loop_when_dialling_then_no_event_of_the_leg_is_missed(peer: Any) -> None:
    async with listening() as (stack, _):
        dialling = asyncio.create_task(stack.dial(f"sip:486@{peer.address}"))
        for _ in range(40):
            await asyncio.sleep(0)
            time.sleep(0.005)  # noqa: ASYNC251 (to be busy is what it is about)
        leg = await within(dialling)
        assert (await within(leg.ended())).sip_code == 486


@pytest.mark.long
async def test_given_nobody_there_when_dialling_then_the_leg_ends_as_unreachable() -> None:
    async with listening() as (stack, _):
        leg = await stack.dial(f"sip:{NUMBER}@127.0.0.1:{free_port()}")
        end = await within(leg.ended(), 40)
        assert (end.by, end.reason) == ("system", "unreachable")


async def test_given_calls_when_the_stack_closes_then_they_are_hung_up(peer: Any) -> None:
    async with listening() as (stack, _):
        leg = await stack.dial(f"sip:echo@{peer.address}")
        await within(leg.connected.wait())
    assert leg.ending is not None
    assert (await peer.told("ended"))[:2] == ["peer", "hung_up"]


async def test_given_the_task_that_reads_audio_is_killed_then_it_is_reported_and_audio_is_read(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = Breaking(Leg.listen)
    monkeypatch.setattr(Leg, "listen", lambda leg: listen(leg))
    async with reported("SIP audio"), listening() as (stack, _):
        leg = await stack.dial(f"sip:{NUMBER}@{peer.address}")
        await within(leg.connected.wait())
        assert await hears_itself(leg)
        await leg.hang_up()
