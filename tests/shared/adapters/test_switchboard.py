"""What every switchboard must do: the same cases on the memory's and on a real LiveKit server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api
from rooms_world import People, serving_livekit

from lab.stack.livekit import LiveKitServer
from shared.adapters.livekit import open_livekit
from shared.adapters.memory import MemorySwitchboard
from shared.domain.telephony.rooms import Participant, SipLogin, TrunkPlan, agent_name, room_prefix
from shared.errors import SwitchboardError
from shared.ports import Switchboard

CALLER = Participant("sip_+12065550142", "caller", {"sip.phoneNumber": "+12065550142"})
AGENT = Participant("agent-AJ_1", "agent")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    with serving_livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@dataclass
class World:
    switchboard: Switchboard
    join: Callable[[str, Participant], Awaitable[object]]
    leave: Callable[[str, str], Awaitable[None]]
    stage: str
    number: int

    def room(self) -> str:
        return f"{room_prefix(self.stage)}_+12065550100_{uuid.uuid4().hex[:8]}"

    def plan(self, *numbers: int, stage: str | None = None) -> TrunkPlan:
        """Numbers count from the test's own first one."""
        dids = tuple(f"+1{self.number}55501{number:02d}" for number in numbers)
        return TrunkPlan(stage or self.stage, dids, agent_name(stage or self.stage))


@pytest.fixture(params=["memory", "livekit"])
def real(request: pytest.FixtureRequest) -> LiveKitServer | None:
    """None: the memory's."""
    return request.getfixturevalue("server") if request.param == "livekit" else None


@pytest.fixture
async def world(real: LiveKitServer | None) -> AsyncIterator[World]:
    name = uuid.uuid4().hex
    stage, number = f"preview-{name[:8]}", 200 + int(name[8:12], 16) % 700
    if real is None:
        memory = MemorySwitchboard()

        async def join(room: str, who: Participant) -> None:
            memory.join(room, who)

        async def leave(room: str, identity: str) -> None:
            memory.leave(room, identity)

        yield World(memory, join, leave, stage, number)
        return
    people = People(real)
    async with open_livekit(real.url, real.api_key, real.api_secret) as switchboard:
        yield World(switchboard, people.join, people.leave, stage, number)
    await people.aclose()


# ---- rooms


async def test_when_a_caller_and_an_agent_are_in_a_room_then_both_are_seen_as_what_they_are(world: World) -> None:
    room = world.room()
    await world.join(room, CALLER)
    await world.join(room, AGENT)
    await world.join(room, Participant("maria", "other"))
    assert [found.name for found in await world.switchboard.rooms(world.stage)] == [room]
    people = {person.identity: person for person in await world.switchboard.participants(room)}
    kinds = {identity: person.kind for identity, person in people.items()}
    assert kinds == {CALLER.identity: "caller", AGENT.identity: "agent", "maria": "other"}
    assert people[CALLER.identity].attributes["sip.phoneNumber"] == "+12065550142"
    await world.leave(room, AGENT.identity)
    async with asyncio.timeout(5):
        while len(await world.switchboard.participants(room)) != 2:
            await asyncio.sleep(0.02)


async def test_when_stages_share_a_server_then_each_sees_its_own_rooms(world: World) -> None:
    longer = f"{world.stage}-b"
    room = f"{room_prefix(longer)}_+12065550100_x"
    await world.join(room, CALLER)
    assert await world.switchboard.rooms(world.stage) == []
    assert [found.name for found in await world.switchboard.rooms(longer)] == [room]


async def test_when_nobody_ever_came_then_nobody_is_there(world: World) -> None:
    assert await world.switchboard.rooms(world.stage) == []
    assert list(await world.switchboard.participants(world.room())) == []


async def test_when_a_room_is_ended_twice_then_it_is_gone_with_those_in_it(world: World) -> None:
    room = world.room()
    await world.join(room, CALLER)
    await world.switchboard.end(room)
    await world.switchboard.end(room)
    async with asyncio.timeout(5):
        while await world.switchboard.rooms(world.stage) or await world.switchboard.participants(room):
            await asyncio.sleep(0.02)


async def test_when_an_agent_that_nobody_serves_is_asked_for_then_nothing_is_said(world: World) -> None:
    room = world.room()
    await world.join(room, CALLER)
    await world.switchboard.dispatch(room, agent_name(world.stage))
    assert [person.kind for person in await world.switchboard.participants(room)] == ["caller"]


async def test_when_who_is_not_there_is_transferred_then_it_is_an_error(world: World) -> None:
    with pytest.raises(SwitchboardError) as caught:
        await world.switchboard.transfer(world.room(), "sip_nobody", "+12065550188")
    assert caught.value.status == 404
    assert not caught.value.retryable


# ---- trunk and rule


async def test_when_a_stage_is_provisioned_again_then_nothing_changes_and_it_is_said(world: World) -> None:
    first = await world.switchboard.provision(world.plan(0, 1))
    assert first.changed
    again = await world.switchboard.provision(world.plan(0, 1))
    assert (again.trunk_id, again.rule_id, again.changed) == (first.trunk_id, first.rule_id, ())


