"""A call's room by LiveKit's webhooks: its caller is admitted, its events are stored, its end is concluded."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from shared.calls.admit import Admission, AdmitCall, Ringing
from shared.calls.alerting import CallAlerts
from shared.calls.arrival import Arrivals
from shared.calls.complete import complete_call
from shared.calls.session import forget_session
from shared.calls.staff import staff_of
from shared.domain.accounts.room import Staff, how_it_ended, room_account, room_ids
from shared.domain.call import CallEvent, CallRecord, Witness
from shared.domain.routing import Reject
from shared.domain.telephony.rooms import (
    CALL_HEADER,
    SYNTHETIC_HEADER,
    Participant,
    RoomEvent,
    attribute_of,
    call_id_of,
    stage_of,
)
from shared.errors import StoreError, SwitchboardError
from shared.ports import Alerts, Calls, Leases, Records, Sessions, Switchboard, Workers

log = structlog.get_logger(__name__)

NOT_ANSWERED, AGENT_LOST = "not_answered", "agent_lost"
"""Keys of alerts: one is open in a stage, however many calls nobody answered, or lost their agent."""
BUSY_HERE = 486
KEY_PREFIX = "livekit:"
"""Of the keys of the events that LiveKit's webhooks brought."""
_MOVES = {
    "participant_joined": "joined",
    "participant_left": "left",
    "participant_connection_aborted": "left",
    "track_published": "published",
}
_SIGNED = (attribute_of(CALL_HEADER), attribute_of(SYNTHETIC_HEADER))
"""Attributes that hold a token, which isn't stored."""
_WHY = {
    "no_worker": "no worker is there",
    "at_capacity": "all workers are full",
    "agent_lost": "its agent was lost",
    "not_answered": "workers were there, and none took it",
}


