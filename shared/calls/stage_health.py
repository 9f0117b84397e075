"""Gathers what is known of a stage's workers: for the heal ladder, and for the operator who looks at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from shared.domain.call import CallRecord
from shared.domain.heal import HealRequest, PastHeal
from shared.domain.health import HealthLimits, StageFacts, Windows, WorkerFacts
from shared.domain.telephony.rooms import call_id_of
from shared.domain.worker_events import (
    HEAL,
    HEAL_ATTEMPT,
    HEAL_FAILED,
    HEAL_REQUESTED,
    HEAL_SUCCESS,
    SIP_ONLY,
    WorkerEvent,
    WorkerLife,
)
from shared.errors import StoreError
from shared.ports import Clock, Leases, Records, Switchboard, WorkerBeat, WorkerEvents, Workers

log = structlog.get_logger(__name__)

DAY_SECONDS = 24 * 3600.0
REQUEST_SECONDS = 600.0
WINDOW_SECONDS = 10.0
"""A caller who has been alone for so long makes a SIP-only window."""
_CALLS = 200


@dataclass(frozen=True)
class Known:
    """What the stores say at one moment."""

    at: datetime
    """The database's time."""
    stage: StageFacts
    heals: tuple[WorkerEvent, ...]
    """Of the last day."""
    beats: Mapping[str, WorkerBeat] | None
    """By worker; None: Redis doesn't answer."""
    lives: Mapping[str, WorkerLife]


@dataclass
class StageHealth:
    stage: str
    events: WorkerEvents
    workers: Workers
    records: Records
    leases: Leases
    switchboard: Switchboard
    clock: Clock
    limits: HealthLimits
    _alone_since: dict[str, datetime] = field(default_factory=dict[str, datetime], init=False)

    async def known(self) -> Known:
        """Raises `StoreError` when the database doesn't answer."""
        lives = await self.events.lives(DAY_SECONDS)
        heals = tuple(await self.events.find(HEAL, DAY_SECONDS))
        beats: dict[str, WorkerBeat] | None = None
        try:
            beats = {beat.worker_id: beat for beat in await self.workers.alive()}
        except StoreError as error:
            log.warning("leases of workers unknown", action="worker_health", error=str(error))
        by_id = {life.worker_id: life for life in lives.workers}
        names, beating = set(by_id), beats or {}
        names.update(beating)
        facts = [_facts(each, by_id.get(each), beating.get(each), lives.at, self.clock.now()) for each in sorted(names)]
        windows, proven = await self._windows(heals, lives.at)
        stage = StageFacts(tuple(facts), windows, len(self.alone()), proven)
        return Known(lives.at, stage, heals, beats, by_id)

    def alone(self) -> list[str]:
        """The calls whose callers have been alone for a whole window, as `watch_rooms` last found them."""
        before = self.clock.now() - timedelta(seconds=WINDOW_SECONDS)
        return sorted(call_id for call_id, since in self._alone_since.items() if since <= before)

    async def watch_rooms(self) -> list[str]:
        """Looks which callers are in a room without an agent; returns `alone`. Raises `SwitchboardError`."""
        now, there = self.clock.now(), set[str]()
        for room in await self.switchboard.rooms(self.stage):
            call_id = call_id_of(room.name)
            if await self.leases.holder(call_id) is not None:
                continue
            kinds = [person.kind for person in await self.switchboard.participants(room.name)]
            if "caller" in kinds and "agent" not in kinds:
                there.add(call_id)
        self._alone_since = {call_id: self._alone_since.get(call_id, now) for call_id in there}
        return self.alone()

    async def held_calls(self, livekit_id: str) -> int:
        """The calls that jobs of this worker speak for: their leases are renewed by the jobs themselves."""
        if not livekit_id:
            return 0
        holders = [await self.leases.holder(call_id_of(room.name)) for room in await self.switchboard.rooms(self.stage)]
        return sum(holder is not None and holder.startswith(f"{livekit_id}:") for holder in holders)

    async def _windows(self, heals: Sequence[WorkerEvent], at: datetime) -> tuple[Windows, float | None]:
        """Windows since the last heal that succeeded, and how long ago an agent answered."""
        healed = max((each.noted_at for each in heals if each.name == HEAL_SUCCESS and each.noted_at), default=None)
        alone = list(await self.events.find(SIP_ONLY, self.limits.windows))
        if healed is not None:
            alone = [each for each in alone if each.noted_at is None or each.noted_at > healed]
        recent = [record for record in await self.records.recent(self.stage, _CALLS) if record.direction == "inbound"]
        since = at - timedelta(seconds=self.limits.windows)
        calls = sum(record.ringing_at >= since and not record.synthetic for record in recent)
        answered = max((each.answered_at for each in recent if each.answered_at and _by_agent(each)), default=None)
        proven = None if answered is None else max(0.0, (at - answered).total_seconds())
        return Windows(len(alone), calls), proven


