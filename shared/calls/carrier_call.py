"""A call at the carrier: what it tells is kept, the call is decided of, the caller's leg is led where it belongs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from shared.calls.admit import Admission, Ringing, admit_call
from shared.calls.apology import promise_callback
from shared.calls.carrier_end import CarrierEnd
from shared.calls.limits import Limits
from shared.calls.lookup import Lookup
from shared.calls.staff import staff_of
from shared.domain.accounts.carrier import fields_of, kind_of
from shared.domain.announcements import Promise
from shared.domain.call import CallEvent
from shared.domain.recording import voicemail_name
from shared.domain.routing import Admit, Announce, Reason, Reject
from shared.domain.telephony.leg_policy import OVER, Voice, announce, fall_back, go_on
from shared.domain.telephony.legs import CarrierEvent, Command, LegNote, Transfer
from shared.domain.telephony.numbers import comparing_key
from shared.domain.telephony.rooms import CALL_HEADER, RINGING_SECONDS
from shared.domain.tenant import Listing
from shared.errors import CarrierError, DirectoryError, StoreError, StoreUnavailable
from shared.observe import report
from shared.ports import (
    Alerts,
    Calls,
    Carrier,
    Clock,
    Directory,
    Receipt,
    RecordingEntry,
    Recordings,
    Records,
    Requests,
    Sessions,
    Workers,
)
from shared.tokens import StageTokens

log = structlog.get_logger(__name__)

TOO_LATE = timedelta(seconds=30)
"""After this nothing is done about an event: the carrier remembers a command's key for a minute only."""
_TELLING = ("call.answered", "call.bridged", "call.recording.saved")
"""Events that change what an ended call's record says, when they come after its end."""


