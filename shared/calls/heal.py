"""Looks after the calls that nobody told the end of, and the callers that no agent is with."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from shared.calls.room import Rooms
from shared.calls.trouble import Trouble
from shared.domain.call import CallEvent, CallRecord
from shared.domain.heal import Complete, Dispatch, End, Graces, Healing, Leave, Seen, heal
from shared.domain.hindsight import Staff, hindsight
from shared.domain.rooms import agent_name, call_id_of, is_of_room
from shared.domain.switchboard import Participant, Room
from shared.errors import StoreError, StoreUnavailable, SwitchboardError
from shared.ports import Leases

log = structlog.get_logger(__name__)

AGENT_LOST = "agent_lost"
"""The alert's key."""
_OWN_ACCOUNT = "completion:agent"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Healed:
    """What was done about one call."""

    call_id: str
    healing: Healing


class Healer:
    """One for a stage at a time, kept between passes: it remembers since when something is odd.

    A second one does no harm: what they do is idempotent, and an agent too many finds the call's lease taken.
    """

    def __init__(self, rooms: Rooms, leases: Leases, graces: Graces | None = None) -> None:
        self._rooms = rooms
        self._leases = leases
        self._graces = graces or Graces()
        self._odd_since: dict[str, datetime] = {}
        self._dispatched_at: dict[str, datetime] = {}
        self._answered: dict[str, datetime | None] = {}
        """Answered calls, and since when they are found completed."""

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
        told = {record.call_id for record in records}
        for call_id in live.keys() - told:
            async with _Reported(call_id):
                await self._without_open_call(call_id, live[call_id], now)
        await self._miss_accounts(told, now)
        self._forget(told | live.keys())
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
                await self._conclude(record, now, reason)
            case Complete(reason=reason):
                await self._conclude(record, _last_sign(record), reason)
            case Leave():
                pass
        return Healed(record.call_id, healing)

    async def _look(self, record: CallRecord, room: Room | None, staff: Staff, now: datetime) -> Seen:
        call_id, in_room = record.call_id, is_of_room(record.call_id)
        past = hindsight(record)
        leased = await self._leased(call_id) if in_room else False
        people: Iterable[Participant] = ()
        if room is not None and leased is False:
            people = await self._rooms.switchboard.participants(room.name)
        kinds = {person.kind for person in people}
        dispatched = self._dispatched_at.get(call_id)
        if past.answered_at is not None and in_room:
            self._answered[call_id] = None
        return Seen(
            age_seconds=(now - record.ringing_at).total_seconds(),
            answered=past.answered_at is not None,
            rejected=past.rejected,
            in_room=in_room,
            room=room.name if room else None,
            caller_there="caller" in kinds,
            agent_there="agent" in kinds,
            leased=leased,
            staff=staff,
            odd_seconds=self._odd_seconds(call_id, now, odd=leased is False and not {"caller", "agent"} <= kinds),
            dispatched_seconds=None if dispatched is None else (now - dispatched).total_seconds(),
        )

    async def _leased(self, call_id: str) -> bool | None:
        try:
            async with asyncio.timeout(self._rooms.limits.redis_seconds):
                return await self._leases.holder(call_id) is not None
        except (StoreError, TimeoutError) as error:
            log.warning("lease unknown", action="heal", call_id=call_id, error=str(error) or "timeout")
            return None

    def _odd_seconds(self, call_id: str, now: datetime, *, odd: bool) -> float:
        if not odd:
            self._odd_since.pop(call_id, None)
            return 0.0
        return (now - self._odd_since.setdefault(call_id, now)).total_seconds()

    async def _conclude(self, record: CallRecord, at: datetime, reason: str) -> None:
        # with what has been noted meanwhile
        newest = await self._bounded(self._rooms.calls.find(record.call_id)) or record
        past = await self._rooms.conclude(newest, "reaper", at, reason)
        if past.answered_at is not None:
            self._answered.pop(record.call_id, None)
            await self._tell_agent_lost(record.call_id, reason)

    async def _without_open_call(self, call_id: str, room: Room, now: datetime) -> None:
        """A room whose call nobody opened, or that stands on after its call's end."""
        odd = self._odd_seconds(call_id, now, odd=True)
        if odd < self._graces.agentless:
            return
        record = await self._bounded(self._rooms.calls.find(call_id))
        people = await self._rooms.switchboard.participants(room.name)
        caller = next((person for person in people if person.kind == "caller"), None)
        if record is None and caller is not None:
            log.warning("caller whom nobody announced", action="heal", call_id=call_id)
            await self._rooms.arrive(room.name, caller, now)
        elif (
            odd >= self._graces.empty
            and (record is None or record.disposition is not None)
            and not any(person.kind == "agent" for person in people)
            and await self._leased(call_id) is False
        ):
            log.warning("room left over", action="heal", call_id=call_id)
            await self._rooms.switchboard.end(room.name)

    async def _miss_accounts(self, still_open: set[str], now: datetime) -> None:
        """An answered call whose agent never told its end: others did, and its agent was lost."""
        for call_id, since in list(self._answered.items()):
            if call_id in still_open:
                continue
            if since is None:
                self._answered[call_id] = now
            elif (now - since).total_seconds() >= self._graces.settle:
                async with _Reported(call_id):
                    record = await self._bounded(self._rooms.calls.find(call_id))
                    if record is None or all(event["key"] != _OWN_ACCOUNT for event in record.events):
                        await self._tell_agent_lost(call_id, "no account of its own")
                self._answered.pop(call_id)

    async def _tell_agent_lost(self, call_id: str, reason: str) -> None:
        rooms = self._rooms
        trouble = Trouble(call_id, rooms.stage, rooms.release, rooms.clock)
        trouble.note(AGENT_LOST, "page", "An agent was lost during a call", reason=reason)
        await trouble.tell(rooms.alerts, rooms.limits.write_seconds)

    async def _note(self, call_id: str, kind: str, at: datetime, **fields: str) -> None:
        event = CallEvent(call_id, f"reaper:{kind}:{at.isoformat()}", kind, at, fields)
        await self._bounded(self._rooms.calls.note(event))

    async def _bounded(self, asked: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._rooms.limits.write_seconds):
                return await asked
        except TimeoutError as error:
            raise StoreUnavailable("the calls can't be read in time", "timeout") from error

    def _forget(self, known: set[str]) -> None:
        for memory in (self._odd_since, self._dispatched_at):
            for call_id in memory.keys() - known:
                del memory[call_id]


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
