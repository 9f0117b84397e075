"""What `pickup status` says of one stage: its workers, stores, last heal and last synthetic call, and one verdict."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar

from shared.calls.stage_health import Known, StageHealth
from shared.domain.call import CallRecord
from shared.domain.health import WorkerState, state_of, verdict_of
from shared.domain.worker_events import HEAL_ATTEMPT, HEAL_FAILED, HEAL_SUCCESS
from shared.errors import StoreError
from shared.ports import Alerts, OpenAlert, Records, WorkerBeat, Workers

T = TypeVar("T")

ANSWER_SECONDS = 3.0
"""For each store, asked side by side: a status comes within five seconds whatever is down."""
_CALLS = 100

StatusVerdict = Literal["healthy", "unhealthy", "unreachable"]


@dataclass(frozen=True)
class WorkerRow:
    worker_id: str
    state: WorkerState | Literal["unknown"]
    """`unknown` where the database, which has the heartbeats, doesn't answer."""
    heartbeat_age_seconds: float | None
    lease_age_seconds: float | None
    release: str
    generation: int | None
    calls: int
    capacity: int | None
    last_job_at: datetime | None
    load: float | None
    memory_mb: float | None


@dataclass(frozen=True)
class HealRow:
    worker_id: str
    at: datetime
    outcome: Literal["running", "success", "failed"]
    rung: int | None
    reason: str | None
    seconds: float | None


@dataclass(frozen=True)
class SyntheticRow:
    call_id: str
    at: datetime
    disposition: str | None
    answered: bool


@dataclass(frozen=True)
class StageStatus:
    stage: str
    verdict: StatusVerdict
    reasons: tuple[str, ...]
    stores: dict[str, str]
    """By name: `ok`, or why it can't be used."""
    workers: tuple[WorkerRow, ...] = ()
    last_heal: HealRow | None = None
    last_synthetic_call: SyntheticRow | None = None
    alerts: tuple[OpenAlert, ...] = ()
    running_calls: int | None = None
    """None: Redis doesn't answer."""


@dataclass
class StatusReader:
    """Reads a stage's status. No failure is raised: what can't be asked is named."""

    stage: str
    health: StageHealth
    workers: Workers
    records: Records
    alerts: Alerts
    _problems: dict[str, str] = field(default_factory=dict[str, str], init=False)

    async def read(self) -> StageStatus:
        self._problems = {}
        known, beats, recent, alerts = await asyncio.gather(
            self._answer("postgres", self.health.known()),
            self._answer("redis", self.workers.alive()),
            self._answer("postgres", self.records.recent(self.stage, _CALLS)),
            self._answer("postgres", self.alerts.open_alerts()),
        )
        stores = {name: self._problems.get(name, "ok") for name in ("postgres", "redis")}
        verdict, reasons = self._verdict(known)
        return StageStatus(
            self.stage,
            verdict,
            reasons,
            stores,
            workers=_rows(known, self.health) if known else _beating(beats or (), self.health.clock.now()),
            last_heal=_last_heal(known) if known else None,
            last_synthetic_call=_last_synthetic(recent or ()),
            alerts=tuple(alerts or ()),
            running_calls=None if beats is None else sum(beat.calls for beat in beats),
        )

    def _verdict(self, known: Known | None) -> tuple[StatusVerdict, tuple[str, ...]]:
        if self._problems:
            return "unreachable", tuple(f"{name} can't be asked: {why}" for name, why in self._problems.items())
        assert known is not None
        found = verdict_of(known.stage, self.health.limits)
        return ("healthy" if found.healthy else "unhealthy"), found.reasons

    async def _answer(self, store: str, question: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await question
        except TimeoutError:
            self._problems[store] = f"no answer within {ANSWER_SECONDS:g} s"
        except StoreError as error:
            self._problems[store] = str(error)
        return None


def _rows(known: Known, health: StageHealth) -> tuple[WorkerRow, ...]:
    """Those that have stopped aren't shown."""
    rows: list[WorkerRow] = []
    for worker in known.stage.workers:
        state = state_of(worker, health.limits)
        if state == "stopped":
            continue
        beat = (known.beats or {}).get(worker.worker_id)
        rows.append(_row(worker.worker_id, state, beat, worker.heartbeat_seconds, worker.lease_seconds, worker.release))
    return tuple(rows)


def _beating(beats: Sequence[WorkerBeat], now: datetime) -> tuple[WorkerRow, ...]:
    """What Redis alone knows."""
    return tuple(
        _row(beat.worker_id, "unknown", beat, None, max(0.0, (now - beat.at).total_seconds()), beat.release)
        for beat in beats
    )


def _row(
    worker_id: str,
    state: WorkerState | Literal["unknown"],
    beat: WorkerBeat | None,
    heartbeat: float | None,
    lease: float | None,
    release: str,
) -> WorkerRow:
    vitals = beat.vitals if beat else None
    return WorkerRow(
        worker_id,
        state,
        None if heartbeat is None else round(heartbeat, 1),
        None if lease is None else round(lease, 1),
        release,
        beat.generation if beat else None,
        beat.calls if beat else 0,
        beat.capacity if beat else None,
        vitals.last_job_at if vitals else None,
        vitals.load if vitals else None,
        vitals.memory_mb if vitals else None,
    )


def _last_heal(known: Known) -> HealRow | None:
    attempt = next((each for each in reversed(known.heals) if each.name == HEAL_ATTEMPT), None)
    if attempt is None:
        return None
    heal_id = attempt.fields.get("heal_id")
    ends = [each for each in known.heals if each.name in (HEAL_SUCCESS, HEAL_FAILED)]
    end = next((each for each in ends if each.fields.get("heal_id") == heal_id), None)
    outcome: Literal["running", "success", "failed"] = "running"
    if end is not None:
        outcome = "success" if end.name == HEAL_SUCCESS else "failed"
    began, seconds = attempt.fields, end.fields.get("seconds") if end else None
    return HealRow(attempt.worker_id, attempt.at, outcome, began.get("rung"), began.get("reason"), seconds)


def _last_synthetic(recent: Sequence[CallRecord]) -> SyntheticRow | None:
    call = next((record for record in recent if record.synthetic), None)
    if call is None:
        return None
    return SyntheticRow(call.call_id, call.ringing_at, call.disposition, call.answered_at is not None)