@dataclass(frozen=True)
class CarrierCalls:
    """The carrier's calls of one stage, and all it takes to act on what it tells."""

    stage: str
    release: str
    tokens: StageTokens
    sip_host: str
    """Where agents are called: host and port of LiveKit's SIP service."""
    directory: Directory
    calls: Calls
    records: Records
    sessions: Sessions
    alerts: Alerts
    workers: Workers
    requests: Requests
    recordings: Recordings
    carrier: Carrier
    clock: Clock
    say: Voice
    limits: Limits = field(default_factory=Limits)

    async def handle(self, event: CarrierEvent) -> bool:
        """Keep what was told, then act on it; False for what is of no call.

        Telling it again changes nothing. Raises `StoreError` when it couldn't be kept: then nothing was done; and a
        retryable `CarrierError` when the carrier couldn't be commanded: it should tell this once more.
        """
        if not event.session_id:
            log.info("of no call", action="carrier_event", event_name=event.name)
            return False
        receipt = await self._keep(event)
        if event.name == "call.initiated":
            if event.of_caller:
                await self._decide(event)
        else:
            await self._command(event, *go_on(await self._explained(event), self.say))
            await self._afterwards(event, receipt)
        return True

    async def _keep(self, event: CarrierEvent) -> Receipt:
        told = CallEvent(event.call_id, f"carrier:{event.event_id}", kind_of(event), event.at, fields_of(event))
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                return await self.calls.note(told)
        except TimeoutError as error:
            raise StoreUnavailable(f"{event.name} was not kept in time", "timeout") from error

    async def _decide(self, event: CarrierEvent) -> None:
        ringing = Ringing(
            call_id=event.call_id,
            did_raw=event.dialled,
            caller_raw=event.caller or None,
            ringing_at=event.at,
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
        await self._command(event, event.leg_id, await self._first(event, admission))

    async def _first(self, event: CarrierEvent, admission: Admission) -> list[Command]:
        decision, caller = admission.decision, admission.caller or ""
        note = LegNote("caller", reason=decision.reason.value, caller_leg=event.leg_id)
        if (listing := await self._listing(admission)) is not None:
            note = replace(
                note, language=listing.language, fallback=listing.fallback, forward_to=listing.forward_to or ""
            )
        match decision:
            case Reject():
                return fall_back(note, caller)
            case Announce(reason=reason):
                if reason is Reason.DIRECTORY_ERROR:
                    note = replace(note, promised=await self._promise(event, admission))
                return announce(note)
            case Admit():
                # why it was admitted is no reason for a fallback
                note = replace(note, step="ringing", reason="")
                transfer = Transfer(
                    to=f"sip:{admission.did}@{self.sip_host}",
                    caller=caller,
                    ring_seconds=RINGING_SECONDS,
                    note=note,
                    leg_note=replace(note, role="agent", step=""),
                    headers={CALL_HEADER: self.tokens.sign_call(event.call_id, self.clock.now())},
                )
                return [transfer]

    async def _listing(self, admission: Admission) -> Listing | None:
        """An earlier asker's decision comes without it; a caller who can be told why isn't kept waiting for it."""
        did = admission.did
        if admission.listing is not None or did is None:
            return admission.listing
        try:
            return await Lookup(self.limits).ask(lambda: self.directory.listing(did, comparing_key(admission.caller)))
        except DirectoryError as error:
            log.warning("fallback unknown", action="carrier_event", did=did, error=str(error))
            return None

    async def _promise(self, event: CarrierEvent, admission: Admission) -> Promise:
        return await promise_callback(
            admission,
            event.call_id,
            requests=self.requests,
            clock=self.clock,
        )

    async def _explained(self, event: CarrierEvent) -> CarrierEvent:
        """The end of a leg to an agent with its reason, where that can be told: all workers are full."""
        note = event.note
        if note is None or note.role != "agent" or event.name != "call.hangup" or event.hangup_cause in OVER:
            return event
        if await staff_of(self.workers, self.limits) != "at_capacity":
            return event
        return replace(event, note=replace(note, reason=Reason.AT_CAPACITY.value))

    async def _command(self, event: CarrierEvent, leg_id: str, commands: Sequence[Command]) -> None:
        if not commands:
            return
        if self.clock.now() - event.at > TOO_LATE:
            log.warning("too late to act", action="carrier_event", call_id=event.call_id, event_name=event.name)
            return
        for number, command in enumerate(commands):
            try:
                await self.carrier.do(leg_id, command, f"{event.event_id}:{number}")
            except CarrierError as error:
                if error.retryable:
                    raise
                if error.leg_gone:
                    # its caller has hung up meanwhile
                    log.info("leg is gone", action="carrier_command", call_id=event.call_id)
                else:
                    # being told again wouldn't help
                    report(error, action="carrier_command", call_id=event.call_id, command=type(command).__name__)
                return

    async def _afterwards(self, event: CarrierEvent, receipt: Receipt) -> None:
        """What follows for the record; while Postgres can't be read it is left to the reaper."""
        if event.name == "call.recording.saved" and event.of_caller and event.recording_url:
            await self._keep_voicemail(event)
        over = event.name == "call.hangup" and event.of_caller
        if receipt is Receipt.KEPT or not (over or event.name in _TELLING):
            return
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                if not over and not await self.records.is_over(event.call_id):
                    return
                record = await self.records.find(event.call_id)
            if record is not None:
                await self.end.complete(record)
        except (StoreError, TimeoutError) as error:
            why = str(error) or "timeout"
            log.warning("end left to the reaper", action="carrier_event", call_id=event.call_id, error=why)

    async def _keep_voicemail(self, event: CarrierEvent) -> None:
        lasted = (event.ended_at - event.started_at).total_seconds() if event.started_at and event.ended_at else None
        voicemail = RecordingEntry(
            recording_id=voicemail_name(event.call_id),
            call_id=event.call_id,
            path=None,
            started_at=event.started_at or event.at,
            ended_at=event.ended_at or event.at,
            kind="voicemail",
            seconds=lasted,
            source_url=event.recording_url,
        )
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                await self.recordings.put(voicemail)
        except TimeoutError as error:
            raise StoreUnavailable("a voicemail was not stored in time", "timeout") from error

    @property
    def end(self) -> CarrierEnd:
        return CarrierEnd(self.stage, self.release, self.calls, self.records, self.alerts, self.clock, self.limits)
