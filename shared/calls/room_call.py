"""A call's room as LiveKit tells of it: its caller is admitted, what happens is kept, its end is told."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from shared.calls.admit import Admission, Ringing, admit_call
from shared.calls.alerting import CallAlerts
from shared.calls.arrival import arrival_of
from shared.calls.complete import complete_call
from shared.calls.limits import Limits
from shared.calls.staff import staff_of
from shared.domain.accounts.room import Staff, how_it_ended, room_account
from shared.domain.call import CallEvent, CallRecord, Witness
from shared.domain.routing import Reject
from shared.domain.telephony.rooms import Participant, RoomEvent, call_id_of, is_of_room, stage_of
from shared.errors import StoreError, StoreUnavailable, SwitchboardError
from shared.ports import Alerts, Calls, Clock, Directory, Leases, Records, Sessions, Switchboard, Workers
from shared.tokens import StageTokens

log = structlog.get_logger(__name__)

NOT_ANSWERED, AGENT_LOST = "not_answered", "agent_lost"
"""Keys of alerts: one is open in a stage, however many calls nobody answered, or lost their agent."""
BUSY_HERE = 486
_MOVES = {
    "participant_joined": "joined",
    "participant_left": "left",
    "participant_connection_aborted": "left",
    "track_published": "published",
}
_WHY = {
    "no_worker": "no worker is there",
    "at_capacity": "all workers are full",
    "agent_lost": "its agent was lost",
    "not_answered": "workers were there, and none took it",
}


@dataclass(frozen=True)
class RoomCalls:
    """The rooms of one stage, and all it takes to act on what is told of them."""

    stage: str
    release: str
    tokens: StageTokens
    directory: Directory
    calls: Calls
    records: Records
    sessions: Sessions
    alerts: Alerts
    workers: Workers
    leases: Leases
    switchboard: Switchboard
    clock: Clock
    limits: Limits = field(default_factory=Limits)

    async def handle(self, event: RoomEvent) -> bool:
        """Keep what was told, then act on it; False for a room of another stage or of nobody of ours.

        Telling it again changes nothing. Raises `StoreError` when it couldn't be kept: then nothing was done.
        """
        if stage_of(event.room) != self.stage:
            log.info("another's room", action="room_event", room=event.room, event_name=event.name)
            return False
        kind = kind_of(event)
        await self._keep(event, kind)
        if kind == "caller_joined" and event.who is not None:
            await self.arrive(event.room, event.who, event.at)
        elif kind == "room_finished":
            await self._finish(event)
        return True

    async def arrive(self, room: str, caller: Participant, at: datetime) -> Admission:
        """A caller is in the room and hears it ring. One who is rejected hears busy at once."""
        ringing = Ringing(
            call_id=self.call_id(room, caller, at),
            room_id=call_id_of(room),
            did_raw=caller.attributes.get("sip.trunkPhoneNumber", ""),
            caller_raw=caller.attributes.get("sip.phoneNumber") or None,
            ringing_at=caller.joined_at or at,
        )
        admission = await admit_call(
            ringing,
            stage=self.stage,
            release=self.release,
            directory=self.directory,
            calls=self.calls,
            sessions=self.sessions,
            alerts=self.alerts,
            clock=self.clock,
            limits=self.limits,
        )
        if isinstance(admission.decision, Reject):
            try:
                await self.switchboard.end(room)
            except SwitchboardError as error:
                # the reaper tries again, and the ringing ends by itself
                log.error("rejected call not ended", action="reject", call_id=ringing.call_id, error=str(error))
        return admission

    async def conclude(
        self, record: CallRecord, witness: Witness, at: datetime, otherwise: str, *, agent_gone: bool
    ) -> None:
        """Tell the end of a call from its record; `otherwise` is the reason where that tells none.

        `agent_gone` says that no agent has the call's lease. Raises `StoreError`.
        """
        seen = room_account(record)
        # a call on another line has no ringing that LiveKit would end, and no worker that should have come
        in_room = bool(rooms_of(record))
        staff = seen.staff
        if staff == "unknown" and in_room and seen.missed:
            staff = await self.staff()
        by, reason = how_it_ended(seen, staff, otherwise) if in_room else ("system", otherwise)
        facts = replace(
            seen.facts,
            ended_at=seen.left_at or at,
            ended_by=by,
            end_reason=reason,
            sip_code=BUSY_HERE if seen.rejected else None,
        )
        await complete_call(record.call_id, witness, facts, calls=self.calls, limits=self.limits)
        if in_room:
            trouble = CallAlerts(record.call_id, self.stage, self.release, self.clock)
            if seen.missed:
                title = f"Nobody answered a call: {_WHY.get(reason, reason.replace('_', ' '))}"
                trouble.note(NOT_ANSWERED, "page", title, reason=reason, number=record.did)
            elif seen.answered_at is not None:
                trouble.recovered.add(NOT_ANSWERED)
                if agent_gone and not seen.agent_told:
                    trouble.note(AGENT_LOST, "page", "An agent was lost during a call", reason=reason)
            await trouble.tell(self.alerts, self.limits.write_seconds)

    async def leased(self, call_id: str) -> bool | None:
        """Whether an agent speaks for the call, by its room's id; None when Redis can't be asked."""
        try:
            async with asyncio.timeout(self.limits.redis_seconds):
                return await self.leases.holder(call_id) is not None
        except (StoreError, TimeoutError) as error:
            log.warning("lease unknown", action="lease", call_id=call_id, error=str(error) or "timeout")
            return None

    async def staff(self) -> Staff:
        """Whether a worker could take a call now."""
        return await staff_of(self.workers, self.limits)

    def call_id(self, room: str, caller: Participant | None, at: datetime) -> str:
        """Of the call in this room; without its caller it is the room's own, which the stores know as another name."""
        if caller is None or caller.kind != "caller":
            return call_id_of(room)
        return arrival_of(room, caller.attributes, self.tokens, caller.joined_at or at).call_id

    async def _keep(self, event: RoomEvent, kind: str) -> None:
        fields = {"room": event.room}
        if event.who is not None:
            fields |= {"identity": event.who.identity}
        if event.reason:
            fields |= {"reason": event.reason}
        if kind == "caller_joined" and event.who is not None:
            fields |= event.who.attributes
        if kind == "caller_left":
            # now, as the room stands on for some seconds in which a worker may become free
            fields |= {"staff": await self.staff()}
        at = event.at
        if kind.endswith("_joined") and event.who is not None and event.who.joined_at is not None:
            at = event.who.joined_at
        call_id = self.call_id(event.room, event.who, event.at)
        told = CallEvent(call_id, f"livekit:{event.event_id}", kind, at, fields)
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                await self.calls.note(told)
        except TimeoutError as error:
            raise StoreUnavailable(f"{event.name} of {event.room} was not kept in time", "timeout") from error

    async def _finish(self, event: RoomEvent) -> None:
        call_id = call_id_of(event.room)
        # first the lease: an agent lets go of it when it has told the end
        leased = await self.leased(call_id)
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                record = await self.records.find(call_id)
        except (StoreError, TimeoutError) as error:
            # without its record an answered call would be told as unanswered: the reaper reads it later
            log.warning("end of a call left to the reaper", action="complete", call_id=call_id, error=str(error))
            return
        if leased and record is not None and room_account(record).answered_at is not None:
            log.info("end of a call left to its agent", action="complete", call_id=call_id)
        elif record is not None:
            await self.conclude(record, "room_finished", event.at, "room_finished", agent_gone=leased is False)


def rooms_of(record: CallRecord) -> tuple[str, ...]:
    """The ids of the rooms that the call was in; none for one on a line without rooms, or not yet in any."""
    return (record.call_id, *record.room_ids) if is_of_room(record.call_id) else record.room_ids


def kind_of(event: RoomEvent) -> str:
    """Under which name it is kept: `caller_joined`, `agent_left`, `agent_published` …, else LiveKit's own."""
    move = _MOVES.get(event.name)
    return event.name if move is None or event.who is None else f"{event.who.kind}_{move}"
