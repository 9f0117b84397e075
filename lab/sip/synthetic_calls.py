"""Places calls over SIP with the simulated caller, and judges each by what a phone alone can tell."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lab.person.caller import SimulatedCaller
from lab.person.judge import Limits, judge, turns_of
from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from lab.sip.phone import Phone
from lab.sip.stack import SipStack, near
from lab.stack.providers import running_providers

PATIENCE_SECONDS = 4.0
"""The caller lets it ring so much longer than an answer may take."""


@dataclass(frozen=True)
class SyntheticCalls:
    scenario: Scenario
    address: str
    """`host:port` of the SIP server to call."""
    limits: Limits = field(default_factory=Limits)
    greeting: str | None = None
    """A regular expression that the greeting's words have to match."""
    wav: Path | None = None
    """A file for the sound of both sides; of several calls each gets a number."""
    marks: Callable[[], dict[str, str]] | None = None
    """Makes the headers of one call's INVITE that mark it as synthetic."""

    async def place(
        self, count: int = 1, at_once: int = 1, progress: Callable[[str], None] = lambda _: None
    ) -> list[dict[str, Any]]:
        """Places `count` calls, `at_once` at the same time. Returns of each `ok`, its judgements and what was heard."""
        async with AsyncExitStack() as opened:
            # a voice and ears of its own: the call is to be made while every provider of the system under test is down
            lab = await opened.enter_async_context(LabControl(await opened.enter_async_context(running_providers())))
            await lab.ready()
            codecs = ("PCMU", "PCMA") if self.scenario.codec == "g711" else ("G722", "PCMU", "PCMA")
            stack = await opened.enter_async_context(SipStack(near(self.address), codecs=codecs))
            voice = _Voice(lab)
            free = asyncio.Semaphore(at_once)

            async def one(number: int) -> dict[str, Any]:
                async with free:
                    progress(f"call {number} of {count} …" if count > 1 else "on the phone …")
                    wav = self.wav and (self.wav.with_stem(f"{self.wav.stem}-{number}") if count > 1 else self.wav)
                    return await self._call(stack, voice, wav)

            async with asyncio.TaskGroup() as group:
                calls = [group.create_task(one(number), name=f"test call {number}") for number in range(1, count + 1)]
            return [call.result() for call in calls]

    async def _call(self, stack: SipStack, voice: "_Voice", wav: Path | None) -> dict[str, Any]:
        scenario, hear = self.scenario, voice.lab.hear
        headers = self.marks() if self.marks else {}
        to, caller_id = f"sip:{scenario.did}@{self.address}", scenario.caller or "anonymous"
        leg = await stack.dial(to, caller=caller_id, headers=headers)
        phone = Phone(leg, self.limits.answer_seconds + PATIENCE_SECONDS)
        caller = SimulatedCaller(scenario, phone, voice.say, hear=hear)
        report = await caller.run()
        if wav:
            caller.write_wav(wav)
        turns = await turns_of(report, hear)
        gap_ms = phone.longest_gap_seconds * 1000
        judgements = judge(scenario, report, turns, gap_ms, self.limits, self.greeting)
        return {
            "ok": all(judgement.holds for judgement in judgements),
            "judgements": [asdict(judgement) for judgement in judgements],
            "heard": [asdict(turn) for turn in turns],
            "longest_gap_ms": gap_ms,
            "sip_call_id": leg.sip_call_id,
            "marked": bool(headers),
            "report": report.as_dict(),
        }


@dataclass(frozen=True)
class _Voice:
    """Speaks each sentence once for all calls."""

    lab: LabControl
    _spoken: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])

    async def say(self, text: str, voice: str) -> bytes:
        if (text, voice) not in self._spoken:
            self._spoken[text, voice] = await self.lab.say(text, voice)
        return self._spoken[text, voice]
