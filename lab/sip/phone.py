"""The simulated caller's SIP phone: an outgoing leg that gives and takes audio as a lab wire does."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from agent.lines.line import Ending
from lab.base import sound
from lab.person.wire import FRAME, FRAME_SECONDS, RATE, Moment
from lab.sip.leg import Leg
from lab.sip.steady import steady
from shared.tasks import Tasks, first

_LEAD_SECONDS = 0.04
"""The caller's audio queued ahead in the stack, so that a busy event loop causes no gap."""
_LEAD_LOW_SECONDS, _LEAD_HIGH_SECONDS = 0.01, 0.1
"""Outside this range a pause of the caller is made longer or shorter."""
_CANCEL_SECONDS = 1.0
_BUFFERED_FRAMES = 1500
_SILENCE = np.zeros(FRAME, dtype=np.float32)


class Phone:
    """`lab.person.caller.CallersEnd` over a leg that was just dialled. Its owner must close it.

    Hangs up after `patience_seconds` without an answer.
    """

    def __init__(self, leg: Leg, patience_seconds: float = 60.0) -> None:
        self.mouth: asyncio.Queue[sound.Samples] = asyncio.Queue(_BUFFERED_FRAMES)
        self.ear: asyncio.Queue[Moment | None] = asyncio.Queue(_BUFFERED_FRAMES)
        self.room: sound.Noise | None = None
        self.answered = asyncio.Event()
        self.answered_after_seconds: float | None = None
        self.index = 0
        self.longest_gap_seconds = 0.0
        """Between two audio packets, from the answer on."""
        self._leg = leg
        self._patience_seconds = patience_seconds
        self._dialled = time.monotonic()
        self._keys: asyncio.Queue[str] = asyncio.Queue(64)
        self._ours: Ending | None = None
        self._tasks = Tasks()
        self._working = [
            self._tasks.start("audio of the caller's phone", self._carry),
            self._tasks.start("keys of the caller's phone", self._press),
        ]

    @property
    def ending(self) -> Ending | None:
        if (end := self._leg.ending) is None:
            return None
        if end.by == "us" and self._ours:
            return self._ours
        return Ending("agent" if end.by == "peer" else "system", end.reason, end.at, end.sip_code)

    def press(self, digit: str) -> None:
        if not self._keys.full():
            self._keys.put_nowait(digit)

    def end(self, by: Literal["caller", "agent", "system"], reason: str, sip_code: int | None = None) -> None:
        """Idempotent; the leg is hung up by `aclose`."""
        self._ours = self._ours or Ending(by, reason, datetime.fromtimestamp(time.time(), UTC), sip_code)

    async def ended(self) -> Ending:
        await self._leg.ended()
        ending = self.ending
        assert ending
        return ending

    async def aclose(self) -> None:
        """Hangs up if neither side has. Raises the exception that ended the phone's own audio or keys, if one did."""
        self.end("caller", "caller_hung_up")
        # an INVITE without any provisional answer can't be cancelled
        await self._first(self._leg.ringing, _CANCEL_SECONDS)
        await self._leg.hang_up()
        await self._leg.ended()
        await self._tasks.aclose()
        for task in self._working:
            if not task.cancelled() and (failure := task.exception()):
                raise failure

    async def _carry(self) -> None:
        try:
            await self._first(self._leg.established, self._patience_seconds)
            if self._leg.established.is_set():
                self.answered_after_seconds = time.monotonic() - self._dialled
                await self._first(self._leg.connected, self._patience_seconds)
            elif self._leg.ending is None:
                self.end("caller", "no_answer")
                await self._leg.hang_up()
            if self._leg.connected.is_set():
                await self._talk()
        finally:
            self._record(None)

    async def _talk(self) -> None:
        out, rate = sound.Resampler(RATE, self._leg.rate), self._leg.rate
        self._leg.speak(bytes(round(_LEAD_SECONDS * rate) * 2))
        self.answered.set()
        async for received in steady(self._leg, self._gap):
            if rate != self._leg.rate:
                out, rate = sound.Resampler(RATE, self._leg.rate), self._leg.rate
            speaking = not self.mouth.empty()
            said = self.mouth.get_nowait() if speaking else _SILENCE
            if self.room is not None:
                said = said + self.room.take(FRAME)
            lead = self._leg.unspoken_seconds
            if not speaking and lead < _LEAD_LOW_SECONDS:
                self._leg.speak(bytes(round(FRAME_SECONDS * rate) * 2))
            if speaking or lead < _LEAD_HIGH_SECONDS:
                self._leg.speak(sound.to_pcm(out.push(said)))
            self._record(Moment(self.index, sound.to_pcm(said), received))
            self.index += 1

    async def _first(self, happened: asyncio.Event, seconds: float) -> None:
        """Waits for the event or the end of the leg, at most so many seconds."""
        await first(happened=happened.wait(), ended=self._leg.ended(), late=asyncio.sleep(seconds))

    async def _press(self) -> None:
        while True:
            await self._leg.press(await self._keys.get())

    def _gap(self, seconds: float) -> None:
        self.longest_gap_seconds = max(self.longest_gap_seconds, seconds)

    def _record(self, moment: Moment | None) -> None:
        if self.ear.full():
            self.ear.get_nowait()
        self.ear.put_nowait(moment)