async def test_when_the_plan_changes_then_trunk_and_rule_are_replaced_in_their_place(world: World) -> None:
    first = await world.switchboard.provision(world.plan(0))
    plan = replace(world.plan(0, 2), ringing_timeout_seconds=12, max_call_seconds=60, departure_seconds=9)
    second = await world.switchboard.provision(plan)
    assert (second.trunk_id, second.rule_id) == (first.trunk_id, first.rule_id)
    assert second.changed
    assert (await world.switchboard.provision(plan)).changed == ()


async def test_when_a_number_rings_at_another_trunk_then_it_is_refused_with_a_remedy(world: World) -> None:
    other = f"{world.stage}-b"
    await world.switchboard.provision(world.plan(0, 3, stage=other))
    with pytest.raises(SwitchboardError, match=r"already rings at trunk .*take it off") as caught:
        await world.switchboard.provision(world.plan(3))
    assert not caught.value.retryable
    await world.switchboard.provision(world.plan(0, stage=other))
    assert (await world.switchboard.provision(world.plan(3))).changed


async def test_when_a_stage_has_no_number_then_no_trunk_is_made_that_takes_every_call(world: World) -> None:
    with pytest.raises(SwitchboardError, match="bind a number"):
        await world.switchboard.provision(world.plan())


# ---- LiveKit alone


@pytest.fixture
async def client(server: LiveKitServer) -> AsyncIterator[Any]:
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as opened:
        yield opened


@pytest.fixture
async def livekit(server: LiveKitServer) -> AsyncIterator[Switchboard]:
    async with open_livekit(server.url, server.api_key, server.api_secret) as opened:
        yield opened


def _plan(number: int) -> TrunkPlan:
    stage = f"preview-{uuid.uuid4().hex[:8]}"
    return TrunkPlan(stage, (f"+1{number}5550100",), agent_name(stage))


async def test_given_livekit_when_provisioned_then_it_holds_what_the_stage_needs(
    client: Any, livekit: Switchboard
) -> None:
    plan = replace(_plan(901), peers=("192.0.2.7", "198.51.100.0/24"))
    made = await livekit.provision(plan)
    (trunk,) = [
        each
        for each in (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
        if each.sip_trunk_id == made.trunk_id
    ]
    assert (trunk.ringing_timeout.seconds, trunk.max_call_duration.seconds) == (8, 4 * 3600)
    assert list(trunk.allowed_addresses) == ["192.0.2.7", "198.51.100.0/24"]
    assert trunk.include_headers == api.SIPHeaderOptions.SIP_X_HEADERS
    (rule,) = [
        each
        for each in (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
        if made.trunk_id in each.trunk_ids
    ]
    callee = rule.rule.dispatch_rule_callee
    assert (callee.room_prefix, callee.randomize) == (f"{plan.stage}.", True)
    assert [agent.agent_name for agent in rule.room_config.agents] == [f"pickup-{plan.stage}"]


async def test_given_a_login_when_provisioned_then_the_trunk_asks_for_it_and_nothing_that_is_told_shows_it(
    client: Any, livekit: Switchboard
) -> None:
    login = SipLogin("carrier", "only-for-these-tests-here")
    plan = replace(_plan(906), login=login)
    made = await livekit.provision(plan)
    assert (await livekit.provision(plan)).changed == ()
    other = replace(plan, login=SipLogin("carrier", "another-for-these-tests"))
    changed = await livekit.provision(other)
    assert (changed.trunk_id, len(changed.changed)) == (made.trunk_id, 1)
    listed = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
    (trunk,) = [each for each in listed if each.sip_trunk_id == made.trunk_id]
    assert (trunk.auth_username, trunk.auth_password) == ("carrier", "another-for-these-tests")
    assert not any(each.login and each.login.password in repr((plan, other, made, changed)) for each in (plan, other))
    (open_again,) = (await livekit.provision(replace(plan, login=None))).changed
    assert "replaced trunk" in open_again


async def test_given_a_rule_under_another_name_when_provisioned_then_it_becomes_ours(
    client: Any, livekit: Switchboard
) -> None:
    plan = _plan(902)
    made = await livekit.provision(plan)
    foreign = api.SIPDispatchRuleInfo(
        name="made by hand",
        trunk_ids=[made.trunk_id],
        rule=api.SIPDispatchRule(dispatch_rule_direct=api.SIPDispatchRuleDirect(room_name="lobby")),
    )
    await client.sip.update_dispatch_rule(made.rule_id, foreign)
    mended = await livekit.provision(plan)
    assert mended.rule_id == made.rule_id
    assert len(mended.changed) == 1


async def test_given_trunk_and_rule_were_left_behind_when_provisioned_then_there_is_one_of_each(
    client: Any, livekit: Switchboard
) -> None:
    plan = _plan(903)
    made = await livekit.provision(plan)
    # the trunk was deleted by hand: its rule stayed, with an id that is gone
    await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=made.trunk_id))
    second = await livekit.provision(plan)
    assert second.trunk_id != made.trunk_id
    rules = (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
    ours = [rule for rule in rules if rule.name == plan.agent_name]
    assert [list(rule.trunk_ids) for rule in ours] == [[second.trunk_id]]
    # and a second trunk of the same name, for another number
    twin = api.SIPInboundTrunkInfo(name=plan.agent_name, numbers=["+19035550101"])
    await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=twin))
    await livekit.provision(plan)
    trunks = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
    assert sum(trunk.name == plan.agent_name for trunk in trunks) == 1
    assert (await livekit.provision(plan)).changed == ()


