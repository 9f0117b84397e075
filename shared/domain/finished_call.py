"""A finished call as its tenant's webhook is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.domain.language.secrets import masked

CALL_COMPLETED = "call.completed"


@dataclass(frozen=True)
class Said:
    speaker: str
    """`caller` or `agent`."""
    text: str
    at_seconds: float
    """Since the call began to ring."""


@dataclass(frozen=True, kw_only=True)
class FinishedCall:
    call_id: str
    direction: str
    did: str | None
    caller: str | None
    template: str | None
    template_version: str | None
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    completed_at: datetime
    disposition: str
    outcome: str
    achieved: tuple[str, ...]
    """What its rows say that was achieved: `order confirmed`, `booking` …"""
    ended_by: str | None
    end_reason: str | None
    cost_usd: Decimal | None
    result: dict[str, Any] | None
    """None where the template names none, or the model couldn't be asked."""
    result_wanted: bool
    result_cost_usd: Decimal | None
    utterances: tuple[Said, ...] | None
    """None where the tenant wants no transcript."""

    @property
    def total_cost_usd(self) -> Decimal | None:
        """With that of its result; None where any part is unknown."""
        if not self.result_wanted:
            return self.cost_usd
        if self.cost_usd is None or self.result_cost_usd is None:
            return None
        return self.cost_usd + self.result_cost_usd


def body_of(call: FinishedCall) -> dict[str, Any]:
    """The body of `call.completed`, by standard-webhooks: `type`, `timestamp`, `data`. Money is text in US dollars."""
    cost = call.total_cost_usd
    data: dict[str, Any] = {
        "call_id": call.call_id,
        "direction": call.direction,
        "number": call.did,
        "caller": call.caller,
        "template": call.template,
        "template_version": call.template_version,
        "ringing_at": _time(call.ringing_at),
        "answered_at": _time(call.answered_at),
        "ended_at": _time(call.ended_at),
        "disposition": call.disposition,
        "outcome": call.outcome,
        "achieved": list(call.achieved),
        "ended_by": call.ended_by,
        "end_reason": call.end_reason,
        "cost_usd": None if cost is None else str(cost),
        "result": call.result,
    }
    if call.utterances is not None:
        data["transcript"] = [
            {"speaker": each.speaker, "text": each.text, "at_seconds": each.at_seconds}
            for each in private(call.utterances)
        ]
    return {"type": CALL_COMPLETED, "timestamp": _time(call.completed_at), "data": data}


def private(utterances: Sequence[Said]) -> tuple[Said, ...]:
    """Without the caller's secrets. An agent's own transcript has none; the events of an agent that died may hold the
    first part of a number that a later utterance completed."""
    kept: list[Said] = []
    question = ""
    for each in utterances:
        text = each.text
        if each.speaker == "caller":
            places = [at for at, other in enumerate(kept) if other.speaker == "caller"]
            found = masked(text, earlier=[kept[at].text for at in places], question=question)
            for at, earlier in zip(places, found.earlier, strict=True):
                kept[at] = Said("caller", earlier, kept[at].at_seconds)
            text = found.text
        else:
            question = text
        kept.append(Said(each.speaker, text, each.at_seconds))
    return tuple(kept)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
