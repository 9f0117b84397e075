"""The stereo recording of a call: caller left, agent right, made only after consent, deleted on withdrawal.

Two recorders can make it: LiveKit's egress where it is deployed and the call is in a room; else, and where egress
fails, the agent's own.
"""

import asyncio
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import structlog
from livekit.agents import AgentSession
from livekit.agents.voice.recorder_io import RecorderIO

from agent.record.journal import Journal
from agent.record.silence import silence_caller
from shared.calls.alerting import CallAlerts
from shared.domain.recording import SECRET_SPOKEN, SUFFIX, recording_name
from shared.errors import StoreError, SwitchboardError
from shared.observe import report
from shared.ports import Egress, RecordingEntry
from shared.services import Services

log = structlog.get_logger(__name__)

EGRESS_LOST = "egress_lost"
"""Key of the alert, one in a stage."""
_CLOSE_SECONDS = 10.0


class _Recorder(Protocol):
    """One way to record; used for one recording."""

    def path_of(self, recording_id: str) -> str: ...

    async def start(self, path: str) -> str | None:
        """Returns the egress's id where it is one. Raises `SwitchboardError` when it can't record."""
        ...

    async def stop(self) -> bool:
        """Whether its file is complete now. False: a webhook says so later."""
        ...

    async def silence(self, path: str, since: float) -> None:
        """Take what the caller said since then (seconds since the epoch) out of the file, which is complete."""
        ...


class _Own:
    """The agent's own recorder: writes the session's audio in the agent's process."""

    def __init__(self, io: RecorderIO, folder: Path) -> None:
        self._io = io
        self._folder = folder
        self._began = 0.0

    def path_of(self, recording_id: str) -> str:
        return str(self._folder / f"{recording_id}{SUFFIX}")

    async def start(self, path: str) -> str | None:
        await self._io.start(output_path=path)
        self._began = self._io.recording_started_at or time.time()

    async def stop(self) -> bool:
        await asyncio.wait_for(self._io.aclose(), _CLOSE_SECONDS)
        return True

    async def silence(self, path: str, since: float) -> None:
        await asyncio.to_thread(silence_caller, Path(path), max(0.0, since - self._began))


class _InRoom:
    """LiveKit's egress. It ends with its room at the latest; a webhook reports its end."""

    def __init__(self, egress: Egress, room: str, storage: str, stage: str) -> None:
        self._egress = egress
        self._room = room
        self._folder = f"{storage.rstrip('/')}/{stage}"
        self._id = ""

    def path_of(self, recording_id: str) -> str:
        return f"{self._folder}/{recording_id}{SUFFIX}"

    async def start(self, path: str) -> str | None:
        self._id = await self._egress.start(self._room, path)
        return self._id

    async def stop(self) -> bool:
        await self._egress.stop(self._id)
        return False

    async def silence(self, path: str, since: float) -> None:
        raise NotImplementedError("LiveKit writes the file, and completes it later")


