"""Results of calls: asked of the model once, tried again within limits, and never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from stores_world import NOON, completion

from shared.adapters.memory import FixedClock
from shared.calls.results import PAUSES, FillResults
from shared.domain.call import CallEvent, CallOpening, Usage
from shared.domain.result import ResultField, Talk
from shared.errors import ProviderError
from shared.ports import Reading
from shared.services import Services

GRACE = "00000000-0000-4000-a000-000000000001"
USAGE = Usage("llm", "openai", "gpt-4o-mini", input_tokens=1000, output_tokens=100)


@dataclass
class Model:
    """A model outside, whose answers the test sets."""

    answers: list[str | Exception] = field(default_factory=list["str | Exception"])
    read_: list[Talk] = field(default_factory=list[Talk])

    async def read(self, fields: Sequence[ResultField], talk: Talk) -> Reading:
        self.read_.append(talk)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Reading(answer, USAGE)


@dataclass
class Desk:
    services: Services
    model: Model
    clock: FixedClock
    fill: FillResults

    async def result(self) -> dict[str, Any]:
        record = await self.services.records.find("call-123456")
        assert record is not None and record.result is not None
        return record.result


@pytest.fixture
async def desk(services: Services) -> Desk:
    await services.calls.open(
        CallOpening("call-123456", "local", "test", "phone", "1", "+1", "2", "+2", GRACE, "church", {}, NOON)
    )
    fields = [{"name": "reason", "type": "choice", "choices": ["prayer", "other"], "description": "Why they call"}]
    await services.calls.note(CallEvent("call-123456", "agent:0002", "result_wanted", NOON, {"fields": fields}))
    await services.calls.complete(completion("call-123456"))
    model, clock = Model(), FixedClock(datetime.now(UTC) + timedelta(seconds=1))
    return Desk(services, model, clock, FillResults(services.results, model, services.alerts, clock))


async def test_given_a_finished_call_then_the_model_is_asked_once_and_its_values_usage_and_cost_are_kept(
    desk: Desk,
) -> None:
    desk.model.answers = ['{"reason": "prayer"}']
    assert [await desk.fill.fill() for _ in range(2)] == [1, 0]
    found = await desk.result()
    assert (found["state"], found["found"], found["attempts"]) == ("filled", {"reason": "prayer"}, 1)
    assert Decimal(str(found["cost_usd"])) == Decimal("0.00021")
    assert found["usage"][0]["input_tokens"] == 1000
    assert len(desk.model.read_) == 1


async def test_given_a_model_that_fails_then_it_is_asked_again_within_limits_and_an_answer_counts(desk: Desk) -> None:
    desk.model.answers = [ProviderError("503"), "no JSON", '{"reason": "nonsense"}']
    for _ in range(3):
        await desk.fill.fill()
        assert await desk.fill.fill() == 0, "before the pause is over nothing is tried"
        desk.clock.advance(PAUSES[1].total_seconds())
    found = await desk.result()
    assert (found["state"], found["found"], found["attempts"]) == ("filled", {"reason": None}, 3)
    assert await desk.services.alerts.open_alerts() == []


async def test_given_a_model_that_never_answers_or_refuses_then_it_is_given_up_with_an_alert(desk: Desk) -> None:
    desk.model.answers = [ProviderError("503")] * 10
    for _ in range(10):
        await desk.fill.fill()
        desk.clock.advance(PAUSES[-1].total_seconds())
    found = await desk.result()
    assert (found["state"], found["found"], found["attempts"]) == ("failed", None, len(PAUSES) + 1)
    assert [alert.key for alert in await desk.services.alerts.open_alerts()] == ["result_failed"]
    assert sum(PAUSES, timedelta()) < timedelta(hours=1), "a delivery waits an hour for it"


async def test_given_a_refusal_that_stays_then_it_is_asked_once(desk: Desk) -> None:
    final = ProviderError("400")
    final.retryable = False
    desk.model.answers = [final]
    assert await desk.fill.fill() == 1
    assert (await desk.result())["state"] == "failed"


async def test_given_no_model_or_a_fault_of_ours_then_the_result_waits(desk: Desk) -> None:
    without = FillResults(desk.services.results, None, desk.services.alerts, desk.clock)
    assert await without.fill() == 0
    assert (await desk.result())["attempts"] == 0
    desk.model.answers = [RuntimeError("a bug")]
    assert await desk.fill.fill() == 0
    assert (await desk.result())["state"] == "wanted"
