"""A call at the carrier: its events are stored, the call is admitted, its legs are commanded to where they belong."""

from dataclasses import dataclass, replace

import structlog

from shared.calls.admit import Admission, AdmitCall, Ringing
from shared.calls.apology import promise_callback
from shared.calls.arrival import is_synthetic
from shared.calls.carrier_end import CarrierEnd
from shared.calls.leg_commands import LegCommands
from shared.calls.lookup import Lookup
from shared.calls.staff import staff_of
from shared.domain.accounts.carrier import fields_of, kind_of
from shared.domain.call import CallEvent
from shared.domain.recording import voicemail_name
from shared.domain.routing import Admit, Announce, Reason, Reject
from shared.domain.telephony.leg_policy import OVER, announce, fall_back, go_on
from shared.domain.telephony.legs import CarrierEvent, Command, LegNote, Transfer
from shared.domain.telephony.numbers import caller_key
from shared.domain.telephony.rooms import CALL_HEADER, RINGING_SECONDS, SipLogin
from shared.domain.tenant import Listing
from shared.errors import DirectoryError, StoreError, StoreUnavailable
from shared.ports import (
    Calls,
    Clock,
    Directory,
    Receipt,
    RecordingEntry,
    Recordings,
    Records,
    Requests,
    Workers,
)
from shared.tokens import StageTokens

log = structlog.get_logger(__name__)

_LATE_FACTS = ("call.answered", "call.bridged", "call.recording.saved")
"""Events that change an ended call's record when they come after its end."""


@dataclass(frozen=True)
class CarrierCalls:
    """The calls of one stage that come through the carrier."""

    tokens: StageTokens
    sip_host: str
    """Where agents are called: host and port of LiveKit's SIP service."""
    sip_login: SipLogin | None
    """What that service asks the carrier for."""
    admit: AdmitCall
    end: CarrierEnd
    directory: Directory
    calls: Calls
    records: Records
    workers: Workers
    requests: Requests
    recordings: Recordings
    commands: LegCommands
    clock: Clock

    async def handle(self, event: CarrierEvent) -> bool:
        """Store the event, then act on it; False for an event without a call.

        Handling it again changes nothing. Raises `StoreUnavailable` when it couldn't be stored: then nothing was done,
        and the failover address does it; another `StoreError` when Postgres refuses it, as it will there: its caller
        is served first. Raises `CarrierError` when the carrier couldn't be commanded, or refused every rung.
        """
        if not event.session_id:
            log.info("event without a call", action="carrier_event", event_name=event.name)
            return False
        stored = CallEvent(event.call_id, f"carrier:{event.event_id}", kind_of(event), event.at, fields_of(event))
        try:
            receipt = await self.calls.note(stored)
        except StoreUnavailable:
            raise
        except StoreError:
            await self._act(event, Receipt.KEPT)
            raise
        await self._act(event, receipt)
        return True

    async def _act(self, event: CarrierEvent, receipt: Receipt) -> None:
        if event.name == "call.initiated":
            if event.of_caller:
                await self._admit(event)
        else:
            leg_id, commands = go_on(await self._with_reason(event), self.commands.voice)
            try:
                await self.commands.do(event, leg_id, commands)
            finally:
                # a carrier that takes no command must not cost a voicemail
                await self._update_record(event, receipt)

    async def _admit(self, event: CarrierEvent) -> None:
        marked = is_synthetic(event.synthetic_mark, event.dialled, event.call_id, self.tokens, self.clock.now())
        ringing = Ringing(
            call_id=event.call_id,
            synthetic=marked,
            attested=event.attested,
            did_raw=event.dialled,
            caller_raw=event.caller or None,
            ringing_at=event.at,
        )
        admission = await self.admit(ringing)
        await self.commands.do(event, event.leg_id, await self._first_commands(event, admission, marked))

    async def _first_commands(self, event: CarrierEvent, admission: Admission, synthetic: bool) -> list[Command]:
        decision, caller = admission.decision, admission.caller or ""
        note = LegNote("caller", reason=decision.reason.value, caller_leg=event.leg_id)
        if (listing := await self._listing(admission)) is not None:
            note = replace(
                note,
                language=listing.language,
                fallback=listing.fallback,
                forward_to=listing.forward_to or "",
                did=admission.did or "",
            )
        match decision:
            case Reject():
                return fall_back(note, caller)
            case Announce(reason=reason):
                if reason is Reason.DIRECTORY_ERROR:
                    promised = await promise_callback(
                        admission, event.call_id, requests=self.requests, clock=self.clock
                    )
                    note = replace(note, promised=promised)
                return announce(note)
            case Admit():
                # the reason of an admission is no reason for a fallback
                note = replace(note, step="ringing", reason="")
                transfer = Transfer(
                    to=f"sip:{admission.did}@{self.sip_host}",
                    caller=caller,
                    ring_seconds=RINGING_SECONDS,
                    note=note,
                    leg_note=replace(note, role="agent", step=""),
                    headers={CALL_HEADER: self.tokens.sign_call(event.call_id, self.clock.now(), synthetic=synthetic)},
                    login=self.sip_login,
                )
                return [transfer]

    async def _listing(self, admission: Admission) -> Listing | None:
        """An earlier asker's decision comes without it: it is looked up, within a deadline of its own."""
        did = admission.did
        if admission.listing is not None or did is None:
            return admission.listing
        try:
            return await Lookup().ask(lambda: self.directory.listing(did, caller_key(admission.caller)))
        except DirectoryError as error:
            log.warning("fallback unknown", action="carrier_event", did=did, error=str(error))
            return None

    async def _with_reason(self, event: CarrierEvent) -> CarrierEvent:
        """The end of a leg to an agent with its reason, where one is known: all workers are full."""
        note = event.note
        if note is None or note.role != "agent" or event.name != "call.hangup" or event.hangup_cause in OVER:
            return event
        if await staff_of(self.workers) != "at_capacity":
            return event
        return replace(event, note=replace(note, reason=Reason.AT_CAPACITY.value))

    async def _update_record(self, event: CarrierEvent, receipt: Receipt) -> None:
        """Store a voicemail, complete an ended call; while Postgres can't be read the watchdog completes it."""
        if event.name == "call.recording.saved" and event.of_caller and event.recording_url:
            await self.recordings.put(_voicemail(event))
        over = event.name == "call.hangup" and event.of_caller
        if receipt is Receipt.KEPT or not (over or event.name in _LATE_FACTS):
            return
        try:
            if not over and not await self.records.is_over(event.call_id):
                return
            record = await self.records.find(event.call_id)
            if record is not None:
                await self.end.complete(record)
        except StoreError as error:
            why = str(error)
            log.warning("end of a call left to the watchdog", action="carrier_event", call_id=event.call_id, error=why)


def _voicemail(event: CarrierEvent) -> RecordingEntry:
    lasted = (event.ended_at - event.started_at).total_seconds() if event.started_at and event.ended_at else None
    return RecordingEntry(
        recording_id=voicemail_name(event.call_id),
        call_id=event.call_id,
        path=None,
        started_at=event.started_at or event.at,
        ended_at=event.ended_at or event.at,
        kind="voicemail",
        seconds=lasted,
        source_url=event.recording_url,
    )
