"""Heals calls: those whose end nobody reported, and callers in a room without an agent."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.calls.carrier_end import CarrierEnd
from shared.calls.room_call import RoomCalls
from shared.domain.accounts.room import Staff, room_account, room_ids
from shared.domain.call import CallEvent, CallRecord
from shared.domain.telephony.legs import is_of_session
from shared.domain.telephony.rooms import Participant, Room, agent_name, call_id_of
from shared.domain.watch import Complete, Dispatch, End, Graces, Healing, Leave, OpenCall, heal
from shared.errors import StoreError, SwitchboardError
from shared.observe import report
from shared.ports import Calls, Clock, Records, Switchboard

log = structlog.get_logger(__name__)

_STATUS, _ACTIVE = "sip.callStatus", "active"
"""A caller's attribute, and its value once the call was answered."""


@dataclass(frozen=True)
class Healed:
    """A call, and how it was healed."""

    call_id: str
    healing: Healing


@dataclass
class Healer:
    """One for a stage, kept between passes: it remembers since when a call has no lease.

    A second one does no harm: each healing is idempotent, and an agent too many finds the call's lease taken.
    """

    stage: str
    rooms: RoomCalls
    carrier_end: CarrierEnd
    calls: Calls
    records: Records
    switchboard: Switchboard
    clock: Clock
    graces: Graces = field(default_factory=Graces)
    _unleased_since: dict[str, datetime] = field(default_factory=dict[str, datetime], init=False)
    _dispatched_at: dict[str, datetime] = field(default_factory=dict[str, datetime], init=False)
    _unreadable: bool = field(default=False, init=False)
    _readable_since: datetime | None = field(default=None, init=False)
    """The end of the last outage of Postgres."""

    async def heal(self) -> list[Healed]:
        """One pass. Raises `StoreError` or `SwitchboardError` when calls or rooms can't be listed: nothing is done."""
        now, stage = self.clock.now(), self.stage
        # first the calls: one that is opened in between has its room listed
        records = await self._open_calls(now)
        live = {call_id_of(room.name): room for room in await self.switchboard.rooms(stage)}
        staff = await self.rooms.staff() if records else "unknown"
        done: list[Healed] = []
        for record in records:
            async with _Reported(record.call_id):
                done.append(await self._one(record, _room_of(record, live), staff, now))
        known = {name for record in records for name in (record.call_id, *record.room_ids)}
        for call_id in live.keys() - known:
            async with _Reported(call_id):
                await self._without_open_call(call_id, live[call_id], now)
        for memory in (self._unleased_since, self._dispatched_at):
            for call_id in memory.keys() - known - live.keys():
                del memory[call_id]
        return [healed for healed in done if not isinstance(healed.healing, Leave)]

    async def _open_calls(self, now: datetime) -> Sequence[CallRecord]:
        try:
            records = await self.records.open_calls(self.stage, now)
        except StoreError:
            self._unreadable = True
            raise
        if self._unreadable:
            self._unreadable, self._readable_since = False, now
        return records

    async def _one(self, record: CallRecord, room: Room | None, staff: Staff, now: datetime) -> Healed:
        if await self.carrier_end.complete(record):
            # the carrier reported it while the record could not be read
            return Healed(record.call_id, Complete("carrier"))
        if self._readable_seconds(now) >= self.graces.kept:
            # before, its answer may wait in a spool
            await self.carrier_end.alert_missed(record, now)
        healing = heal(await self._look(record, room, staff, now), self.graces)
        if not isinstance(healing, Leave):
            log.warning("call healed", action="heal", call_id=record.call_id, healing=str(healing))
        match healing:
            case Dispatch(room=name):
                self._dispatched_at[record.call_id] = now
                await self._note(record.call_id, "dispatched", now)
                await self.switchboard.dispatch(name, agent_name(self.stage))
            case End(room=name, reason=reason):
                await self._note(record.call_id, "healed", now, reason=reason)
                await self.switchboard.end(name)
                # with the events that were stored meanwhile
                newest = await self.records.find(record.call_id) or record
                await self.rooms.conclude(newest, "watchdog", now, reason, agent_gone=True)
            case Complete(reason=reason):
                await self.rooms.conclude(record, "watchdog", _last_sign(record), reason, agent_gone=True)
            case Leave():
                pass
        return Healed(record.call_id, healing)

    async def _look(self, record: CallRecord, room: Room | None, staff: Staff, now: datetime) -> OpenCall:
        call_id = record.call_id
        room_id = call_id_of(room.name) if room else next(iter(room_ids(record)), None)
        leased = await self.rooms.leased(room_id) if room_id else False
        people: Sequence[Participant] = ()
        if room is not None and leased is False:
            people = await self.switchboard.participants(room.name)
        callers = [person for person in people if person.kind == "caller"]
        active = any(caller.attributes.get(_STATUS) == _ACTIVE for caller in callers)
        account, dispatched = room_account(record), self._dispatched_at.get(call_id)
        return OpenCall(
            age_seconds=(now - record.ringing_at).total_seconds(),
            answered=account.answered_at is not None or active,
            rejected=account.rejected,
            in_room=room_id is not None,
            by_carrier=is_of_session(call_id),
            room=room.name if room else None,
            caller_there=bool(callers),
            agent_there=any(person.kind == "agent" for person in people),
            leased=leased,
            staff=staff,
            unleased_seconds=self._unleased_seconds(call_id, leased, now),
            dispatched_seconds=None if dispatched is None else (now - dispatched).total_seconds(),
            readable_seconds=self._readable_seconds(now),
        )

    def _readable_seconds(self, now: datetime) -> float:
        return math.inf if self._readable_since is None else (now - self._readable_since).total_seconds()

    def _unleased_seconds(self, call_id: str, leased: bool | None, now: datetime) -> float:
        if leased is False:
            return (now - self._unleased_since.setdefault(call_id, now)).total_seconds()
        self._unleased_since.pop(call_id, None)
        return 0.0

    async def _without_open_call(self, call_id: str, room: Room, now: datetime) -> None:
        """A room whose call nobody opened, or that stands on after its call's end."""
        alone = self._unleased_seconds(call_id, await self.rooms.leased(call_id), now)
        if alone < self.graces.agentless:
            return
        record = await self.records.find(call_id)
        people = await self.switchboard.participants(room.name)
        caller = next((person for person in people if person.kind == "caller"), None)
        if record is None and caller is not None:
            log.warning("caller without a call", action="heal", call_id=call_id)
            await self.rooms.arrive(room.name, caller, now)
        elif alone >= self.graces.empty and (record is None or record.disposition is not None):
            log.warning("room left over", action="heal", call_id=call_id)
            await self.switchboard.end(room.name)

    async def _note(self, call_id: str, kind: str, at: datetime, **fields: str) -> None:
        await self.calls.note(CallEvent(call_id, f"watchdog:{kind}:{at.isoformat()}", kind, at, fields))


class _Reported:
    """One call's failure doesn't keep the others from being healed; the next pass tries again."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        match error:
            case StoreError() | SwitchboardError():
                log.error("call not healed", action="heal", call_id=self._call_id, error=str(error))
            case Exception():
                report(error, action="heal", call_id=self._call_id)
            case _:
                return False
        return True


def _room_of(record: CallRecord, live: Mapping[str, Room]) -> Room | None:
    return next((live[room_id] for room_id in room_ids(record) if room_id in live), None)


def _last_sign(record: CallRecord) -> datetime:
    """The time of its latest event."""
    return max((event.at for event in record.events), default=record.ringing_at)
