"""Looks after the calls that nobody told the end of, and the callers that no agent is with."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from shared.calls.room import Rooms
from shared.domain.call import CallEvent, CallRecord
from shared.domain.heal import Complete, Dispatch, End, Graces, Healing, Leave, Seen, heal
from shared.domain.hindsight import Staff, hindsight
from shared.domain.rooms import agent_name, call_id_of, is_of_room
from shared.domain.switchboard import Participant, Room
from shared.errors import StoreError, StoreUnavailable, SwitchboardError

log = structlog.get_logger(__name__)

_STATUS, _ACTIVE = "sip.callStatus", "active"
"""A caller's attribute, and what it is once the call was answered."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Healed:
    """What was done about one call."""

    call_id: str
    healing: Healing


class Healer:
    """One for a stage, kept between passes: it remembers since when a call has no lease.

    A second one does no harm: what they do is idempotent, and an agent too many finds the call's lease taken.
    """

    def __init__(self, rooms: Rooms, graces: Graces | None = None) -> None:
        self._rooms = rooms
        self._graces = graces or Graces()
        self._unleased_since: dict[str, datetime] = {}
        self._dispatched_at: dict[str, datetime] = {}

    async def heal(self) -> list[Healed]:
        """One pass. Raises `StoreError` or `SwitchboardError` when calls or rooms can't be listed: nothing is done."""
        now, stage = self._rooms.clock.now(), self._rooms.stage
        # first the calls: one that is opened in between has its room listed
        records = await self._bounded(self._rooms.calls.open_calls(stage, now))
        live = {call_id_of(room.name): room for room in await self._rooms.switchboard.rooms(stage)}
        staff = await self._rooms.staff() if records else "unknown"
        done: list[Healed] = []
        for record in records:
            async with _Reported(record.call_id):
                done.append(await self._one(record, live.get(record.call_id), staff, now))
        known = {record.call_id for record in records}
        for call_id in live.keys() - known:
            async with _Reported(call_id):
                await self._without_open_call(call_id, live[call_id], now)
        for memory in (self._unleased_since, self._dispatched_at):
            for call_id in memory.keys() - known - live.keys():
                del memory[call_id]
        return [healed for healed in done if not isinstance(healed.healing, Leave)]

    async def _one(self, record: CallRecord, room: Room | None, staff: Staff, now: datetime) -> Healed:
        healing = heal(await self._look(record, room, staff, now), self._graces)
        if not isinstance(healing, Leave):
            log.warning("call healed", action="heal", call_id=record.call_id, healing=str(healing))
        match healing:
            case Dispatch(room=name):
                self._dispatched_at[record.call_id] = now
                await self._note(record.call_id, "dispatched", now)
                await self._rooms.switchboard.dispatch(name, agent_name(self._rooms.stage))
            case End(room=name, reason=reason):
                await self._note(record.call_id, "healed", now, reason=reason)
                await self._rooms.switchboard.end(name)
                # with what has been noted meanwhile
                newest = await self._bounded(self._rooms.calls.find(record.call_id)) or record
                await self._rooms.conclude(newest, "reaper", now, reason, agent_gone=True)
            case Complete(reason=reason):
                await self._rooms.conclude(record, "reaper", _last_sign(record), reason, agent_gone=True)
            case Leave():
                pass
        return Healed(record.call_id, healing)

    async def _look(self, record: CallRecord, room: Room | None, staff: Staff, now: datetime) -> Seen:
        call_id, in_room = record.call_id, is_of_room(record.call_id)
        leased = await self._rooms.leased(call_id) if in_room else False
        people: Sequence[Participant] = ()
        if room is not None and leased is False:
            people = await self._rooms.switchboard.participants(room.name)
        callers = [person for person in people if person.kind == "caller"]
        active = any(caller.attributes.get(_STATUS) == _ACTIVE for caller in callers)
        past, dispatched = hindsight(record), self._dispatched_at.get(call_id)
        return Seen(
            age_seconds=(now - record.ringing_at).total_seconds(),
            answered=past.answered_at is not None or active,
            rejected=past.rejected,
            in_room=in_room,
            room=room.name if room else None,
            caller_there=bool(callers),
            agent_there=any(person.kind == "agent" for person in people),
            leased=leased,
            staff=staff,
            unleased_seconds=self._unleased_seconds(call_id, leased, now),
            dispatched_seconds=None if dispatched is None else (now - dispatched).total_seconds(),
        )

    def _unleased_seconds(self, call_id: str, leased: bool | None, now: datetime) -> float:
        if leased is False:
            return (now - self._unleased_since.setdefault(call_id, now)).total_seconds()
        self._unleased_since.pop(call_id, None)
        return 0.0

    async def _without_open_call(self, call_id: str, room: Room, now: datetime) -> None:
        """A room whose call nobody opened, or that stands on after its call's end."""
        alone = self._unleased_seconds(call_id, await self._rooms.leased(call_id), now)
        if alone < self._graces.agentless:
            return
        record = await self._bounded(self._rooms.calls.find(call_id))
        people = await self._rooms.switchboard.participants(room.name)
        caller = next((person for person in people if person.kind == "caller"), None)
        if record is None and caller is not None:
            log.warning("caller whom nobody announced", action="heal", call_id=call_id)
            await self._rooms.arrive(room.name, caller, now)
        elif alone >= self._graces.empty and (record is None or record.disposition is not None):
            log.warning("room left over", action="heal", call_id=call_id)
            await self._rooms.switchboard.end(room.name)

    async def _note(self, call_id: str, kind: str, at: datetime, **fields: str) -> None:
        event = CallEvent(call_id, f"reaper:{kind}:{at.isoformat()}", kind, at, fields)
        await self._bounded(self._rooms.calls.note(event))

    async def _bounded(self, asked: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._rooms.limits.write_seconds):
                return await asked
        except TimeoutError as error:
            raise StoreUnavailable("the calls can't be read in time", "timeout") from error


class _Reported:
    """One call's failure doesn't keep the others from being looked after; the next pass tries again."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, StoreError | SwitchboardError):
            return False
        log.error("call not healed", action="heal", call_id=self._call_id, error=str(error))
        return True


def _last_sign(record: CallRecord) -> datetime:
    """The last that was heard of it."""
    return max((datetime.fromisoformat(event["at"]) for event in record.events), default=record.ringing_at)