async def test_given_two_who_provision_at_once_when_done_again_then_there_is_one_of_each(
    client: Any, livekit: Switchboard
) -> None:
    plan = _plan(904)
    done = await asyncio.gather(*(livekit.provision(plan) for _ in range(4)), return_exceptions=True)
    assert all(isinstance(one, SwitchboardError) for one in done if isinstance(one, BaseException)), done
    await livekit.provision(plan)
    trunks = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
    assert sum(trunk.name == plan.agent_name for trunk in trunks) == 1
    assert (await livekit.provision(plan)).changed == ()


ONGOING, FAILED, SUCCESSFUL = (
    api.SIPTransferStatus.STS_TRANSFER_ONGOING,
    api.SIPTransferStatus.STS_TRANSFER_FAILED,
    api.SIPTransferStatus.STS_TRANSFER_SUCCESSFUL,
)
REJECTED, ENDED = api.SIPTransferReason.STR_REJECTED, api.SIPTransferReason.STR_CALL_ENDED


@asynccontextmanager
async def answering(answer: api.TransferSIPParticipantResponse) -> AsyncIterator[Switchboard]:
    """LiveKit's API, which answers each request with 200 and this."""

    async def reply(_: web.Request) -> web.Response:
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    app = web.Application()
    app.router.add_post("/twirp/livekit.SIP/TransferSIPParticipant", reply)
    async with TestServer(app) as server, open_livekit(str(server.make_url("")), "key", "s" * 32) as switchboard:
        yield switchboard


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": FAILED}, "STS_TRANSFER_FAILED"),
        ({"status": FAILED, "reason": REJECTED, "sip_status": api.SIPStatus(code=486)}, "STR_REJECTED, SIP 486"),
        ({"status": FAILED, "reason": ENDED, "transfer_id": "STR_1"}, "STR_CALL_ENDED"),
        ({"status": ONGOING, "transfer_id": "STR_1"}, "STS_TRANSFER_ONGOING"),
        ({"reason": REJECTED}, "STS_TRANSFER_ONGOING, STR_REJECTED"),
    ],
)
async def test_given_a_transfer_that_is_answered_without_an_error_when_its_status_is_no_success_then_it_failed(
    answer: dict[str, Any], told: str
) -> None:
    async with answering(api.TransferSIPParticipantResponse(**answer)) as switchboard:
        with pytest.raises(SwitchboardError, match=told) as caught:
            await switchboard.transfer("local.x", "sip_1", "+12065550188")
    assert not caught.value.retryable


@pytest.mark.parametrize(("answer", "known"), [({"status": SUCCESSFUL, "transfer_id": "STR_1"}, True), ({}, False)])
async def test_given_a_transfer_that_completed_then_it_is_known_but_for_a_server_that_reports_no_outcome(
    answer: dict[str, Any], known: bool
) -> None:
    async with answering(api.TransferSIPParticipantResponse(**answer)) as switchboard:
        assert await switchboard.transfer("local.x", "sip_1", "+12065550188") is known


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "ws://127.0.0.1:{silent}"])
async def test_given_a_livekit_that_is_away_or_silent_when_asked_then_it_is_a_bounded_error(url: str) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(never, "127.0.0.1", 0)
    address = url.format(silent=silent.sockets[0].getsockname()[1])
    async with silent, open_livekit(address, "key", "s" * 32, call_seconds=0.3) as switchboard:
        for asked in (
            switchboard.rooms("local"),
            switchboard.participants("local.x"),
            switchboard.dispatch("local.x", "pickup-local"),
            switchboard.end("local.x"),
            switchboard.provision(_plan(905)),
        ):
            async with asyncio.timeout(2):
                with pytest.raises(SwitchboardError) as caught:
                    await asked
            assert caught.value.retryable


async def test_given_a_wrong_secret_when_asked_then_it_is_refused_for_good(server: LiveKitServer) -> None:
    async with open_livekit(server.url, server.api_key, "x" * 32) as switchboard:
        with pytest.raises(SwitchboardError) as caught:
            await switchboard.rooms("local")
    assert caught.value.status == 401
    assert not caught.value.retryable


def test_given_a_folder_without_the_rig_when_a_server_is_asked_for_then_the_remedy_is_named(tmp_path: Path) -> None:
    from lab.stack.livekit import livekit_program
    from shared.errors import StackError

    with pytest.raises(StackError, match="make phone-rig"):
        livekit_program(tmp_path)
