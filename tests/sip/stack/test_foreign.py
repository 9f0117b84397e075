"""The SIP stack under a telephone that isn't ours: sipp is strict, and counts every message."""

import asyncio
from typing import Any

import pytest

from lab.sip.stack import Leg, LegEnd, SipStack


async def called(sipp: Any, scenario: str, *more: str, **options: Any) -> tuple[Leg, LegEnd, list[str]]:
    """What became of a call that we answer at once, and the keys that were pressed."""
    legs, keys = asyncio.Queue[Leg](), list[str]()
    async with SipStack(on_call=legs.put_nowait, **options) as stack:
        calling = asyncio.create_task(sipp(scenario, stack.address, *more))
        try:
            async with asyncio.timeout(5):
                leg = await legs.get()
            if scenario != "cancel":
                assert await leg.answer()
            async with asyncio.timeout(20):
                keys += [digit async for digit in leg.digits()]
                end = await leg.ended()
        finally:
            await calling
    return leg, end, keys


@pytest.mark.parametrize("scenario", ["plain", "late_ack"])
async def test_given_a_strict_phone_when_answered_then_nothing_but_the_answer_is_sent(sipp: Any, scenario: str) -> None:
    leg, end, _ = await called(sipp, scenario)
    assert leg.connected.is_set()
    assert (end.by, end.reason) == ("peer", "hung_up")


async def test_given_a_phone_when_it_cancels_then_it_is_told_487(sipp: Any) -> None:
    _, end, _ = await called(sipp, "cancel")
    assert (end.by, end.reason, end.sip_code) == ("peer", "cancelled", 487)


async def test_given_a_phone_when_it_presses_keys_by_rtp_then_each_is_told_once(sipp: Any) -> None:
    _, _, keys = await called(sipp, "digits")
    assert keys == list("12#*0")


async def test_given_a_phone_when_it_holds_and_comes_back_then_the_call_goes_on_to_its_bye(sipp: Any) -> None:
    leg, end, _ = await called(sipp, "hold", "-key", "first_port", "26000", "-key", "second_port", "26002")
    assert (end.by, end.reason) == ("peer", "hung_up")
    assert not leg.held


async def test_given_a_phone_when_it_falls_silent_then_the_leg_ends_and_the_phone_is_told(sipp: Any) -> None:
    _, end, _ = await called(sipp, "falls_silent", rtp_timeout=2)
    assert (end.by, end.reason) == ("system", "rtp_timeout")
