"""The port `Switchboard` by LiveKit's server API: rooms, participants, agent dispatch, trunks, transfers."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.api.twirp_client import ServerError

from shared.domain.telephony.rooms import (
    PERSON_PREFIX,
    Kind,
    Participant,
    Provisioned,
    Room,
    SipLogin,
    TrunkPlan,
    room_prefix,
    stage_of,
)
from shared.errors import SwitchboardError

CALL_SECONDS = 3.0
TRANSFER_SECONDS = 40.0
"""The transferee's phone rings during this time."""
NOT_FOUND = 404
REFUSED = 400

_KINDS: dict[int, Kind] = {
    api.ParticipantInfo.Kind.SIP: "caller",
    api.ParticipantInfo.Kind.AGENT: "agent",
}


class LiveKitSwitchboard:
    def __init__(self, client: api.LiveKitAPI, call_seconds: float) -> None:
        self._client = client
        self._call_seconds = call_seconds

    async def rooms(self, stage: str) -> Sequence[Room]:
        async with bounded("list rooms", self._call_seconds):
            listed = await self._client.room.list_rooms(api.ListRoomsRequest())
        return [
            Room(room.name, _time(room.creation_time_ms or room.creation_time * 1000))
            for room in listed.rooms
            if stage_of(room.name) == stage
        ]

    async def participants(self, room: str) -> Sequence[Participant]:
        async with bounded(f"list who is in {room}", self._call_seconds):
            listed = await self._client.room.list_participants(api.ListParticipantsRequest(room=room))
        return [
            Participant(
                person.identity,
                "person" if person.identity.startswith(PERSON_PREFIX) else _KINDS.get(person.kind, "other"),
                dict(person.attributes),
                _time(person.joined_at_ms or person.joined_at * 1000),
            )
            for person in listed.participants
        ]

    async def dispatch(self, room: str, agent_name: str, metadata: str = "") -> None:
        async with bounded(f"dispatch {agent_name} to {room}", self._call_seconds):
            await self._client.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(room=room, agent_name=agent_name, metadata=metadata)
            )

    async def end(self, room: str) -> None:
        try:
            async with bounded(f"end {room}", self._call_seconds):
                await self._client.room.delete_room(api.DeleteRoomRequest(room=room))
        except SwitchboardError as error:
            if error.status != NOT_FOUND:
                raise

    async def transfer(self, room: str, identity: str, to: str) -> bool:
        request = api.TransferSIPParticipantRequest(
            room_name=room, participant_identity=identity, transfer_to=f"tel:{to}"
        )
        async with bounded(f"transfer {identity} of {room}", TRANSFER_SECONDS):
            answer = await self._client.sip.transfer_sip_participant(request)
        if answer.status == api.SIPTransferStatus.STS_TRANSFER_SUCCESSFUL:
            return True
        if not answer.ByteSize():
            # livekit-server up to 1.13.5, and a SIP service of its time, report failures alone
            return False
        status, reason = api.SIPTransferStatus.Name(answer.status), api.SIPTransferReason.Name(answer.reason)
        code = f", SIP {answer.sip_status.code}" if answer.HasField("sip_status") else ""
        raise SwitchboardError(f"LiveKit: transfer {identity} of {room}: {status}, {reason}{code}", REFUSED)

    async def provision(self, plan: TrunkPlan) -> Provisioned:
        if not plan.dids:
            raise SwitchboardError(
                f"stage {plan.stage} has no number, and a trunk without any takes everyone's calls: "
                "bind a number to the stage first",
                REFUSED,
            )
        changed: list[str] = []
        trunk_id = await self._trunk(plan, changed)
        rule_id = await self._rule(plan, trunk_id, changed)
        return Provisioned(trunk_id, rule_id, tuple(changed))

    async def _trunk(self, plan: TrunkPlan, changed: list[str]) -> str:
        sip, wanted = self._client.sip, _wanted_trunk(plan)
        async with bounded("list trunks", self._call_seconds):
            listed = (await sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
        ours = [trunk for trunk in listed if trunk.name == wanted.name]
        for trunk in listed:
            if trunk.name != wanted.name and (held := sorted({*trunk.numbers} & {*plan.dids})):
                raise SwitchboardError(
                    f"{', '.join(held)} already rings at trunk {trunk.sip_trunk_id} ({trunk.name or 'without a name'}):"
                    f" take it off that trunk, or delete the trunk, then provision {plan.stage} again",
                    REFUSED,
                )
        for trunk in ours[1:]:
            async with bounded(f"delete trunk {trunk.sip_trunk_id}", self._call_seconds):
                await sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk.sip_trunk_id))
            changed.append(f"deleted trunk {trunk.sip_trunk_id}, a second one of {plan.stage}")
        if not ours:
            async with bounded(f"make the trunk of {plan.stage}", self._call_seconds):
                made = await sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=wanted))
            changed.append(f"made trunk {made.sip_trunk_id} for {', '.join(plan.dids)}")
            return made.sip_trunk_id
        trunk_id = ours[0].sip_trunk_id
        if _own_words(ours[0]) != wanted:
            async with bounded(f"replace trunk {trunk_id}", self._call_seconds):
                await sip.update_inbound_trunk(trunk_id, wanted)
            changed.append(f"replaced trunk {trunk_id} for {', '.join(plan.dids)}")
        return trunk_id

    async def _rule(self, plan: TrunkPlan, trunk_id: str, changed: list[str]) -> str:
        sip, wanted = self._client.sip, _wanted_rule(plan, trunk_id)
        async with bounded("list dispatch rules", self._call_seconds):
            listed = (await sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
        # the trunk's own first, whatever its name: a second rule for one trunk is refused
        ours = sorted(
            (rule for rule in listed if trunk_id in rule.trunk_ids or rule.name == wanted.name),
            key=lambda rule: trunk_id not in rule.trunk_ids,
        )
        for rule in ours:
            if others := sorted({*rule.trunk_ids} - {trunk_id}) if rule.name != wanted.name else []:
                raise SwitchboardError(
                    f"dispatch rule {rule.sip_dispatch_rule_id} ({rule.name or 'without a name'}) serves {trunk_id}"
                    f" and {', '.join(others)}: take {trunk_id} off it, then provision {plan.stage} again",
                    REFUSED,
                )
        for rule in ours[1:]:
            rule_id = rule.sip_dispatch_rule_id
            async with bounded(f"delete dispatch rule {rule_id}", self._call_seconds):
                await sip.delete_dispatch_rule(api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id))
            changed.append(f"deleted dispatch rule {rule_id}, a second one of {plan.stage}")
        if not ours:
            async with bounded(f"make the dispatch rule of {plan.stage}", self._call_seconds):
                made = await sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=wanted))
            changed.append(f"made dispatch rule {made.sip_dispatch_rule_id} for {plan.agent_name}")
            return made.sip_dispatch_rule_id
        rule_id = ours[0].sip_dispatch_rule_id
        if _own_words(ours[0]) != wanted:
            async with bounded(f"replace dispatch rule {rule_id}", self._call_seconds):
                await sip.update_dispatch_rule(rule_id, wanted)
            changed.append(f"replaced dispatch rule {rule_id} for {plan.agent_name}")
        return rule_id


