"""Calls without an agent, as a worker looks after them."""

from collections.abc import AsyncIterator

import pytest
from conversations import a_conversation

from agent.worker.lease import LEASE_SECONDS, RENEW_SECONDS, holder_of
from agent.worker.orphans import MOST_TAKEOVERS, OrphanCalls
from shared.adapters.memory import MemorySwitchboard
from shared.config import Settings
from shared.domain.telephony.rooms import Kind, Participant, call_id_of
from shared.errors import SwitchboardError
from shared.services import Services
from shared.wiring import open_services

ROOM = "local._1"
CALL = call_id_of(ROOM)
JOB = ("AW_1", "AJ_1", "agent-AJ_1")
"""LiveKit's worker, the job, and its participant."""


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as opened:
        assert isinstance(opened.switchboard, MemorySwitchboard)
        opened.switchboard.fault = None
        yield opened


@pytest.fixture
def switchboard(services: Services) -> MemorySwitchboard:
    assert isinstance(services.switchboard, MemorySwitchboard)
    return services.switchboard


@pytest.fixture
def rescue(services: Services) -> OrphanCalls:
    return OrphanCalls(services, "w1")


def who(identity: str, kind: Kind, status: str = "ringing") -> Participant:
    return Participant(identity, kind, {"sip.callStatus": status})


async def test_given_a_call_that_rings_without_an_agent_then_it_gets_one_once(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller"))
    await rescue.ringing()
    await rescue.ringing()
    await OrphanCalls(services, "w2").ringing()
    assert switchboard.dispatched == [(ROOM, "pickup-local")]


@pytest.mark.parametrize(
    "people",
    [
        (who("sip_1", "caller"), who("agent-1", "agent")),
        (who("sip_1", "caller"), who("clerk", "other")),
        (who("sip_1", "caller", "active"),),
        (who("agent-1", "agent"),),
    ],
    ids=["agent_there", "someone_there", "answered_and_over", "nobody_calls"],
)
async def test_given_a_call_that_needs_no_agent_then_none_is_asked_for(
    people: tuple[Participant, ...], rescue: OrphanCalls, switchboard: MemorySwitchboard
) -> None:
    for one in people:
        switchboard.join(ROOM, one)
    await rescue.ringing()
    assert switchboard.dispatched == []


async def test_given_an_agent_on_its_way_then_no_other_is_asked_for(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller"))
    await services.leases.take(CALL, "AW_2:AJ_2", LEASE_SECONDS)
    await rescue.ringing()
    assert switchboard.dispatched == []


async def test_given_another_stages_call_then_it_is_left_alone(
    rescue: OrphanCalls, switchboard: MemorySwitchboard
) -> None:
    switchboard.join("production._1", who("sip_1", "caller"))
    await rescue.ringing()
    assert switchboard.dispatched == []


async def test_given_livekit_away_then_nothing_is_raised(rescue: OrphanCalls, switchboard: MemorySwitchboard) -> None:
    switchboard.fault = SwitchboardError("away")
    await rescue.ringing()
    await rescue.job_gone(ROOM, *JOB)


async def test_given_a_job_that_died_in_its_call_then_another_agent_takes_it_over_and_the_operator_knows(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller", "active"))
    switchboard.join(ROOM, who("agent-AJ_1", "agent"))
    await services.leases.take(CALL, holder_of("AW_1", "AJ_1"), LEASE_SECONDS)
    await rescue.job_gone(ROOM, *JOB)
    assert (switchboard.ended, switchboard.dispatched) == ([], [(ROOM, "pickup-local")])
    assert await services.leases.holder(CALL) is None, "the successor needn't wait for it"
    (alert,) = await services.alerts.open_alerts()
    assert alert.key == "job_died" and "another agent takes it over" in alert.title

    # the successor dies too: LiveKit still lists the one before it
    switchboard.join(ROOM, who("agent-AJ_2", "agent"))
    await services.leases.take(CALL, holder_of("AW_1", "AJ_2"), LEASE_SECONDS)
    await rescue.job_gone(ROOM, "AW_1", "AJ_2", "agent-AJ_2")
    assert switchboard.dispatched == [(ROOM, "pickup-local")] * 2


async def test_given_a_call_whose_agents_die_again_and_again_then_it_is_ended_at_last(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller", "active"))
    for number in range(MOST_TAKEOVERS + 1):
        assert switchboard.ended == []
        await services.leases.take(CALL, holder_of("AW_1", f"AJ_{number}"), LEASE_SECONDS)
        await rescue.job_gone(ROOM, "AW_1", f"AJ_{number}", f"agent-AJ_{number}")
    assert (len(switchboard.dispatched), switchboard.ended) == (MOST_TAKEOVERS, [ROOM])


async def test_given_a_job_that_has_left_its_call_in_order_then_another_agent_comes_where_the_call_goes_on(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller", "active"))
    await services.sessions.save(a_conversation(call_id=CALL))
    await rescue.job_gone(ROOM, *JOB)
    assert (switchboard.ended, switchboard.dispatched) == ([], [(ROOM, "pickup-local")])
    assert await services.alerts.open_alerts() == []

    # its record is written, but the room stayed
    await services.sessions.delete(CALL)
    await rescue.job_gone(ROOM, *JOB)
    assert (switchboard.ended, len(switchboard.dispatched)) == ([ROOM], 1)
    assert [alert.key for alert in await services.alerts.open_alerts()] == ["job_died"]


async def test_given_a_job_that_took_its_leave_then_nothing_is_done(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    await rescue.job_gone(ROOM, *JOB)
    assert switchboard.ended == []
    assert await services.alerts.open_alerts() == []


async def test_given_a_job_that_found_another_agent_speaking_when_it_ends_then_the_call_goes_on(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller", "active"))
    await services.leases.take(CALL, "AW_2:AJ_2", LEASE_SECONDS)
    await rescue.job_gone(ROOM, *JOB)
    assert switchboard.ended == []
    assert await services.alerts.open_alerts() == []


async def test_given_an_answered_call_whose_agent_died_before_this_worker_came_then_it_gets_another_one_once(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    switchboard.join(ROOM, who("sip_1", "caller", "active"))
    switchboard.join(ROOM, who("agent-AJ_1", "agent"))
    await services.sessions.save(a_conversation(call_id=CALL))
    await rescue.ringing()
    await rescue.ringing()
    assert switchboard.dispatched == [(ROOM, "pickup-local")]


async def test_given_a_dead_worker_then_one_of_the_others_takes_its_calls_over_but_none_whose_job_lives_on(
    rescue: OrphanCalls, services: Services, switchboard: MemorySwitchboard
) -> None:
    alive, others = "local._2", "local._3"
    for room in (ROOM, alive, others):
        switchboard.join(room, who("sip_1", "caller", "active"))
    await services.leases.take(CALL, holder_of("dead", "AJ_1"), LEASE_SECONDS - 2 * RENEW_SECONDS)
    await services.leases.take(call_id_of(alive), holder_of("dead", "AJ_2"), LEASE_SECONDS)
    await services.leases.take(call_id_of(others), holder_of("w2", "AJ_3"), 1.0)
    for worker in (rescue, OrphanCalls(services, "w2")):
        await worker.worker_gone("dead")
    assert switchboard.dispatched == [(ROOM, "pickup-local")]
    assert await services.leases.holder(CALL) is None
    assert [alert.key for alert in await services.alerts.open_alerts()] == ["job_died"]
