"""Synthetic calls over real SIP: by the carrier and past it, with the stage's mark and with forged ones."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from pickup_world import Pickup
from telephone import telephone

from local_deploy.running import RunningSystem, find_running
from shared.domain.telephony.rooms import SYNTHETIC_HEADER
from shared.tokens import StageTokens

pytestmark = pytest.mark.timeout(180)

NUMBER = "+12065550100"


@pytest.fixture
def running(system: Any) -> RunningSystem:
    found = find_running(system.data_dir)
    assert found is not None
    return found


@pytest.mark.requirement("DU-64")
async def test_given_signed_and_forged_marks_on_both_paths_when_called_then_only_the_signed_are_synthetic(
    system: Any, running: RunningSystem
) -> None:
    tokens, now = running.tokens_for(NUMBER), datetime.now(UTC)
    assert tokens is not None
    signed = tokens.sign_synthetic(NUMBER, now, "signed")
    forged = StageTokens("local", ("another key",)).sign_synthetic(NUMBER, now, "forged")
    calls = {
        "+12065550160": (running.carrier, signed),
        "+12065550161": (running.carrier, forged),
        "+12065550162": (running.sip, signed),
        "+12065550163": (running.sip, forged),
    }

    async def one(phones: Any, caller: str, mark: str) -> None:
        async with phones.call(NUMBER, caller=caller, headers={SYNTHETIC_HEADER: mark}) as call:
            await call.answered()
            await asyncio.sleep(0.5)

    for address in (running.carrier, running.sip):
        async with telephone(address, system.lab) as phones:
            mine = [(caller, mark) for caller, (dialled, mark) in calls.items() if dialled == address]
            await asyncio.gather(*(one(phones, caller, mark) for caller, mark in mine))
    records = {caller: await system.record_of(caller) for caller in calls}
    assert {record.disposition for record in records.values()} == {"ANSWERED"}
    assert {caller: record.synthetic for caller, record in records.items()} == {
        caller: mark == signed for caller, (_, mark) in calls.items()
    }


@pytest.mark.requirement("DU-64")
async def test_given_pickup_up_when_test_calls_come_both_ways_then_they_are_listed_as_synthetic(
    system: Any, running: RunningSystem
) -> None:
    callers = {"+12065550164": running.carrier, "+12065550165": running.sip}
    for caller, address in callers.items():
        _, judged = await system.test_call("--sip", address, "--from", caller, "--scenario", "hangs_up_early")
        assert [call["marked"] for call in judged["calls"]] == [True]
        assert (await system.record_of(caller)).synthetic
    listed = await asyncio.to_thread(Pickup(system.data_dir), "calls", "--limit", "2")
    rows = [line for line in listed.stdout.splitlines() if "+1206555016" in line]
    assert len(rows) == 2 and all(row.rstrip().endswith("synthetic") for row in rows), listed.stdout
