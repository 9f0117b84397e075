"""The carrier as a process: what it is told, and how it ends."""

import asyncio
import base64
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from carrier_world import CALLER, ROOT, CarrierProcess, running_carrier

from lab.carrier.control import CarrierControl
from lab.sip.stack import Leg, SipStack
from lab.stack import processes

DID, OTHER = "+12065550100", "+12065550101"


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "{}", json.dumps({"api_key": "k", "signing_seed": base64.b64encode(b"short").decode()})],
    ids=["nothing", "no JSON", "no keys", "a short seed"],
)
def test_given_a_line_that_can_t_be_used_then_it_says_what_is_needed_and_exits_2(line: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "lab.carrier"], input=line + "\n", capture_output=True, text=True, cwd=ROOT, timeout=20
    )
    assert ran.returncode == 2
    assert "signing_seed" in ran.stderr and "Traceback" not in ran.stderr


async def talking(carrier: CarrierProcess, stack: SipStack, rung: "asyncio.Queue[Leg]") -> tuple[Leg, Leg]:
    """A call in direct mode that was answered: the caller's leg, and the other's."""
    async with CarrierControl(carrier.api) as control:
        routes = [{"did": did, "mode": "sip", "gateway": stack.address} for did in (DID, OTHER)]
        await control.routes(*routes)
    phone = await stack.dial(f"sip:{DID}@{carrier.sip}", caller=CALLER)
    async with asyncio.timeout(5):
        agent = await rung.get()
        await agent.answer()
        await phone.connected.wait()
    return phone, agent


async def test_given_sigterm_then_no_more_calls_are_taken_and_those_that_run_may_end(tmp_path: Path) -> None:
    rung = asyncio.Queue[Leg]()
    with running_carrier(tmp_path) as carrier:
        async with SipStack(on_call=rung.put_nowait) as stack:
            phone, agent = await talking(carrier, stack, rung)
            carrier.process.send_signal(signal.SIGTERM)
            # the signal and the INVITE come by different ways
            await asyncio.sleep(0.2)
            second = await stack.dial(f"sip:{OTHER}@{carrier.sip}", caller=CALLER)
            async with asyncio.timeout(5):
                assert (await second.ended()).sip_code == 503
            assert phone.ending is None and agent.ending is None
            await phone.hang_up()
            assert await processes.ended(carrier.process, 10)
            assert carrier.process.returncode == 0


async def test_given_sigint_then_all_calls_end_now(tmp_path: Path) -> None:
    rung = asyncio.Queue[Leg]()
    with running_carrier(tmp_path) as carrier:
        async with SipStack(on_call=rung.put_nowait) as stack:
            phone, agent = await talking(carrier, stack, rung)
            carrier.process.send_signal(signal.SIGINT)
            async with asyncio.timeout(5):
                await asyncio.gather(phone.ended(), agent.ended())
            assert await processes.ended(carrier.process, 10)
            assert carrier.process.returncode == 0
