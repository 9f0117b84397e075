"""Calls during an outage, one after the other by turns through the carrier and past it, and what became of each."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.outages.rig import Rig, Way
from lab.base import sound
from lab.sip.stack import Leg
from shared.errors import PickupError

DID = "+12065550100"
PATIENCE_SECONDS = 16.0
"""The carrier takes a call that rings for 12 s."""
SOUND_SECONDS = 6.0
TALK_SECONDS = 1.5
"""From the first sound to the caller's hang-up."""
RECORD_SECONDS = 60.0
"""From the stores' return to the last call's record."""


@dataclass
class Placed:
    """One call, as its telephone met it, and what was recorded of it."""

    caller: str
    way: str
    """`carrier` or `direct`."""
    phase: str
    """`before`, `away` or `after`."""
    answer_seconds: float | None = None
    """INVITE to 200 OK; None: it wasn't answered."""
    heard: bool = False
    """Whether sound came."""
    records: int = 0
    end: str = ""
    """The record's disposition and end."""
    served: bool = False
    """Whether an agent had the call."""


@dataclass
class Outage:
    """What came of one outage."""

    stores: Sequence[str]
    way: Way
    calls: list[Placed] = field(default_factory=list[Placed])
    settled_seconds: float | None = None
    """From the stores' return until each call had its record; None: not within the time."""
    alerts: list[str] = field(default_factory=list[str])
    """Those that are open at the end: key, how often each was raised, and the caller of its call."""


async def through_outage(
    rig: Rig, stores: Sequence[str], way: Way, seconds: float, every: float, fresh: bool, say: Callable[[str], None]
) -> Outage:
    """Calls before, while the stores are away, and after. With `fresh` the worker is killed meanwhile."""
    outage = Outage(stores, way)
    began = datetime.now(UTC) - timedelta(seconds=1)
    numbers = iter(range(100))
    base = int(time.time()) % 10_000

    def next_call(phase: str) -> Placed:
        number = next(numbers)
        placed = Placed(f"+1206{base:04d}{number:03d}", ("carrier", "direct")[number % 2], phase)
        outage.calls.append(placed)
        return placed

    for _ in range(2):
        await _call(rig, next_call("before"))
    rig.take_away(stores, way)
    away_at = time.monotonic()
    replaced = not fresh
    async with asyncio.TaskGroup() as group:
        while (gone := time.monotonic() - away_at) < seconds:
            if not replaced and gone > seconds / 4:
                replaced = True
                rig.replace_worker()
                say("the worker is killed, and its machine's copies are gone")
            placed = next_call("away")
            say(f"{gone:3.0f} s without {' and '.join(stores)}: a call, {placed.way}")
            group.create_task(_call(rig, placed), name=f"call of {placed.caller}")
            await asyncio.sleep(every)
    await rig.bring_back(stores, way)
    back_at = time.monotonic()
    for _ in range(2):
        await _call(rig, next_call("after"))
    while time.monotonic() - back_at < RECORD_SECONDS:
        await _read_records(rig, outage, began)
        if all(placed.records == 1 and placed.end for placed in outage.calls):
            outage.settled_seconds = time.monotonic() - back_at
            break
        await asyncio.sleep(0.5)
    return outage


async def _call(rig: Rig, placed: Placed) -> None:
    address = rig.fleet.carrier.sip if placed.way == "carrier" else rig.fleet.sip
    began = time.monotonic()
    leg = await rig.sip.dial(f"sip:{DID}@{address}", caller=placed.caller)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await leg.established.wait()
        placed.answer_seconds = time.monotonic() - began
        placed.heard = await _sounds(leg)
        await asyncio.sleep(TALK_SECONDS)
    except TimeoutError:
        pass
    finally:
        await leg.hang_up()
        await leg.ended()


async def _sounds(leg: Leg) -> bool:
    try:
        async with asyncio.timeout(SOUND_SECONDS):
            async for piece in leg.audio():
                if sound.voiced_span(sound.from_pcm(piece.pcm), piece.rate):
                    return True
    except TimeoutError:
        pass
    return False


async def _read_records(rig: Rig, outage: Outage, began: datetime) -> None:
    try:
        records = await rig.services.records.recent("local", 200)
        alerts = await rig.services.alerts.open_alerts()
    except PickupError:
        return
    for placed in outage.calls:
        own = [record for record in records if record.caller == placed.caller]
        placed.records = len(own)
        if own and own[0].disposition:
            placed.end = f"{own[0].disposition}, {own[0].end_reason}"
            placed.served = own[0].disposition == "ANSWERED"
    callers = {record.call_id: record.caller for record in records}
    outage.alerts = [
        f"{alert.key} ×{alert.raised} {callers.get(alert.call_id or '', '')}".strip()
        for alert in alerts
        if not alert.key.startswith("setup:")
    ]
