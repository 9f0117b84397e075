"""The stereo recording of a call: caller left, agent right, written only after consent, deleted on withdrawal."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice.recorder_io import RecorderIO

from agent.journal import Journal
from shared.ports import Clock, RecordingEntry, Recordings

_CLOSE_SECONDS = 10.0


class CallRecorder:
    """Wraps a session's audio before it starts; records nothing, in memory or on disk, until `start`."""

    def __init__(self, call_id: str, folder: Path, recordings: Recordings, clock: Clock, journal: Journal) -> None:
        self._path = folder / f"{call_id}.ogg"
        self._recordings = recordings
        self._clock = clock
        self._journal = journal
        self._io: RecorderIO | None = None
        self._entry: RecordingEntry | None = None
        self._call_id = call_id

    @property
    def path(self) -> Path | None:
        """Where the recording lies, None when there is none."""
        return self._path if self._entry and self._entry.deleted_at is None else None

    def wrap(self, session: AgentSession[Any]) -> None:
        """Put the recorder into the session's audio path; the line has attached its audio before."""
        self._io = RecorderIO(agent_session=session)
        session.input.audio = self._io.record_input(session.input.audio)  # pyright: ignore[reportArgumentType]
        session.output.audio = self._io.record_output(session.output.audio)  # pyright: ignore[reportArgumentType]

    async def start(self) -> None:
        if self._io is None or self._entry is not None:
            return
        self._entry = RecordingEntry(
            recording_id=self._call_id,
            call_id=self._call_id,
            path=str(self._path),
            started_at=self._clock.now(),
            ended_at=None,
        )
        # the row first: a file that no row knows could not be erased on request
        await self._recordings.put(self._entry)
        await self._io.start(output_path=self._path)

    async def stop(self) -> None:
        """Finish the file. Does nothing when nothing runs."""
        if self._io is None or self._entry is None or self._entry.ended_at is not None:
            return
        await asyncio.wait_for(self._io.aclose(), _CLOSE_SECONDS)
        self._entry = replace(self._entry, ended_at=self._clock.now())
        await self._recordings.put(self._entry)

    async def discard(self) -> None:
        """Stop and delete; afterwards no audio of this call is anywhere."""
        if self._entry is None or self._entry.deleted_at is not None:
            return
        await self.stop()
        await asyncio.to_thread(self._path.unlink, missing_ok=True)
        self._entry = replace(self._entry, deleted_at=self._clock.now())
        await self._recordings.put(self._entry)
        self._journal.note("recording_deleted")