@dataclass(frozen=True)
class RoomCalls:
    """The calls of one stage that are in rooms."""

    stage: str
    arrivals: Arrivals
    admit: AdmitCall
    calls: Calls
    records: Records
    alerts: Alerts
    workers: Workers
    leases: Leases
    sessions: Sessions
    switchboard: Switchboard

    async def handle(self, event: RoomEvent) -> bool:
        """Store the event, then act on it; False for a room of another stage.

        Handling it again changes nothing. Raises `StoreError` when it couldn't be stored: then nothing was done.
        """
        if stage_of(event.room) != self.stage:
            log.info("room of another stage", action="room_event", room=event.room, event_name=event.name)
            return False
        kind = kind_of(event)
        await self._store(event, kind)
        if kind == "caller_joined" and event.participant is not None:
            await self.arrive(event.room, event.participant, event.at)
        elif kind == "room_finished":
            await self._finish(event)
        return True

    async def arrive(self, room: str, caller: Participant, at: datetime) -> Admission:
        """Admit a caller who is in the room and hears it ring. A rejected one hears busy at once."""
        joined_at = caller.joined_at or at
        arrival = self.arrivals.of(room, caller.attributes, joined_at)
        ringing = Ringing(
            call_id=arrival.call_id,
            synthetic=arrival.synthetic,
            unsigned=arrival.unsigned,
            room_id=call_id_of(room),
            did_raw=caller.attributes.get("sip.trunkPhoneNumber", ""),
            caller_raw=caller.attributes.get("sip.phoneNumber") or None,
            ringing_at=joined_at,
        )
        admission = await self.admit(ringing)
        if isinstance(admission.decision, Reject):
            try:
                await self.switchboard.end(room)
            except SwitchboardError as error:
                # the watchdog tries again, and the ringing ends by itself
                log.error("rejected call not ended", action="reject", call_id=ringing.call_id, error=str(error))
        return admission

    async def conclude(
        self, record: CallRecord, witness: Witness, at: datetime, otherwise: str, *, agent_gone: bool
    ) -> None:
        """Complete a call from its record; `otherwise` is the reason where the record holds none.

        `agent_gone` says that no agent has the call's lease. Raises `StoreError`.
        """
        account = room_account(record)
        # a call on another line has no ringing that LiveKit would end, and no worker that should have come
        in_room = bool(room_ids(record))
        staff = account.staff
        if staff == "unknown" and in_room and account.missed:
            staff = await self.staff()
        by, reason = how_it_ended(account, staff, otherwise) if in_room else ("system", otherwise)
        facts = replace(
            account.facts,
            ended_at=account.left_at or at,
            ended_by=by,
            end_reason=reason,
            sip_code=BUSY_HERE if account.rejected else None,
        )
        await complete_call(record.call_id, witness, facts, calls=self.calls)
        await forget_session(record.call_id, self.sessions)
        if not in_room:
            return
        alerts = CallAlerts(record.call_id, self.alerts)
        # a synthetic call neither opens nor closes the alert about unanswered callers (DU-64)
        if account.missed and not record.synthetic:
            title = f"Nobody answered a call: {_WHY.get(reason, reason.replace('_', ' '))}"
            alerts.add(NOT_ANSWERED, "page", title, reason=reason, number=record.did)
        elif account.answered_at is not None:
            if not record.synthetic:
                alerts.recovered(NOT_ANSWERED)
            if agent_gone and not account.agent_reported:
                alerts.add(AGENT_LOST, "page", "An agent was lost during a call", reason=reason)
        await alerts.send()

    async def leased(self, call_id: str) -> bool | None:
        """Whether an agent speaks for the call, by its room's id; None while Redis doesn't answer."""
        try:
            return await self.leases.holder(call_id) is not None
        except StoreError as error:
            log.warning("lease unknown", action="lease", call_id=call_id, error=str(error))
            return None

    async def staff(self) -> Staff:
        """Whether a worker could take a call now."""
        return await staff_of(self.workers)

    def _call_id(self, room: str, caller: Participant | None, at: datetime) -> str:
        """Of the call in this room; without its caller it is the room's own, which the stores know as another name."""
        if caller is None or caller.kind != "caller":
            return call_id_of(room)
        return self.arrivals.call_id(room, caller.attributes, caller.joined_at or at)

    async def _store(self, event: RoomEvent, kind: str) -> None:
        fields = {"room": event.room}
        if event.participant is not None:
            fields |= {"identity": event.participant.identity}
        if event.reason:
            fields |= {"reason": event.reason}
        if kind == "caller_joined" and event.participant is not None:
            fields |= {name: value for name, value in event.participant.attributes.items() if name not in _SIGNED}
        if kind == "caller_left":
            # now, as the room stands on for some seconds in which a worker may become free
            fields |= {"staff": await self.staff()}
        at = event.at
        if kind.endswith("_joined") and event.participant is not None and event.participant.joined_at is not None:
            at = event.participant.joined_at
        call_id = self._call_id(event.room, event.participant, event.at)
        await self.calls.note(CallEvent(call_id, f"{KEY_PREFIX}{event.event_id}", kind, at, fields))

    async def _finish(self, event: RoomEvent) -> None:
        call_id = call_id_of(event.room)
        # the lease first: an agent lets go of it when it has recorded the end
        leased = await self.leased(call_id)
        try:
            record = await self.records.find(call_id)
        except StoreError as error:
            # without its record an answered call would be concluded as unanswered: the watchdog reads it later
            log.warning("end of a call left to the watchdog", action="complete", call_id=call_id, error=str(error))
            return
        if leased and record is not None and room_account(record).answered_at is not None:
            log.info("end of a call left to its agent", action="complete", call_id=call_id)
        elif record is not None:
            await self.conclude(record, "room_finished", event.at, "room_finished", agent_gone=leased is False)


def kind_of(event: RoomEvent) -> str:
    """The name it is stored under: `caller_joined`, `agent_left`, `agent_published` …, else LiveKit's own."""
    move = _MOVES.get(event.name)
    return event.name if move is None or event.participant is None else f"{event.participant.kind}_{move}"
