"""The keys that a caller presses when asked: `gather` and `gather_using_speak`."""

import asyncio
from dataclasses import dataclass

from lab.carrier.announcing import until_key
from lab.carrier.leg import CallLeg
from lab.carrier.voice import Voice
from lab.waits import first


@dataclass(frozen=True)
class Gathering:
    least: int = 1
    most: int = 128
    seconds: float = 60.0
    """For all of it, from the end of the prompt."""
    between_seconds: float = 5.0
    """Between one key and the next."""
    end_key: str = "#"
    valid: str = "0123456789#*"
    prompt: str = ""
    language: str = "en-US"


async def gather(leg: CallLeg, asked: Gathering, voice: Voice) -> None:
    """Tells `call.gather.ended`."""
    assert leg.sip
    while not leg.keys.empty():
        leg.keys.get_nowait()
    if asked.prompt:
        await until_key(leg, asked.prompt, asked.language, voice)
    keys: list[str] = []
    came = await first(over=leg.sip.ended(), done=_collect(leg, asked, keys), late=asyncio.sleep(asked.seconds))
    digits = "".join(keys)
    if came == "over":
        status = "call_hangup"
    elif len(digits) >= asked.least and all(key in asked.valid for key in digits):
        status = "valid"
    else:
        status = "timeout" if not digits else "invalid"
    leg.tell("call.gather.ended", digits=digits, status=status)


async def _collect(leg: CallLeg, asked: Gathering, keys: list[str]) -> None:
    """Into `keys`."""
    while len(keys) < asked.most:
        try:
            async with asyncio.timeout(asked.between_seconds if keys else None):
                key = await leg.keys.get()
        except TimeoutError:
            return
        if key == asked.end_key:
            return
        keys.append(key)
