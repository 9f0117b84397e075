"""A telephone in a process of its own, told what to do by lines of JSON, and telling so what it meets.

What it does when it is called is the number dialled: a code refuses with it, `ring` rings for ever, anything else is
answered, and hears what it says as an echo.
"""

import asyncio
import json
import sys
from typing import Any

from lab.base import sound
from lab.sip.stack import Leg, SipStack


def tell(**what: Any) -> None:
    print(json.dumps(what, default=str), flush=True)


class Telephone:
    def __init__(self) -> None:
        self.leg: Leg | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.loud_seconds = 0.0
        """Of what was heard."""

    def own(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def ring(self, leg: Leg) -> None:
        self.leg = leg
        self.own(self.attend(leg))

    async def attend(self, leg: Leg) -> None:
        tell(called=leg.dialled, caller=leg.caller, headers=leg.headers, call_id=leg.sip_call_id)
        if leg.dialled.isdigit():
            await leg.refuse(int(leg.dialled))
        elif leg.dialled != "ring":
            await leg.answer()
        await self.live(leg)

    async def live(self, leg: Leg) -> None:
        for work in (self.established(leg), self.echo(leg), self.digits(leg), self.referred(leg)):
            self.own(work)
        end = await leg.ended()
        tell(ended=[end.by, end.reason, end.sip_code], loud_seconds=self.loud_seconds)

    async def established(self, leg: Leg) -> None:
        await leg.connected.wait()
        tell(established=leg.rate)

    async def echo(self, leg: Leg) -> None:
        async for heard in leg.audio():
            leg.speak(heard.pcm)
            if sound.level(sound.from_pcm(heard.pcm)) > 500:
                self.loud_seconds += len(heard.pcm) / 2 / heard.rate

    async def digits(self, leg: Leg) -> None:
        async for digit in leg.digits():
            tell(digit=digit)

    async def referred(self, leg: Leg) -> None:
        tell(referred=await leg.referred.get())

    async def obey(self, stack: SipStack, order: dict[str, Any]) -> None:
        match order.pop("do"):
            case "dial":
                self.leg = await stack.dial(order.pop("uri"), **order)
                self.own(self.live(self.leg))
                return
            case "dial_many":
                for _ in range(order["count"]):
                    self.own(self.live(await stack.dial(order["uri"], caller="+12065550142")))
                return
            case word:
                assert self.leg
                match word:
                    case "hang_up":
                        await self.leg.hang_up()
                    case "press":
                        await self.leg.press(order["digits"])
                    case "hold":
                        await self.leg.call.hold()
                    case "resume":
                        await self.leg.call.resume()
                    case "refuse_transfer":
                        await self.leg.refuse_transfer(order["code"])
                    case "follow":
                        self.own(self.live(await stack.follow(self.leg, order["to"])))


async def main() -> None:
    telephone, loop = Telephone(), asyncio.get_running_loop()
    async with SipStack(on_call=telephone.ring, headers=("X-Tenant",)) as stack:
        tell(ready=stack.address)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await telephone.obey(stack, json.loads(line))
        for task in telephone.tasks:
            task.cancel()
        await asyncio.gather(*telephone.tasks, return_exceptions=True)


asyncio.run(main())