def _by_agent(record: CallRecord) -> bool:
    """An announcement to a caller who was turned away proves no worker."""
    return record.disposition == "ANSWERED"


def _facts(
    worker_id: str, life: WorkerLife | None, beat: WorkerBeat | None, at: datetime, now: datetime
) -> WorkerFacts:
    def ago(when: datetime | None) -> float | None:
        return None if when is None else max(0.0, (at - when).total_seconds())

    def into(when: datetime | None) -> float | None:
        # within the worker's own clock, whatever that shows
        return None if beat is None or when is None else max(0.0, (beat.at - when).total_seconds())

    if life is None:
        ended = started = heartbeat = None
    else:
        started, heartbeat, ended = life.started_at, life.heartbeat_at, life.stopped_at
    vitals = beat.vitals if beat else None
    draining = into(vitals.draining_at) if vitals else None
    if draining is None and beat is not None and beat.draining:
        draining = 0.0
    if beat is None and life is not None and life.fields and life.fields.get("draining"):
        draining = ago(heartbeat)
    return WorkerFacts(
        worker_id,
        beat.release if beat else life.release if life else "",
        started_seconds=ago(started),
        heartbeat_seconds=ago(heartbeat),
        stopped=ended is not None and (heartbeat is None or heartbeat <= ended),
        lease_seconds=None if beat is None or beat.ordered else max(0.0, (now - beat.at).total_seconds()),
        standby=beat is not None and beat.standby,
        ordered=beat is not None and beat.ordered,
        unregistered_seconds=(into(vitals.unregistered_at) or 0.0) if vitals and started else 0.0,
        draining_seconds=draining,
        offered_seconds=into(vitals.offered_at) if vitals else None,
        calls=beat.calls if beat else 0,
    )


def past_heals(events: Sequence[WorkerEvent], at: datetime) -> list[PastHeal]:
    """Attempts with their ends, oldest first. One that has two ends has the first."""
    ends: dict[str, WorkerEvent] = {}
    for event in events:
        if event.name in (HEAL_SUCCESS, HEAL_FAILED):
            ends.setdefault(str(event.fields.get("heal_id")), event)
    found: list[PastHeal] = []
    for event in events:
        if event.name != HEAL_ATTEMPT:
            continue
        heal_id = str(event.fields.get("heal_id"))
        end = ends.get(heal_id)
        found.append(
            PastHeal(
                heal_id,
                event.worker_id,
                int(event.fields.get("rung") or 0),
                max(0.0, (at - (event.noted_at or event.at)).total_seconds()),
                None if end is None else "success" if end.name == HEAL_SUCCESS else "failed",
                None if end is None else end.fields.get("new_worker_id"),
                event.fields.get("request"),
            )
        )
    return found


def open_requests(events: Sequence[WorkerEvent], at: datetime) -> list[HealRequest]:
    since = at - timedelta(seconds=REQUEST_SECONDS)
    return [
        HealRequest(event.event_id, event.worker_id, str(event.fields.get("by") or "an operator"))
        for event in events
        if event.name == HEAL_REQUESTED and (event.noted_at or event.at) >= since
    ]
