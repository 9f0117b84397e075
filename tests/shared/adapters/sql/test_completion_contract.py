"""How several witnesses' accounts of one end become one record, over every transport to Postgres."""

import itertools
import random
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from stores_world import NOON, World, completion

from shared.domain.call import (
    CallEvent,
    CallFacts,
    Completion,
    Disposition,
    Outcome,
    Usage,
    Utterance,
    Verdict,
    Witness,
)
from shared.domain.traversal import Visit

RANKS: tuple[Witness, ...] = ("agent", "carrier", "room_finished", "watchdog")
NEVER_THE_SAME = ("call_id", "created_at", "completed_at", "witnesses")


def scarce(call_id: str, witness: Witness, **facts: Any) -> Completion:
    """The account of one who wasn't in the call."""
    return Completion(
        call_id,
        witness,
        facts=CallFacts(**{"admitted": True, "ended_at": NOON, "ended_by": "caller"} | facts),
        verdict=Verdict(Disposition.ABANDONED, Outcome.NOT_ANSWERED),
    )


@pytest.mark.parametrize("order", [("carrier", "agent"), ("agent", "carrier")])
async def test_when_a_better_witness_comes_then_its_verdict_stands_and_the_other_fills_gaps(
    world: World, order: tuple[Witness, ...]
) -> None:
    opening = world.opening()
    await world.calls.open(opening)
    agent = completion(opening.call_id)
    told = {
        "carrier": scarce(opening.call_id, "carrier", sip_code=487),
        "agent": replace(agent, facts=replace(agent.facts, end_reason=None), usage=(), cost_usd=None, cost_items={}),
    }
    told["carrier"] = replace(told["carrier"], facts=replace(told["carrier"].facts, end_reason="originator_cancel"))
    for witness in order:
        await world.calls.complete(told[witness])
    row = await world.row(opening.call_id)
    assert (row["completed_by"], row["disposition"], row["outcome"]) == ("agent", "ANSWERED", "QUESTION_ANSWERED")
    assert (row["ended_at"], row["answered_at"]) == (NOON + timedelta(seconds=61), NOON + timedelta(seconds=1))
    assert row["end_reason"] == "originator_cancel", "the agent didn't tell"
    assert row["cost_usd"] is None, "nobody knew"
    record = await world.records.find(opening.call_id)
    assert record is not None
    assert {event.key for event in record.events} == {"completion:carrier", "completion:agent"}
    told_by_carrier = next(event for event in record.events if event.key == "completion:carrier")
    assert told_by_carrier.fields["facts"]["sip_code"] == 487
    assert told_by_carrier.fields["verdict"]["disposition"] == "ABANDONED"


def some_account(chance: random.Random, call_id: str, witness: Witness) -> Completion:
    """Anything that such a witness could tell."""

    def perhaps(*values: Any) -> Any:
        return chance.choice([None, *values])

    def moment() -> Any:
        return NOON + timedelta(seconds=chance.randrange(600))

    uses = chance.random() < 0.5
    return Completion(
        call_id,
        witness,
        facts=CallFacts(
            admitted=chance.random() < 0.5,
            answered_at=perhaps(moment()),
            ended_at=perhaps(moment()),
            ended_by=perhaps("caller", "agent", "system"),
            end_reason=perhaps("goodbye", "caller_hung_up", "no_worker"),
            sip_code=perhaps(486, 487),
            caller_turns=chance.randrange(4),
        ),
        verdict=Verdict(chance.choice(list(Disposition)), chance.choice(list(Outcome))),
        transcript=(Utterance("caller", f"{witness} heard", 1.0),) if chance.random() < 0.5 else (),
        usage=(Usage("stt", "deepgram", "nova-3", audio_seconds=chance.randrange(99)),) if uses else (),
        cost_usd=perhaps(Decimal(chance.randrange(1000)) / 1000) if uses else None,
        cost_items={"stt": Decimal(chance.randrange(1000)) / 1000} if uses else {},
        traversal=(Visit("front_desk", "church", None, "start"), Visit(witness, "church", None, "x"))
        if chance.random() < 0.5
        else (),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_when_all_witnesses_tell_then_the_row_is_the_same_in_whatever_order(world: World, seed: int) -> None:
    chance = random.Random(seed)
    accounts = [some_account(chance, "", witness) for witness in RANKS]
    rows: list[dict[str, Any]] = []
    for order in itertools.permutations(accounts):
        call_id = uuid.uuid4().hex
        repeated = [*order, chance.choice(order)]
        for account in repeated:
            await world.calls.complete(replace(account, call_id=call_id))
        row = await world.row(call_id)
        rows.append({name: value for name, value in row.items() if name not in NEVER_THE_SAME})
        events = await world.sql.fetch("select key from call_events where call_id = $1", call_id)
        assert {event["key"] for event in events} == {f"completion:{witness}" for witness in RANKS}
    assert len(rows) == 24
    assert all(row == rows[0] for row in rows)
    best = accounts[0]
    assert (rows[0]["completed_by"], rows[0]["disposition"]) == ("agent", best.verdict.disposition.value)
    for name in ("answered_at", "ended_at", "ended_by", "end_reason"):
        told = [getattr(account.facts, name) for account in accounts]
        assert rows[0][name] == next((value for value in told if value is not None), None), name


@pytest.mark.parametrize(("better", "worse"), list(itertools.pairwise(RANKS)))
async def test_when_two_tell_otherwise_then_the_one_nearer_to_the_call_is_believed(
    world: World, better: Witness, worse: Witness
) -> None:
    assert set(RANKS) == set(get_args(Witness))
    for order in ((better, worse), (worse, better)):
        call_id = uuid.uuid4().hex
        for witness in order:
            await world.calls.complete(scarce(call_id, witness, end_reason=witness))
        row = await world.row(call_id)
        assert (row["completed_by"], row["end_reason"]) == (better, better)


# ---- calls without an end


async def test_when_calls_have_no_end_then_they_are_found_oldest_first_with_their_events(world: World) -> None:
    ids = [uuid.uuid4().hex for _ in range(4)]
    for minute, call_id in enumerate(ids):
        await world.calls.open(world.opening(call_id, ringing_at=NOON + timedelta(minutes=minute)))
    await world.calls.note(CallEvent(ids[1], "answered", "answered", NOON))
    await world.calls.complete(completion(ids[0]))
    found = await world.records.open_calls(world.stage, NOON + timedelta(minutes=3))
    assert [record.call_id for record in found] == [ids[1], ids[2]]
    assert [event.kind for event in found[0].events] == ["answered"]
    assert await world.records.open_calls("preview-nothing-here", NOON + timedelta(days=1)) == []


async def test_when_only_events_tell_of_a_call_then_it_is_found_too(world: World) -> None:
    call_id = uuid.uuid4().hex
    await world.calls.note(CallEvent(call_id, "k", "room_started", NOON))
    created = await world.sql.fetchval("select created_at from calls where call_id = $1", call_id)
    (found,) = await world.records.open_calls(world.stage, created + timedelta(seconds=1))
    assert (found.call_id, found.decision) == (call_id, {})
