"""Callers at telephones: they listen, say a few sentences, and hang up; each tells what the telephone met."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from bench.chaos.accounts import PhoneAccount, Way
from lab.base import sound
from lab.providers.control import LabControl
from lab.sip.stack import Leg, SipStack
from shared.tasks import Tasks, first

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 25.0
"""A caller lets it ring so long."""
QUIET_SECONDS = 1.0
"""After so long a silence of the agent the caller has the word."""
GIVES_UP_SECONDS = 20.0
"""A caller who hears nothing for so long hangs up."""
AREAS = (503, 505, 507, 509, 512, 513, 515, 516, 517, 518, 520, 530, 540, 541, 559, 561, 562, 563, 570, 571, 573)
CONSENTS = ("Sure, that's alright with me.", "I'd rather you didn't, thanks.")
QUESTIONS = (
    "At what time do you gather on Sundays?",
    "Is there somewhere I can leave my car?",
    "Could somebody give me a ring tomorrow?",
    "Which street are you in?",
    "Please pray for my brother, he is in hospital.",
)


class Callers:
    """Place calls of one run at the system's two entrances, each from a number of its own."""

    def __init__(self, stack: SipStack, entrances: dict[Way, str], did: str, voices: dict[str, bytes]) -> None:
        self._stack = stack
        self._entrances = entrances
        self._did = did
        self._voices = voices
        self._began = time.monotonic()

    def begin(self) -> None:
        """The run's clock starts now."""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    async def call(self, number: int, seed: int, way: Way) -> PhoneAccount:
        """One call, from the INVITE until it has ended."""
        chance = random.Random(f"{seed}/{number}")
        # the numbers that belong to nobody, a hundred of each area
        caller = f"+1{AREAS[number // 100]}55501{number % 100:02}"
        invited_at, at_seconds = datetime.now(UTC), self.seconds
        leg = await self._stack.dial(f"sip:{self._did}@{self._entrances[way]}", caller=caller)
        says = [chance.choice(CONSENTS), *chance.sample(QUESTIONS, chance.randint(1, 3))]
        phone = _Phone(leg, [self._voices[text] for text in says])
        await phone.talk(hang_up_after_seconds=chance.uniform(8.0, 25.0))
        return phone.account(caller, way, invited_at, at_seconds)


async def spoken(lab: LabControl) -> dict[str, bytes]:
    """All that callers say, synthesised once: s16le at 24 kHz."""
    return {text: await lab.say(text) for text in (*CONSENTS, *QUESTIONS)}


async def say(leg: Leg, speech: bytes) -> None:
    """Returns when it is spoken, or the call has ended. `speech`: as `spoken` makes it."""
    data = sound.to_pcm(sound.trimmed(sound.resample(sound.from_pcm(speech), 24_000, leg.rate), leg.rate))
    while data and leg.ending is None:
        data = data[leg.speak(data) :]
        await asyncio.sleep(0.02)
    while leg.unspoken_seconds > 0.02 and leg.ending is None:  # noqa: ASYNC110 (the stack tells nobody)
        await asyncio.sleep(0.02)


class _Phone:
    def __init__(self, leg: Leg, says: Sequence[bytes]) -> None:
        self._leg = leg
        self._says = list(says)
        self._began = time.monotonic()
        self._answered: float | None = None
        self._sounded: float | None = None
        self._voiced_at: float | None = None
        self._word_since: float | None = None
        """Since when the agent has the word and was silent; None while it speaks or the caller does."""
        self._longest_silence = 0.0

    async def talk(self, hang_up_after_seconds: float) -> None:
        leg = self._leg
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await first(connected=leg.connected.wait(), ended=leg.ended())
        except TimeoutError:
            log.info("nobody answers", action="chaos", rang_seconds=PATIENCE_SECONDS)
        if leg.connected.is_set():
            self._answered = self._word_since = time.monotonic()
            async with Tasks() as tasks:
                tasks.start("listening", self._listen)
                await first(over=self._converse(hang_up_after_seconds), ended=leg.ended())
        self._longest_silence = max(self._longest_silence, self._silent_seconds)
        await leg.hang_up()
        await leg.ended()

    async def _converse(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for speech in self._says:
            await self._answered_or_given_up()
            if not self._quiet or time.monotonic() > until:
                return
            await say(self._leg, speech)
            self._word_since = time.monotonic()
        await self._answered_or_given_up()

    async def _answered_or_given_up(self) -> None:
        while not self._quiet and self._silent_seconds < GIVES_UP_SECONDS:  # noqa: ASYNC110 (time itself is awaited)
            await asyncio.sleep(0.05)

    @property
    def _quiet(self) -> bool:
        """Whether the agent has spoken, since the caller did, and is silent."""
        return self._word_since is None and time.monotonic() - (self._voiced_at or 0.0) > QUIET_SECONDS

    @property
    def _silent_seconds(self) -> float:
        return 0.0 if self._word_since is None else time.monotonic() - self._word_since

    async def _listen(self) -> None:
        async for piece in self._leg.audio():
            if sound.voiced_span(sound.from_pcm(piece.pcm), piece.rate):
                self._voiced_at = piece.at
                self._sounded = self._sounded or piece.at
                self._longest_silence = max(self._longest_silence, self._silent_seconds)
                self._word_since = None

    def account(self, caller: str, way: Way, invited_at: datetime, at_seconds: float) -> PhoneAccount:
        ending = self._leg.ending
        ended = time.monotonic() if ending is None else self._began + (ending.at - self._leg.started_at).total_seconds()
        return PhoneAccount(
            caller=caller,
            way=way,
            invited_at=invited_at,
            at_seconds=at_seconds,
            answered_seconds=None if self._answered is None else self._answered - self._began,
            sound_seconds=None if self._sounded is None else self._sounded - self._began,
            ended_seconds=ended - self._began,
            ended_by=ending.by if ending else None,
            reason=ending.reason if ending else "",
            sip_code=ending.sip_code if ending else None,
            longest_silence_seconds=self._longest_silence,
            unheard_seconds=ended - self._answered if self._answered is not None and self._sounded is None else 0.0,
        )
