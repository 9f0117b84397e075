"""Attends one call in a job process: joins the room, takes the speaking lease, runs the call, leaves."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

import structlog
from livekit import rtc
from livekit.agents import AutoSubscribe, JobContext, vad
from structlog.contextvars import bound_contextvars

from agent.call import take_call
from agent.lines.room import RoomLine
from agent.speech.engines import load_ear, open_engines
from agent.worker.handover import leaving
from agent.worker.lease import SpeakingLease, holder_of
from shared.calls.alerting import CallAlerts
from shared.calls.complete import complete_call
from shared.config import Settings, needed
from shared.domain.accounts.room import room_account
from shared.domain.call import CallFacts, CallRecord
from shared.domain.telephony.rooms import PERSON_PREFIX, agent_name, call_id_of
from shared.errors import PickupError, StoreError
from shared.observe import init_logs, init_sentry, report
from shared.services import Services
from shared.tasks import Tasks, cancelled
from shared.wiring import open_services

log = structlog.get_logger(__name__)

JOIN_SECONDS = 5.0
"""For joining the room (RP-03)."""
DISCONNECT_SECONDS = 2.0
CALLER_SECONDS = 2.0
"""LiveKit dispatches the agent after the caller has joined: a caller who isn't in the room has hung up."""


@dataclass(frozen=True)
class Attendant:
    """Loaded before the process gets its call."""

    settings: Settings
    ear: vad.VAD

    @classmethod
    def prepared(cls, settings: Settings) -> Self:
        init_logs(settings)
        init_sentry(settings)
        return cls(settings, load_ear())

    async def attend(self, context: JobContext) -> None:
        """Leaves one record of the call, unless another agent speaks for it."""
        settings, job = self.settings, context.job
        call_id = call_id_of(job.room.name)
        context.log_context_fields = {"call_id": call_id, "stage": settings.stage, "release": settings.release}
        with bound_contextvars(call_id=call_id, stage=settings.stage, release=settings.release, job_id=job.id):
            log.info("INCOMING CALL - Entrypoint triggered", action="call_incoming")
            async with AsyncExitStack() as opened:
                joining = asyncio.create_task(_caller(context), name="joining the room")
                opened.push_async_callback(cancelled, joining)
                services = await opened.enter_async_context(open_services(settings))
                tasks = await opened.enter_async_context(Tasks(call_id=call_id))
                tasks.start("warming the directory", lambda: _warm(services))
                holder = holder_of(context.worker_id, job.id)
                lease = SpeakingLease(call_id, holder, services.leases, CallAlerts(call_id, services.alerts))
                if not await lease.take():
                    log.info("another agent speaks for this call", action="attend")
                    # a job that breaks off joining stays a participant of the room for the others
                    await asyncio.wait({joining})
                    return
                opened.push_async_callback(lease.aclose)
                await self._serve(context, joining, lease, services)
            log.info("Ready for next call", action="call_over")

    async def _serve(
        self,
        context: JobContext,
        joining: asyncio.Task[rtc.RemoteParticipant | None],
        lease: SpeakingLease,
        services: Services,
    ) -> None:
        room, call_id = context.job.room.name, call_id_of(context.job.room.name)
        try:
            caller = await joining
        except (rtc.ConnectError, TimeoutError) as error:
            if isinstance(error, TimeoutError):
                why = "Connection timed out after 5 seconds - aborting call"
                log.error(why, action="call_connect_timeout", seconds=JOIN_SECONDS)
            report(error, call_id=call_id, action="join")
            broken = CallFacts(admitted=True, end_reason="error")
            return await _unserved(call_id, room, broken, services, caller_gone=False)
        if caller is None:
            hung_up = CallFacts(admitted=True, ended_by="caller", end_reason="caller_hung_up")
            return await _unserved(call_id, room, hung_up, services, caller_gone=True)
        log.info("Connected to room successfully", action="call_connected")
        joined_at = caller.joined_at or datetime.now(UTC)
        arrival = services.arrivals.of(room, caller.attributes, joined_at)
        line = RoomLine(
            context.room,
            caller,
            services.switchboard,
            services.dialler,
            ringing_at=joined_at,
            call_id=arrival.call_id,
            synthetic=arrival.synthetic,
            unsigned=arrival.unsigned,
        )
        try:
            lease.keep(line.give_up)
            async with (
                leaving(line),
                open_engines(needed(self.settings.speech), self.ear, services.circuits) as engines,
            ):
                await take_call(line, services, engines)
            if line.handed_over:
                await lease.aclose()
                await services.switchboard.dispatch(room, agent_name(self.settings.stage))
        finally:
            await _disconnect(line)
        return None


async def _disconnect(line: RoomLine) -> None:
    """Bounded, and no failure of it goes further: the call's record is written by now (RP-06, RP-20)."""
    if line.lost:
        # expected after an abrupt end of the room
        log.warning("Room already disconnected", action="call_disconnected")
    try:
        async with asyncio.timeout(DISCONNECT_SECONDS):
            await line.aclose()
    except TimeoutError:
        log.warning("Disconnect timed out - forcing cleanup", action="call_disconnected", seconds=DISCONNECT_SECONDS)
    except Exception as error:
        report(error, action="disconnect")
    else:
        log.info("Disconnected successfully", action="call_disconnected")


async def _caller(context: JobContext) -> rtc.RemoteParticipant | None:
    """Joins the room without publishing. Returns the caller, None when there is none (any more)."""
    async with asyncio.timeout(JOIN_SECONDS):
        await context.connect(auto_subscribe=AutoSubscribe.AUDIO_ONLY)
    for each in context.room.remote_participants.values():
        if each.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP and not each.identity.startswith(PERSON_PREFIX):
            return each
    try:
        async with asyncio.timeout(CALLER_SECONDS):
            joined = await context.wait_for_participant(kind=rtc.ParticipantKind.PARTICIPANT_KIND_SIP)
    except TimeoutError:
        return None
    # a person whom the agent before us has dialled is no caller
    return None if joined.identity.startswith(PERSON_PREFIX) else joined


async def _warm(services: Services) -> None:
    """Connect to the database while the room is being joined."""
    with suppress(PickupError):
        await services.directory.dids(services.settings.stage)


async def _unserved(call_id: str, room: str, facts: CallFacts, services: Services, *, caller_gone: bool) -> None:
    """Write the record of a call that got no line, and end its room if it is still there.

    Recorded with the lowest-ranked witness, so that a better-informed account can replace it: no caller was met here,
    and no decision made. A call that an earlier agent has answered goes on while its caller is there: the worker, or
    the watchdog, dispatches another agent.
    """
    log.info("no caller in the room", action="attend", reason=facts.end_reason)
    answered = await _answered_before(call_id, services)
    if answered and not caller_gone:
        return
    try:
        await services.switchboard.end(room)
    except PickupError as error:
        report(error, call_id=call_id, action="end_room")
    now = services.clock.now()
    if answered:
        reason = facts.end_reason or "room_gone"
        await services.room_calls.conclude(answered, "watchdog", now, reason, agent_gone=False)
    else:
        await complete_call(call_id, "watchdog", replace(facts, ended_at=now), calls=services.calls)


async def _answered_before(call_id: str, services: Services) -> CallRecord | None:
    """The call's record, where an agent has answered it and nobody has told of its end."""
    try:
        record = await services.records.find(call_id)
    except StoreError as error:
        report(error, call_id=call_id, action="attend")
        return None
    return record if record and record.disposition is None and room_account(record).answered_at else None
