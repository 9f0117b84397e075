"""Fakes of the outside parties, in memory. Stores have none: the embedded servers start in under 2 s."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.domain.telephony.application import VoiceApplication
from shared.domain.telephony.legs import Answer, Command, Hangup, Play, Record, Reject, Say
from shared.domain.telephony.rooms import Participant, Provisioned, Room, TrunkPlan, stage_of
from shared.errors import CarrierError, NotAnswered, SwitchboardError
from shared.ports import Alert, OpenAlert, Receipt


class MemoryAlerts:
    """The alerts of one stage, as the table keeps them: a key has one open alert, and later ones raise its count."""

    def __init__(self, release: str = "test") -> None:
        self.raised: list[Alert] = []
        """All alerts that were raised, in order."""
        self.closed: list[str] = []
        """The keys of the alerts that were closed while open."""
        self._release = release
        self._open: dict[str, OpenAlert] = {}

    async def raise_(self, alert: Alert) -> Receipt:
        self.raised.append(alert)
        before = self._open.get(alert.key)
        self._open[alert.key] = OpenAlert(
            *(alert.key, alert.severity, alert.title, alert.call_id, alert.fields),
            release=self._release,
            last_at=datetime.now(UTC),
            raised=(before.raised if before else 0) + 1,
        )
        return Receipt.STORED

    async def close(self, key: str) -> Receipt:
        if self._open.pop(key, None) is not None:
            self.closed.append(key)
        return Receipt.STORED

    async def open_alerts(self) -> Sequence[OpenAlert]:
        return list(self._open.values())

    async def ack(self, key: str, by: str, silenced_until: datetime | None = None) -> bool:
        if (alert := self._open.get(key)) is None:
            return False
        self._open[key] = replace(alert, acked_at=datetime.now(UTC), acked_by=by, silenced_until=silenced_until)
        return True

    def times(self, key: str) -> int:
        """How often an alert of this key was raised."""
        return sum(alert.key == key for alert in self.raised)


class MemorySwitchboard:
    """LiveKit's rooms, without sound. With a `fault` each request fails with it, as if LiveKit were away."""

    def __init__(self, fault: SwitchboardError | None = None) -> None:
        self.fault = fault
        self.dispatched: list[tuple[str, str]] = []
        """Room and agent name, in order."""
        self.ended: list[str] = []
        self.transferred: list[tuple[str, str, str]] = []
        """Room, identity and destination."""
        self._rooms: dict[str, Room] = {}
        self._people: dict[str, dict[str, Participant]] = {}
        self._plans: dict[str, TrunkPlan] = {}

    def join(self, room: str, person: Participant, at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        """The first participant makes the room."""
        self._rooms.setdefault(room, Room(room, at))
        self._people.setdefault(room, {})[person.identity] = person

    def leave(self, room: str, identity: str) -> None:
        """The room stays, as LiveKit's does for a while."""
        self._people[room].pop(identity)

    async def rooms(self, stage: str) -> Sequence[Room]:
        self._reach()
        return [room for name, room in self._rooms.items() if stage_of(name) == stage]

    async def participants(self, room: str) -> Sequence[Participant]:
        self._reach()
        return list(self._people.get(room, {}).values())

    async def dispatch(self, room: str, agent_name: str, metadata: str = "") -> None:
        self._reach()
        self.dispatched.append((room, agent_name))

    async def end(self, room: str) -> None:
        self._reach()
        self.ended.append(room)
        self._rooms.pop(room, None)
        self._people.pop(room, None)

    async def transfer(self, room: str, identity: str, to: str) -> bool:
        self._reach()
        if identity not in self._people.get(room, {}):
            raise SwitchboardError(f"{identity} is not in {room}", 404)
        self.transferred.append((room, identity, to))
        return True

    async def provision(self, plan: TrunkPlan) -> Provisioned:
        self._reach()
        if not plan.dids:
            raise SwitchboardError(f"stage {plan.stage} has no number: bind a number to the stage first", 400)
        for name, other in self._plans.items():
            if name != plan.agent_name and (held := sorted({*other.dids} & {*plan.dids})):
                raise SwitchboardError(f"{', '.join(held)} already rings at trunk {name}: take it off that trunk", 400)
        before = self._plans.get(plan.agent_name)
        self._plans[plan.agent_name] = plan
        done = () if before == plan else (f"{'made' if before is None else 'replaced'} trunk of {plan.stage}",)
        return Provisioned(f"ST_{plan.agent_name}", f"SDR_{plan.agent_name}", done)

    def _reach(self) -> None:
        if self.fault is not None:
            raise self.fault


class MemoryDialler:
    """People whose telephones aren't in any room. `answers`: number → None for an answer, or the SIP status."""

    def __init__(self, answers: Mapping[str, int | None] | None = None) -> None:
        self.answers = answers
        self.dialled: list[str] = []
        self.dropped: list[str] = []

    @property
    def available(self) -> bool:
        return self.answers is not None

    async def dial(self, room: str, identity: str, to: str, *, caller_id: str, ring_seconds: float) -> None:
        self.dialled.append(to)
        if (code := (self.answers or {}).get(to, 404)) is not None:
            raise NotAnswered(f"{to} doesn't answer", code)

    async def hear(self, room: str, identity: str, tracks: Sequence[str], *, on: bool) -> None: ...

    async def drop(self, room: str, identity: str) -> None:
        self.dropped.append(identity)


class FixedClock:
    """Time that passes only by `advance`."""

    def __init__(self, at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)


class MemoryCarrier:
    """Telnyx's legs, without sound. With a `fault` each request fails with it, as if Telnyx were away."""

    def __init__(self, fault: CarrierError | None = None) -> None:
        self.fault = fault
        self.done: list[tuple[str, Command]] = []
        """Leg and command, in order, without refused ones and repetitions with the same key."""
        self.recordings: dict[str, bytes] = {}
        """Audio by its URL."""
        self.voice_applications: list[VoiceApplication] = []
        self.refuses: dict[type, int] = {}
        """HTTP status with which commands of a type are refused, as by Telnyx for a reason of its own."""
        self._legs: dict[str, Literal["ringing", "answered", "ended"]] = {}
        self._keys: set[tuple[str, str]] = set()

    def ring(self, leg_id: str) -> None:
        """A leg comes in."""
        self._legs[leg_id] = "ringing"

    def hang_up(self, leg_id: str) -> None:
        """The caller hangs up."""
        self._legs[leg_id] = "ended"

    async def do(self, leg_id: str, command: Command, key: str) -> None:
        self._reach()
        if (leg_id, key) in self._keys:
            return
        if refusal := self.refuses.get(type(command)):
            raise CarrierError(f"{type(command).__name__} is refused", refusal)
        match self._legs.get(leg_id), command:
            case None, _:
                raise CarrierError("there is no such call", 404, leg_gone=True)
            case "ended", _:
                raise CarrierError("the call has already ended", 422, leg_gone=True)
            case "ringing", Play() | Say() | Record():
                raise CarrierError("the call is not answered yet", 422)
            case "answered", Answer() | Reject():
                raise CarrierError("the call is answered already", 422)
            case _, Answer():
                self._legs[leg_id] = "answered"
            case _, Hangup() | Reject():
                self._legs[leg_id] = "ended"
            case _:
                pass
        self._keys.add((leg_id, key))
        self.done.append((leg_id, command))

    async def fetch(self, url: str) -> bytes:
        self._reach()
        if url not in self.recordings:
            raise CarrierError("there is no such recording, or no more", 403)
        return self.recordings[url]

    async def applications(self) -> Sequence[VoiceApplication]:
        self._reach()
        return list(self.voice_applications)

    def _reach(self) -> None:
        if self.fault is not None:
            raise self.fault


class MemoryEgress:
    """LiveKit's egress. With a `fault` each request fails with it, as if no egress service were deployed."""

    def __init__(self, fault: SwitchboardError | None = None) -> None:
        self.fault = fault
        self.running: dict[str, tuple[str, str]] = {}
        """Room and path by the egress's id."""
        self.stopped: list[str] = []
        self._begun = 0

    async def start(self, room: str, path: str) -> str:
        self._reach()
        self._begun += 1
        egress_id = f"EG_{self._begun:06d}"
        self.running[egress_id] = (room, path)
        return egress_id

    async def stop(self, egress_id: str) -> None:
        self._reach()
        if self.running.pop(egress_id, None) is not None:
            self.stopped.append(egress_id)

    def _reach(self) -> None:
        if self.fault is not None:
            raise self.fault
