"""A system that takes one call at a time, and its end by Ctrl-C in a call."""

from collections.abc import Iterator

import pytest
from pickup_up import System, running
from telephone import Telephone

pytestmark = pytest.mark.timeout(180)

GREETED = "thank you for calling"


@pytest.fixture(scope="module")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running(tmp_path_factory.mktemp("small") / "data", "--calls", "1", "--drain", "20")


async def test_given_all_places_taken_then_one_more_call_is_not_answered_into_silence_and_the_record_says_why(
    system: System, phone: Telephone
) -> None:
    first, second, third = "+12065550151", "+12065550152", "+12065550153"
    async with phone.call(caller=first) as talking:
        await talking.answered()
        await talking.hears(GREETED)
        async with phone.call(caller=second) as waiting:
            code, _ = await waiting.refused()
        assert talking.leg.ending is None
    one_too_many = await system.record_of(second)
    assert (await system.record_of(first)).disposition == "ANSWERED"
    async with phone.call(caller=third) as call:
        await call.answered()
    await system.record_of(third)

    assert code == 486
    assert one_too_many.outcome == "NOT_ANSWERED"
    assert one_too_many.end_reason == "at_capacity"


@pytest.mark.requirement("OP-46")
async def test_given_all_places_taken_then_one_more_caller_hears_that_and_can_leave_a_message(
    system: System, carrier_phone: Telephone
) -> None:
    first = "+12065550122"
    async with carrier_phone.call(caller=first) as talking:
        await talking.answered()
        async with carrier_phone.call(caller="+12065550123") as waiting:
            await waiting.answered(12)
            await waiting.hears(r"lines are busy.*message after the tone")
        assert talking.leg.ending is None
    one_too_many = await system.told_by_carrier("+12065550123")
    assert (one_too_many.disposition, one_too_many.room_ids != ()) == ("NO_ANSWER", True)
    await system.record_of(first)


async def test_given_ctrl_c_during_a_call_then_the_call_goes_on_to_its_end_and_then_everything_ends(
    system: System, phone: Telephone
) -> None:
    """The last of this module: its system has ended afterwards."""
    caller = "+12065550155"
    async with phone.call(caller=caller) as call:
        await call.answered()
        system.interrupt()
        await call.hears(GREETED)
        async with phone.call(caller="+12065550156") as late:
            code, _ = await late.refused()
        assert code == 503
        assert call.leg.ending is None
    record = await system.record_of(caller)
    assert system.process.wait(timeout=30) == 0
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
