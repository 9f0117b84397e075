"""What the contract of the SIP service is tested with: its address, the lines to it, the rooms behind it."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from google.protobuf.duration_pb2 import Duration
from livekit import api
from sip_people import Person

AGENT = "contract-agent"
_numbers = itertools.count()


def new_number() -> str:
    """A telephone number that no other line of this run has."""
    n = next(_numbers)
    return f"+1{503 + n // 100}5550{100 + n % 100}"


async def until(true: Callable[[], Any], seconds: float, what: str) -> Any:
    """What `true` returns when it is first true. Fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.01)
    return found


@dataclass(frozen=True)
class Line:
    """A number that the service answers: its trunk and its rule."""

    number: str
    prefix: str
    trunk_id: str
    rule_id: str


@dataclass
class World:
    """The service under test and the server behind it."""

    sip: str
    """`host:port`."""
    here: str
    """An address of this machine that the service can reach."""
    url: str
    key: str
    secret: str = field(repr=False)
    media_timeout: tuple[float, float] | None = None
    """Seconds without RTP before the first packet and after one, where they are known to be short."""
    lk: api.LiveKitAPI = field(init=False, repr=False)

    async def __aenter__(self) -> Self:
        self.lk = api.LiveKitAPI(self.url.replace("ws", "http", 1), self.key, self.secret)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.lk.aclose()

    @asynccontextmanager
    async def line(
        self, *, ringing_seconds: int = 8, call_seconds: int = 0, rule: bool = True, room: str = "", **trunk: Any
    ) -> AsyncIterator[Line]:
        """A number with a room for each call, or with `room` for all. `trunk`: more of what its trunk says."""
        number = new_number()
        prefix = f"contract{number[1:]}"
        made = await self.lk.sip.create_inbound_trunk(
            api.CreateSIPInboundTrunkRequest(
                trunk=api.SIPInboundTrunkInfo(
                    name=prefix,
                    numbers=[number],
                    ringing_timeout=Duration(seconds=ringing_seconds),
                    max_call_duration=Duration(seconds=call_seconds),
                    **trunk,
                )
            )
        )
        rule_id = ""
        try:
            if rule:
                rule_id = (await self._rule(made.sip_trunk_id, prefix, room)).sip_dispatch_rule_id
            yield Line(number, prefix, made.sip_trunk_id, rule_id)
        finally:
            if rule_id:
                await self.lk.sip.delete_dispatch_rule(api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id))
            await self.lk.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=made.sip_trunk_id))
            for room in await self.rooms(prefix):
                await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))

    @asynccontextmanager
    async def way_out(self, address: str, **trunk: Any) -> AsyncIterator[str]:
        """An outbound trunk to `address`; its id."""
        made = await self.lk.sip.create_outbound_trunk(
            api.CreateSIPOutboundTrunkRequest(
                trunk=api.SIPOutboundTrunkInfo(name="contract", address=address, numbers=[new_number()], **trunk)
            )
        )
        try:
            yield made.sip_trunk_id
        finally:
            await self.lk.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=made.sip_trunk_id))

    async def rooms(self, prefix: str) -> list[str]:
        found = await self.lk.room.list_rooms(api.ListRoomsRequest())
        return [room.name for room in found.rooms if room.name.startswith(prefix)]

    async def room(self, line: Line, seconds: float = 10.0) -> str:
        """The room of the one call on this line, as soon as it is there."""
        deadline = time.monotonic() + seconds
        while not (found := await self.rooms(line.prefix)):
            assert time.monotonic() < deadline, "the call made no room"
            await asyncio.sleep(0.02)
        assert len(found) == 1, f"one call made {len(found)} rooms"
        return found[0]

    async def caller(self, room: str, seconds: float = 5.0) -> api.ParticipantInfo:
        """The phone's participant."""
        deadline = time.monotonic() + seconds
        while True:
            found = await self.lk.room.list_participants(api.ListParticipantsRequest(room=room))
            for each in found.participants:
                if each.kind == api.ParticipantInfo.Kind.SIP and each.state == api.ParticipantInfo.State.ACTIVE:
                    return each
            assert time.monotonic() < deadline, "no phone came into the room"
            await asyncio.sleep(0.02)

    def person(self, room: str, **named: Any) -> Person:
        """Somebody who comes into the room, inside `async with`."""
        return Person(self.url, self.key, self.secret, room, **named)

    async def _rule(self, trunk_id: str, prefix: str, room: str) -> api.SIPDispatchRuleInfo:
        each = api.SIPDispatchRuleCallee(room_prefix=prefix, randomize=True)
        direct = api.SIPDispatchRuleDirect(room_name=room)
        rule = (
            api.SIPDispatchRule(dispatch_rule_direct=direct) if room else api.SIPDispatchRule(dispatch_rule_callee=each)
        )
        return await self.lk.sip.create_dispatch_rule(
            api.CreateSIPDispatchRuleRequest(
                dispatch_rule=api.SIPDispatchRuleInfo(
                    name=prefix,
                    trunk_ids=[trunk_id],
                    rule=rule,
                    room_config=api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name=AGENT)]),
                )
            )
        )


async def both(first: Awaitable[Any], second: Awaitable[Any]) -> tuple[Any, Any]:
    """Two sides of one call, each as it runs; the failure of one ends the other."""
    async with asyncio.TaskGroup() as group:
        one, two = group.create_task(_as_coroutine(first)), group.create_task(_as_coroutine(second))
    return one.result(), two.result()


async def _as_coroutine(work: Awaitable[Any]) -> Any:
    return await work
