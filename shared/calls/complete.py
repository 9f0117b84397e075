"""The end of a call: one witness's account of it, judged, priced and stored. The best witness's account stands."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from shared.domain.call import CallFacts, Completion, Usage, Utterance, Witness, conclude
from shared.domain.cost import PRICES, Costs, Price, cost_of
from shared.domain.traversal import Visit
from shared.ports import Calls, Receipt

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Completed:
    """What was stored, and where it is now."""

    completion: Completion
    receipt: Receipt


async def complete_call(
    call_id: str,
    witness: Witness,
    facts: CallFacts,
    *,
    calls: Calls,
    transcript: Iterable[Utterance] = (),
    usage: Iterable[Usage] = (),
    traversal: Iterable[Visit] = (),
    template_version: str | None = None,
    prices: Sequence[Price] = PRICES,
) -> Completed:
    """Conclude, price and store. Once begun it is finished even when its caller is cancelled.

    Raises `StoreError` when Postgres refuses the record, `StoreUnavailable` when it could not even be kept.
    """
    uses = tuple(usage)
    costs = _priced(witness, uses, facts, prices)
    if costs.unpriced:
        log.error("a use has no price", action="complete", call_id=call_id, unpriced=costs.unpriced)
    completion = Completion(
        call_id=call_id,
        witness=witness,
        facts=facts,
        verdict=conclude(facts),
        transcript=tuple(transcript),
        usage=uses,
        cost_usd=costs.total,
        cost_items=costs.items,
        traversal=tuple(traversal),
        template_version=template_version,
    )
    writing = asyncio.create_task(_store(completion, calls), name=f"completion of {call_id}")
    try:
        receipt = await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait({writing})
        if not writing.cancelled() and (error := writing.exception()):
            log.error("completion not stored", action="complete", call_id=call_id, error=str(error))
        raise
    return Completed(completion, receipt)


def _priced(witness: Witness, uses: tuple[Usage, ...], facts: CallFacts, prices: Sequence[Price]) -> Costs:
    """At the prices of the day it ended; a use on no known day has no known price.

    What an answered call used is known to its agent alone.
    """
    if witness != "agent" and not uses and facts.answered_at is not None:
        return Costs({}, None, ())
    ended = facts.ended_at or facts.answered_at
    return cost_of(uses, ended.date(), prices) if ended else cost_of(uses, date.max, ())


async def _store(completion: Completion, calls: Calls) -> Receipt:
    verdict = completion.verdict
    receipt = await calls.complete(completion)
    log.info(
        "call completed",
        action="complete",
        call_id=completion.call_id,
        witness=completion.witness,
        disposition=verdict.disposition.value,
        outcome=verdict.outcome.value,
        cost_usd=None if completion.cost_usd is None else str(completion.cost_usd),
        receipt=receipt.value,
    )
    return receipt
