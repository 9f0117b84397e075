"""What the carrier tells while a store is away, or doesn't tell at all: nothing is lost, nothing is done twice."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from telnyx_world import NUMBER, CarrierApi, Legs, Telnyx, carrier_environment, record_of
from webhooks_world import KEY, NOWHERE, SECRET, Process

from shared.adapters.memory import MemorySwitchboard
from shared.calls.watch import Healer
from shared.config import Settings, changed
from shared.services import Services
from shared.wiring import open_services

AWAY = {"PICKUP_DATABASE_URL": "postgresql://u@127.0.0.1:1/d"}


@asynccontextmanager
async def told_to(process: Process, api: CarrierApi) -> AsyncIterator[Telnyx]:
    async with httpx.AsyncClient(base_url=process.ready["url"], timeout=20, trust_env=False) as client:
        yield Telnyx(client, api)


@pytest.fixture
async def healer(services: Services) -> Healer:
    """The watchdog's, on the test's stores and a LiveKit that has no rooms."""
    settings = changed(services.settings, livekit_url=NOWHERE, livekit_api_key=KEY, livekit_api_secret=SECRET)
    return replace(services, settings=settings, switchboard=MemorySwitchboard()).healer


async def test_given_postgres_is_away_when_told_then_it_is_kept_before_the_answer_and_delivered_later(
    serve: Callable[..., Process], api: CarrierApi, settings: Settings, services: Services, healer: Healer
) -> None:
    legs = Legs()
    away = serve(**carrier_environment(api.url), **AWAY)
    async with told_to(away, api) as telnyx:
        await telnyx.all(legs.initiated())
        assert api.of(legs.leg) == ["answer"], "the caller hears that there is trouble"
        telnyx.note(legs)
        await telnyx.all(legs.event("call.answered", after=1), legs.hangup("normal_clearing", after=4))
        # it had answered: what it said stands though it dies now
        away.kill()
    assert await services.records.find(legs.call_id) is None
    async with open_services(settings) as later:
        record = await record_of(later, legs, events=3)
        assert {each.kind for each in record.events} >= {"carrier.initiated", "carrier.answered", "carrier.hangup"}
        assert record.disposition is None, "its record could not be read: the watchdog concludes it"
        assert [request["kind"] for request in record.requests] == ["callback"]
    await healer.heal()
    record = await record_of(services, legs)
    assert (record.disposition, record.ended_at) == ("ANSWERED", legs.at(4))
    assert [each.key for each in record.events if each.kind == "completion"] == ["completion:carrier"]


async def test_given_nothing_can_be_kept_when_told_then_it_is_no_success_nothing_is_done_and_it_may_be_told_again(
    serve: Callable[..., Process], api: CarrierApi, settings: Settings
) -> None:
    legs, told = Legs(), Legs().initiated()
    settings.data_dir.mkdir()
    (settings.data_dir / "spool").write_text("where a folder should be")
    stuck = serve(**carrier_environment(api.url), **AWAY)
    async with told_to(stuck, api) as telnyx:
        for event in (told, told, legs.event("call.bridged")):
            answer = await telnyx.tell(event)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert api.asked == 0
        (settings.data_dir / "spool").unlink()
        await telnyx.all(told)
    assert [command.action for command in api.done] == ["answer"]


async def test_given_redis_is_away_when_a_call_comes_then_it_is_passed_on_all_the_same(
    serve: Callable[..., Process], api: CarrierApi, services: Services
) -> None:
    legs = Legs()
    without = serve(**carrier_environment(api.url), PICKUP_REDIS_URL="redis://127.0.0.1:1")
    async with told_to(without, api) as telnyx:
        await telnyx.all(legs.initiated())
        telnyx.note(legs)
        await telnyx.all(legs.hangup("originator_cancel", after=2))
    assert api.of(legs.leg) == ["transfer"]
    record = await record_of(services, legs)
    assert (record.decision["reason"], record.disposition) == ("NUMBER_BOUND", "ABANDONED")


async def test_given_the_process_dies_when_it_has_kept_but_not_acted_then_the_next_one_that_is_told_acts(
    serve: Callable[..., Process], api: CarrierApi, services: Services
) -> None:
    legs = Legs()
    event = legs.initiated()
    first = serve(**carrier_environment(api.url))
    api.fault = 503
    async with told_to(first, api) as telnyx:
        assert (await telnyx.tell(event)).status_code == 503
        first.kill()
        with pytest.raises(httpx.TransportError):
            await telnyx.tell(event)
    api.fault = None
    async with told_to(serve(**carrier_environment(api.url)), api) as telnyx:
        await telnyx.all(event, event)
    assert api.of(legs.leg) == ["transfer"]
    record = await record_of(services, legs)
    assert (record.did, len(record.events)) == (NUMBER, 1)


# ---- what isn't told


async def test_given_the_hangup_was_lost_when_the_watchdog_looks_then_the_call_is_over_and_the_late_word_counts(
    telnyx: Telnyx, services: Services, healer: Healer
) -> None:
    hour = timedelta(hours=1)
    legs = Legs(began=(services.clock.now() - hour).timestamp())
    await telnyx.all(legs.initiated())
    await healer.heal()
    record = await record_of(services, legs)
    assert record.disposition is not None
    assert "completion:watchdog" in {each.key for each in record.events}
    await telnyx.all(legs.hangup("originator_cancel", after=12))
    record = await record_of(services, legs)
    assert (record.disposition, record.ended_by, record.ended_at) == ("ABANDONED", "caller", legs.at(12))


async def test_given_the_beginning_was_lost_when_the_end_is_told_then_there_is_a_record_of_it(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    await telnyx.all(legs.hangup("normal_clearing", after=20))
    record = await record_of(services, legs)
    assert (record.did, record.ended_at) == (None, legs.at(20))
    assert record.disposition is not None


async def test_given_events_that_were_lost_in_between_when_the_end_is_told_then_the_record_is_whole(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    await telnyx.all(legs.initiated())
    telnyx.note(legs)
    state = telnyx.api.done[0].fields["target_leg_client_state"]
    # neither leg's answer was told
    await telnyx.all(
        legs.event("call.bridged", after=2, leg=legs.agent_leg, client_state=state),
        legs.hangup("normal_clearing", after=30),
    )
    record = await record_of(services, legs)
    assert (record.disposition, record.answered_at, record.ended_at) == ("ANSWERED", legs.at(2), legs.at(30))
