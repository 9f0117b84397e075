"""A candidate is proved and takes over, or is given up; on a real Redis, with the proof as a function."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.worker.duty import WorkerDuty
from background import generations
from background.generations import Changeover
from background.workers import WorkerOrders
from shared.config import Settings, changed
from shared.domain.generations import PROVE_WITHIN, Generation, StageGenerations
from shared.errors import ProbeError
from shared.ports import WorkerBeat
from shared.services import Services
from shared.wiring import open_services

OLD, NEW, LATER = Generation(10, "r1"), Generation(20, "r2"), Generation(30, "r3")


class Proof:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[int] = []

    async def __call__(self, generation: int) -> None:
        self.calls.append(generation)
        if self.error:
            raise self.error


async def announced(services: Services, *news: Generation, at: datetime | None = None) -> None:
    for new in news:
        await services.generations.change(lambda known, new=new: known.offered(new, at or datetime.now(UTC)))


async def beat(services: Services, worker_id: str, of: Generation, **changes: Any) -> None:
    fields = {"calls": 0, "capacity": 4, "at": datetime.now(UTC), "generation": of.number} | changes
    await services.workers.beat(WorkerBeat(worker_id, "local", of.release, **fields))


async def duty(services: Services, of: Generation, worker_id: str = "me") -> str:
    settings = services.settings.model_copy(update={"generation": of.number, "release": of.release})
    async with open_services(settings) as own:
        worker = WorkerDuty(own, worker_id)
        await worker.look()
        return worker.now


@pytest.mark.requirement("PT-81")
async def test_given_a_candidate_when_its_workers_came_and_its_call_is_answered_then_it_takes_over(
    services: Services,
) -> None:
    await announced(services, OLD, NEW)
    await beat(services, "w1", OLD, calls=2)
    proof = Proof()
    assert await Changeover(services, proof).step() == "wait"
    await beat(services, "w2", NEW, registered=False)
    assert await Changeover(services, proof).step() == "wait" and proof.calls == []
    await beat(services, "w2", NEW, standby=True)
    assert (await duty(services, OLD), await duty(services, NEW)) == ("take", "stand_by")
    assert await Changeover(services, proof).step() == "prove" and proof.calls == [20]
    assert await services.generations.known() == StageGenerations(NEW)
    assert await duty(services, OLD) == "take", "the new worker takes no calls yet"
    assert await duty(services, NEW) == "take"
    await beat(services, "w2", NEW)
    assert await duty(services, OLD) == "leave"
    assert await Changeover(services, proof).step() == "nothing"


async def test_given_a_candidate_that_fails_its_proof_when_its_time_is_over_then_it_is_given_up_with_one_page(
    services: Services,
) -> None:
    await announced(services, OLD, NEW)
    await beat(services, "w1", OLD)
    await beat(services, "w2", NEW, standby=True)
    changeover = Changeover(services, Proof(ProbeError("answered, but silent for 6 s")))
    assert await changeover.step() == "prove"
    assert (await services.generations.known()).candidate == NEW, "it is tried again until its time is over"
    await services.generations.change(
        lambda known: StageGenerations(known.current, known.candidate, datetime.now(UTC) - 2 * PROVE_WITHIN)
    )
    assert [await changeover.step(), await changeover.step()] == ["give_up", "nothing"]
    (alert,) = await services.alerts.open_alerts()
    assert (alert.key, alert.severity, alert.raised) == ("generation_given_up", "page", 1)
    assert alert.fields == {"number": 20, "release": "r2", "error": "answered, but silent for 6 s"}
    assert (await duty(services, OLD), await duty(services, NEW)) == ("take", "leave")
    # the same deploy announces itself again; a later one is tried, and closes the page
    await announced(services, NEW)
    assert (await services.generations.known()).candidate is None
    await announced(services, LATER)
    await beat(services, "w3", LATER, standby=True)
    await Changeover(services, Proof()).step()
    assert (await services.generations.known()).current == LATER and await services.alerts.open_alerts() == []


async def test_given_no_worker_of_a_candidate_when_its_time_is_over_then_the_page_says_so(services: Services) -> None:
    await announced(services, OLD)
    await announced(services, NEW, at=datetime.now(UTC) - 2 * PROVE_WITHIN)
    proof = Proof()
    assert await Changeover(services, proof).step() == "give_up" and proof.calls == []
    (alert,) = await services.alerts.open_alerts()
    assert alert.fields is not None and alert.fields["error"] == "0 of 1 workers came"


async def test_given_a_proof_that_hangs_then_it_is_bounded_and_a_later_deploy_meanwhile_isn_t_overtaken(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "PROOF_SECONDS", 0.1)
    await announced(services, OLD, NEW)
    await beat(services, "w2", NEW, standby=True)

    async def hangs(_: int) -> None:
        await asyncio.Event().wait()

    async def slow(_: int) -> None:
        await announced(services, LATER)

    await Changeover(services, hangs).step()
    await Changeover(services, slow).step()
    known = await services.generations.known()
    assert (known.current, known.candidate) == (OLD, LATER)


async def test_given_many_processes_when_they_change_generations_at_once_then_the_latest_deploy_is_the_candidate(
    services: Services,
) -> None:
    await announced(services, OLD)
    await asyncio.gather(*(announced(services, Generation(number, "r")) for number in (40, 20, 30, 40)))
    known = await services.generations.known()
    assert (known.current, known.candidate) == (OLD, Generation(40, "r"))


async def test_given_a_process_of_a_deploy_when_it_announces_itself_then_the_first_serves_and_the_next_is_tried(
    services: Services,
) -> None:
    for of in (OLD, NEW, OLD):
        settings = services.settings.model_copy(update={"generation": of.number, "release": of.release})
        async with open_services(settings) as own:
            await Changeover(own, Proof()).announce()
    known = await services.generations.known()
    assert (known.current, known.candidate) == (OLD, NEW)


async def test_given_no_redis_then_workers_go_on_as_they_were_and_a_new_one_takes_calls(
    services: Services, settings: Settings
) -> None:
    await announced(services, OLD, NEW)
    await beat(services, "w1", OLD)
    assert await duty(services, NEW) == "stand_by"
    async with open_services(changed(settings, redis_url="redis://127.0.0.1:1/0", generation=20)) as away:
        worker = WorkerDuty(away, "me")
        await worker.look()
        assert worker.now == "take"
        worker.now = "stand_by"
        await worker.look()
        assert worker.now == "stand_by"
        await Changeover(away, Proof()).announce()
        assert await Changeover(away, Proof()).step() == "wait"


async def test_given_a_candidate_when_workers_are_ordered_then_it_gets_room_for_the_stage_s_calls(
    services: Services,
) -> None:
    await announced(services, OLD, NEW)
    for number in range(3):
        await beat(services, f"w{number}", OLD, calls=4)
    orders: list[str] = []

    async def order(worker_id: str, _: float) -> None:
        orders.append(worker_id)

    new = changed(services.settings, generation=20, release="r2")
    async with open_services(new) as own:
        assert await WorkerOrders(own, order, 20, 40).order() == 4, "12 calls and 3 places kept free"
        await own.generations.change(lambda known: known.gave_up(20))
        await asyncio.gather(*(own.workers.gone(worker_id) for worker_id in orders))
        assert await WorkerOrders(own, order, 20, 40).order() == 0, "its workers would leave at once"


@pytest.mark.requirement("PT-81")
@pytest.mark.parametrize(
    ("metadata", "standing_by", "taken"),
    [
        ("", False, True),
        ("", True, False),
        ('{"generation": 20}', True, True),
        ('{"generation": 20}', False, True),
        ('{"generation": 10}', False, False),
        ("not json", False, True),
        ("[20]", False, True),
        ('{"generation": "20"}', False, True),
        ('{"other": 1}', True, False),
    ],
)
async def test_given_a_job_then_a_proof_s_is_for_its_generation_alone_and_others_for_workers_that_take_calls(
    services: Services, metadata: str, standing_by: bool, taken: bool
) -> None:
    async with open_services(changed(services.settings, generation=20)) as own:
        worker = WorkerDuty(own, "me")
        worker.now = "stand_by" if standing_by else "take"
        assert worker.takes(metadata) is taken
