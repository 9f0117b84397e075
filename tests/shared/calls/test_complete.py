import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.calls.complete import complete_call
from shared.domain.call import CallFacts, Disposition, Outcome, Usage, Utterance, Verdict
from shared.domain.traversal import Visit
from shared.errors import StoreError
from shared.ports import Receipt

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACTS = CallFacts(
    True, answered_at=AT, ended_at=AT, ended_by="caller", caller_turns=2, agent_turns=3, questions_answered=1
)
VISIT = Visit("front_desk", "church", "3", "start", {}, AT)
STT = Usage("stt", "deepgram", "nova-3", audio_seconds=30.0)


@pytest.mark.requirement("OP-70", part="the formulas, and each call's cost at its end; uses have no cost of their own")
async def test_given_the_end_of_a_call_then_verdict_and_cost_are_stored_with_what_was_witnessed(world: Any) -> None:
    lines = [Utterance("agent", "Hello.", 0.5), Utterance("caller", "Hi.", 2.0)]
    done = await complete_call(
        "call-1", "agent", FACTS, calls=world.ledger, transcript=lines, usage=[STT], traversal=[VISIT]
    )
    assert done.receipt is Receipt.STORED
    assert world.ledger.completed == [done.completion]
    assert done.completion.verdict == Verdict(Disposition.ANSWERED, Outcome.QUESTION_ANSWERED)
    assert done.completion.cost_usd == Decimal("0.00385")
    assert done.completion.cost_items == {"stt": Decimal("0.00385"), "llm": 0, "tts": 0}
    assert done.completion.transcript == tuple(lines)
    assert done.completion.traversal == (VISIT,)


@pytest.mark.requirement("OP-74", part="dated prices, and what is unknown; not after a takeover")
async def test_given_a_use_without_a_price_or_a_day_then_the_cost_is_unknown_and_not_zero(world: Any) -> None:
    unpriced = await complete_call("a", "agent", FACTS, calls=world.ledger, usage=[STT, Usage("llm", "x", "y")])
    assert unpriced.completion.cost_usd is None
    assert unpriced.completion.cost_items["stt"] == Decimal("0.00385")
    undated = await complete_call("b", "watchdog", CallFacts(True), calls=world.ledger, usage=[STT])
    assert undated.completion.cost_usd is None
    unused = await complete_call("c", "watchdog", CallFacts(True), calls=world.ledger)
    assert unused.completion.cost_usd == 0


async def test_given_a_completion_under_way_when_its_caller_is_cancelled_then_it_is_stored_first(world: Any) -> None:
    world.ledger.may_complete.clear()
    ending = asyncio.create_task(complete_call("call-1", "agent", FACTS, calls=world.ledger))
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.sleep(0)
    assert not ending.done()
    world.ledger.may_complete.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert len(world.ledger.completed) == 1


async def test_given_a_refused_completion_then_the_error_is_told(world: Any) -> None:
    world.ledger.complete_fault.always(StoreError("violates check constraint", "23514"))
    with pytest.raises(StoreError, match="check constraint"):
        await complete_call("call-1", "agent", FACTS, calls=world.ledger)
