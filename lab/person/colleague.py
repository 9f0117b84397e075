"""Somebody of a tenant whom an agent dials for its caller, on a lab's line: what they do, and what they heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from livekit import rtc

from shared.errors import NotAnswered


@dataclass
class Colleague:
    """A telephone and whoever is at it. One consultation after the other."""

    does: Literal["take", "decline", "hang_up", "nothing"] = "take"
    """Once the briefing has been heard; a mailbox does nothing."""
    sip_code: int | None = None
    """Of a telephone that nobody answers: 486 where it is busy. None: it is answered."""
    rings: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while it rings, and from then on."""
    picks_up: asyncio.Event | None = None
    """It is answered when this is set; None: at once."""
    briefed: asyncio.Event = field(default_factory=asyncio.Event)
    talking: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: the leg has ended, by whomever."""
    heard: list[str] = field(default_factory=list[str])
    ring_seconds: float = 0.0
    """How long it was to ring at most."""

    def hang_up(self) -> None:
        self.gone.set()

    @asynccontextmanager
    async def called(self, ring_seconds: float) -> AsyncIterator["Colleague"]:
        self.ring_seconds = ring_seconds
        self.gone.clear()
        try:
            yield self
        finally:
            self.gone.set()

    async def answered(self) -> None:
        self.rings.set()
        if self.picks_up is not None:
            await self.picks_up.wait()
        if self.sip_code is not None:
            raise NotAnswered(f"SIP {self.sip_code}", self.sip_code)

    async def tell(self, text: str, audio: AsyncIterator[rtc.AudioFrame]) -> None:
        self.heard.append(text)
        self.briefed.set()

    async def digits(self) -> AsyncIterator[str]:
        await self.briefed.wait()
        match self.does:
            case "take":
                # the key is pressed twice, where a gateway reports it by two ways
                yield "1"
                yield "1"
            case "decline":
                yield "2"
            case "hang_up":
                self.hang_up()
            case "nothing":
                pass
        await self.gone.wait()

    async def connect(self) -> None:
        self.talking.set()

    async def ended(self) -> None:
        await self.gone.wait()