class CallRecorder:
    """Wraps a session's audio before it starts; records nothing, in memory or on disk, until `start`.

    `room`: LiveKit's, where the call is in one. Every recording has its row before its file, and no row says that a
    file is deleted which is there.
    """

    def __init__(self, call_id: str, room: str | None, services: Services, journal: Journal) -> None:
        self._call_id = call_id
        self._room = room
        self._services = services
        self._journal = journal
        self._io: RecorderIO | None = None
        self._running: tuple[_Recorder, RecordingEntry] | None = None
        self._ended: list[RecordingEntry] = []
        """Of this call, with files that are there."""

    @property
    def running(self) -> bool:
        return self._running is not None

    def wrap(self, session: AgentSession[Any]) -> None:
        """Put the recorder into the session's audio path; the line has attached its audio before."""
        self._io = RecorderIO(agent_session=session)
        session.input.audio = self._io.record_input(session.input.audio)  # pyright: ignore[reportArgumentType]
        session.output.audio = self._io.record_output(session.output.audio)  # pyright: ignore[reportArgumentType]

    async def start(self) -> bool:
        """Whether it records now. Without its row in the store there is no recording."""
        if self._io is None or self._running is not None:
            return self.running
        alerts = CallAlerts(self._call_id, self._services.alerts)
        for recorder in self._recorders(self._io):
            try:
                entry = await self._put(self._new(recorder))
                entry = await self._begin(recorder, entry)
            except SwitchboardError as error:
                alerts.add(EGRESS_LOST, "notice", f"LiveKit's egress doesn't record: agents do ({error})")
                continue
            except StoreError as error:
                log.error("recording not begun", action="recording", call_id=self._call_id, error=str(error))
                break
            self._running = (recorder, entry)
            if entry.egress_id:
                alerts.recovered(EGRESS_LOST)
            break
        await alerts.send()
        return self.running

    async def cut(self, since: float) -> bool:
        """Take out what the caller said since then (seconds since the epoch), and go on with another recording.

        The agent's own file is silent there, on the caller's side. One of egress's can't be changed: it is deleted as a
        whole, when LiveKit has written it. Whether it records now.
        """
        if self._running is None:
            return False
        recorder, entry = self._running
        self._running = None
        try:
            try:
                if entry.egress_id is not None:
                    # first: whoever learns of its end deletes it
                    entry = await self._put(replace(entry, failed=SECRET_SPOKEN))
            finally:
                whole = await recorder.stop()
        except Exception as error:
            # by whatever a library breaks: the file holds what was said until it is silenced or deleted
            report(error, call_id=self._call_id, action="recording")
            whole = entry.egress_id is None
        # before the file is written anew: the agent goes on speaking
        recording = await self.start()
        if not whole:
            self._ended.append(entry)
        elif (silenced := await self._silenced(recorder, entry, since)) is not None:
            self._ended.append(silenced)
        return recording

    async def _silenced(self, recorder: _Recorder, entry: RecordingEntry, since: float) -> RecordingEntry | None:
        """Its row, ended; None where the file couldn't be silenced and is erased instead."""
        path, now = entry.path or "", self._services.clock.now
        try:
            await recorder.silence(path, since)
            await self._services.files.settle(path)
        except Exception as error:
            report(error, call_id=self._call_id, action="recording")
            # with this row the watchdog erases what can't be erased now
            given_up = await self._put(replace(entry, ended_at=now(), failed=SECRET_SPOKEN))
            await self._services.call_recordings.erase(given_up)
            return None
        self._journal.note("recording_silenced")
        return await self._put(replace(entry, ended_at=now()))

    async def stop(self) -> None:
        """Finish the file. Does nothing when nothing runs."""
        if self._running is None:
            return
        recorder, entry = self._running
        self._running = None
        self._ended.append(entry)
        try:
            whole = await recorder.stop()
            if whole:
                # before its row says that it has ended: who deletes it then must find it
                await self._services.files.settle(entry.path or "")
                self._ended[-1] = await self._put(replace(entry, ended_at=self._services.clock.now()))
        except (StoreError, SwitchboardError, OSError) as error:
            # the room's end ends its egress; the watchdog closes a row that has no end after the call
            why = str(error) or "timeout"
            log.error("recording not ended", action="recording", call_id=self._call_id, error=why)
        except Exception as error:
            # the recorder is a library's: whatever it breaks by, the call has its end
            report(error, call_id=self._call_id, action="recording")

    async def discard(self) -> None:
        """Stop and delete. What can't be deleted yet, as egress still writes it, is deleted when it has ended."""
        await self.stop()
        entries, self._ended = self._ended, []
        for entry in entries:
            # what isn't erased now the watchdog erases, because of the withdrawal
            if entry.ended_at is not None and await self._services.call_recordings.erase(entry):
                self._journal.note("recording_deleted")

    @property
    def _stage(self) -> str:
        return self._services.settings.stage

    def _recorders(self, io: RecorderIO) -> list[_Recorder]:
        """In the order they are tried."""
        settings, egress = self._services.settings, self._services.egress
        own = _Own(io, settings.recordings_dir)
        if egress is None or self._room is None or settings.recordings is None:
            return [own]
        return [_InRoom(egress, self._room, settings.recordings.url, self._stage), own]

    def _new(self, recorder: _Recorder) -> RecordingEntry:
        recording_id = recording_name(self._call_id, uuid.uuid4().hex)
        now = self._services.clock.now()
        return RecordingEntry(recording_id, self._call_id, recorder.path_of(recording_id), now, None)

    async def _begin(self, recorder: _Recorder, entry: RecordingEntry) -> RecordingEntry:
        try:
            egress_id = await recorder.start(recorder.path_of(entry.recording_id))
        except SwitchboardError as error:
            await self._put(replace(entry, ended_at=self._services.clock.now(), failed=str(error)))
            raise
        return entry if egress_id is None else await self._put(replace(entry, egress_id=egress_id))

    async def _put(self, entry: RecordingEntry) -> RecordingEntry:
        await self._services.recordings.put(entry)
        return entry
