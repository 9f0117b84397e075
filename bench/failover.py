"""Fault × kind of provider: how long the switch to the next one takes, and what reaches the caller.

`python -m bench.failover` runs real clients against the lab's providers, without a call around them. The time runs from
the request to the first word or sound; for recognisers from the caller's last sound to the final words.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import llm, stt
from rich.console import Console
from rich.table import Table

from agent.businesses.business import business_of
from agent.speech.chain import Switch
from agent.speech.engines import Voices, connections, open_engines, voices_for
from lab.providers.control import LabControl
from local_deploy.local import local
from shared.config import needed

FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "refuse": {"kind": "refuse"},
    "429": {"kind": "status", "status": 429},
    "503": {"kind": "status", "status": 503},
    "hang": {"kind": "hang", "seconds": 60.0},
    "cut": {"kind": "cut"},
}
PRIMARY = {"stt": "nova-3", "llm": "gpt-4o-mini", "tts": "tts-1"}
CUT_AT = {"stt": 0, "llm": 4, "tts": 12}
"""Pieces of the answer before the connection breaks."""
SENTENCE = "The office is open on Monday, Wednesday and Friday, from nine to five o'clock."
UTTERANCE = "When is your service on Sunday?"
RATE = 24_000


@dataclass(frozen=True)
class Row:
    kind: str
    fault: str
    first_seconds: float
    """Until the first word or sound."""
    switch: Switch | None
    received: str


async def think(voices: Voices) -> tuple[float, str]:
    context, began, first, words = llm.ChatContext(), time.monotonic(), 0.0, ""
    context.add_message(role="system", content="You answer the telephone of a church.")
    context.add_message(role="user", content=UTTERANCE)
    async with voices.mind.chat(chat_ctx=context) as answer:
        async for chunk in answer:
            if chunk.delta and chunk.delta.content:
                first = first or time.monotonic() - began
                words += chunk.delta.content
    return first, words


async def speak(voices: Voices, lab: LabControl) -> tuple[float, str]:
    began, first, sound = time.monotonic(), 0.0, b""
    async with voices.mouth.synthesize(SENTENCE) as speaking:
        async for part in speaking:
            first = first or time.monotonic() - began
            sound += bytes(part.frame.data)
    return first, await lab.hear(sound, RATE)


async def listen(voices: Voices, pcm: bytes) -> tuple[float, str]:
    step = RATE // 50
    quiet = bytes(step * 2)
    pieces = [pcm[at : at + step * 2].ljust(step * 2, b"\0") for at in range(0, len(pcm), step * 2)]
    said_at = 0.0

    async def caller(stream: stt.RecognizeStream) -> None:
        nonlocal said_at
        due = time.monotonic()
        for number in range(len(pieces) + 1500):
            stream.push_frame(rtc.AudioFrame(pieces[number] if number < len(pieces) else quiet, RATE, 1, step))
            said_at = time.monotonic() if number < len(pieces) else said_at
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    words = ""
    async with voices.ears.stream() as stream, asyncio.TaskGroup() as group:
        speaking = group.create_task(caller(stream))
        async with aclosing(_finals(stream)) as finals:
            async for text in finals:
                words = f"{words} {text}".strip()
                if "sunday" in words.lower() or speaking.done():
                    break
        took = time.monotonic() - said_at
        speaking.cancel()
    return took, words


async def _finals(stream: stt.RecognizeStream) -> AsyncGenerator[str]:
    async for event in stream:
        if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT and event.alternatives[0].text:
            yield event.alternatives[0].text


@asynccontextmanager
async def one_call(speech: Any, ear: Any, switches: list[Switch]) -> AsyncIterator[Voices]:
    """Its engines know of no failure yet."""
    template = business_of("church").template
    async with open_engines(speech, ear) as engines, voices_for(speech, template, engines) as voices:
        voices.trust.on_switch = switches.append
        yield voices


async def rows() -> AsyncGenerator[Row]:
    async with local() as here, connections(), LabControl(here.stack.providers_url) as lab:
        await lab.ready()
        speech = needed(here.settings.speech)
        pcm = await lab.say(UTTERANCE)
        async with open_engines(speech) as engines:
            ear = engines.ear
            # the first of each kind connects and warms up
            async with one_call(speech, ear, []) as voices:
                await think(voices)
                await speak(voices, lab)
            for kind in ("stt", "llm", "tts"):
                for name, fault in FAULTS.items():
                    switches: list[Switch] = []
                    if fault:
                        await lab.fault(kind, **fault, at=CUT_AT[kind], model=PRIMARY[kind])  # type: ignore[arg-type]
                    async with one_call(speech, ear, switches) as voices:
                        match kind:
                            case "stt":
                                first, received = await listen(voices, pcm)
                            case "llm":
                                first, received = await think(voices)
                            case _:
                                first, received = await speak(voices, lab)
                    await lab.clear()
                    yield Row(kind, name, first, switches[0] if switches else None, received)


async def main() -> None:
    table = Table("kind", "fault", "until the first, s", "lost on the first provider, s", "served by", "what came")
    async with aclosing(rows()) as measured:
        async for row in measured:
            switch = row.switch
            lost, served = (f"{switch.seconds:.2f}", switch.target or "nobody") if switch else ("", "the first")
            table.add_row(row.kind, row.fault, f"{row.first_seconds:.2f}", lost, served, row.received)
    Console(width=170).print(table)


if __name__ == "__main__":
    asyncio.run(main())