def _wanted_trunk(plan: TrunkPlan) -> api.SIPInboundTrunkInfo:
    login = plan.login or SipLogin("", "")
    return api.SIPInboundTrunkInfo(
        name=plan.agent_name,
        numbers=list(plan.dids),
        allowed_addresses=list(plan.peers),
        auth_username=login.user,
        auth_password=login.password,
        ringing_timeout=Duration(seconds=plan.ringing_timeout_seconds),
        max_call_duration=Duration(seconds=plan.max_call_seconds),
        include_headers=api.SIPHeaderOptions.SIP_X_HEADERS,
    )


def _wanted_rule(plan: TrunkPlan, trunk_id: str) -> api.SIPDispatchRuleInfo:
    # "individual" would put the caller's number into the room's name
    callee = api.SIPDispatchRuleCallee(room_prefix=room_prefix(plan.stage), randomize=True)
    return api.SIPDispatchRuleInfo(
        name=plan.agent_name,
        trunk_ids=[trunk_id],
        rule=api.SIPDispatchRule(dispatch_rule_callee=callee),
        room_config=api.RoomConfiguration(
            departure_timeout=plan.departure_seconds, agents=[api.RoomAgentDispatch(agent_name=plan.agent_name)]
        ),
    )


_Listed = TypeVar("_Listed", api.SIPInboundTrunkInfo, api.SIPDispatchRuleInfo)


def _own_words(listed: _Listed) -> _Listed:
    """The trunk or rule as a client writes it, without the fields that the server adds."""
    bare = type(listed)()
    bare.CopyFrom(listed)
    for name in ("sip_trunk_id", "sip_dispatch_rule_id", "created_at", "updated_at"):
        if name in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(name)
    if not bare.media.ByteSize():
        bare.ClearField("media")
    return bare


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@asynccontextmanager
async def bounded(what: str, seconds: float) -> AsyncGenerator[None]:
    """One request. Raises each failure as a `SwitchboardError` that names the request."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise SwitchboardError(f"LiveKit: {what}: no answer within {seconds} s") from error
    except ServerError as error:
        raise SwitchboardError(f"LiveKit: {what}: {error.code}: {error.message}", error.status) from error
    except aiohttp.ClientError as error:
        raise SwitchboardError(f"LiveKit: {what}: {error or type(error).__name__}") from error


@asynccontextmanager
async def livekit_client(url: str, key: str, secret: str) -> AsyncGenerator[api.LiveKitAPI]:
    """Connects at the first request."""
    # the client's own retries are for several regions, and would outlast the time limit
    client = api.LiveKitAPI(url, key, secret, failover=False)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def open_livekit(
    url: str, key: str, secret: str, *, call_seconds: float = CALL_SECONDS
) -> AsyncGenerator[LiveKitSwitchboard]:
    async with livekit_client(url, key, secret) as client:
        yield LiveKitSwitchboard(client, call_seconds)
