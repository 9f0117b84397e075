"""Call control as in a deployed stage, over real SIP: who calls past the carrier isn't answered."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from livekit import api
from pickup_up import System, running
from telephone import Telephone, telephone

from shared.domain.telephony.rooms import CALL_HEADER

pytestmark = pytest.mark.timeout(180)

GREETED = r"thank you for calling"


@pytest.fixture(scope="module")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running(tmp_path_factory.mktemp("signed") / "data", "--no-direct")


@pytest.fixture
async def login(system: System) -> AsyncIterator[tuple[str, str]]:
    """What the stage's trunk asks for."""
    told = system.livekit
    async with api.LiveKitAPI(told["livekit_url"], told["livekit_api_key"], told["livekit_api_secret"]) as client:
        (trunk,) = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
    yield trunk.auth_username, trunk.auth_password


async def test_given_call_control_when_a_caller_comes_by_the_carrier_then_the_trunk_gets_its_login_and_it_is_answered(
    system: Any, carrier_phone: Telephone
) -> None:
    caller = "+12065550170"
    async with carrier_phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
    record = await system.told_by_carrier(caller)
    assert (record.disposition, record.decision["reason"]) == ("ANSWERED", "NUMBER_BOUND")
    assert await system.alerts() == []


async def test_given_call_control_when_a_caller_dials_livekit_then_neither_password_nor_forged_header_is_answered(
    system: Any, login: tuple[str, str]
) -> None:
    user, password = login
    async with telephone(system.sip, system.lab) as phone:

        async def refused(caller: str, **more: Any) -> int | None:
            async with phone.call(caller=caller, **more) as call:
                code, _ = await call.refused()
                return code

        codes = await asyncio.gather(
            refused("+12065550171"),
            refused("+12065550172", login=(user, "another password")),
            refused("+12065550173", login=("somebody", password)),
            refused("+12065550174", login=login),
            refused("+12065550175", login=login, headers={CALL_HEADER: "forged"}),
        )
    # this telephone answers the challenge in any case; one that doesn't gets no more than the challenge
    assert codes == [401, 401, 401, 486, 486]
    for caller in ("+12065550174", "+12065550175"):
        record = await system.record_of(caller)
        assert (record.disposition, record.outcome, record.end_reason) == ("BUSY", "REJECTED", "unsigned")
        assert (record.tenant_id, record.transcript, record.usage, record.answered_at) == (None, (), (), None)
        assert not record.cost_usd
    assert not [record for record in await system.records() if record.caller in ("+12065550171", "+12065550172")]
    await system.until_alert("unsigned_call")


async def test_given_the_webhooks_are_dead_when_an_unsigned_call_comes_then_the_agent_refuses_it(
    system: Any, login: tuple[str, str]
) -> None:
    system.kill("webhooks")
    async with telephone(system.sip, system.lab) as phone, phone.call(caller="+12065550176", login=login) as call:
        assert (await call.refused())[0] == 486
    record = await system.record_of("+12065550176")
    assert (record.outcome, record.decision["reason"], record.answered_at) == ("REJECTED", "UNSIGNED", None)
