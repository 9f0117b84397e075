"""What every carrier must do: the same cases on the memory's and, over a real call, on the lab's Telnyx."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from carrier_world import API_KEY, CALLER, FRIEND, CarrierProcess, Customer, World, running_carrier
from sip_world import new_number, until

from lab.carrier.control import CarrierControl
from lab.gateway.digest import Challenges
from lab.sip.stack import Leg, Refusal, SipMessage, SipStack
from shared.adapters.memory import MemoryCarrier
from shared.adapters.telnyx import open_telnyx
from shared.domain.telephony.application import VoiceApplication
from shared.domain.telephony.legs import Answer, Command, Hangup, LegNote, Play, Record, Reject, Say, Transfer
from shared.domain.telephony.rooms import SipLogin
from shared.errors import CarrierError
from shared.ports import Carrier

NOTE = LegNote("caller", step="announcing", reason="over_limit")
AGENT_NOTE = LegNote("agent", caller_leg="v3:x")
"""For the leg that a transfer makes."""
LOGIN = SipLogin("carrier", "only-for-these-tests-here")
"""Which the other SIP side asks for, where the INVITE has the header X-Challenged."""


@dataclass
class Line:
    """A caller's leg that rings, at one carrier or the other."""

    carrier: Carrier
    leg_id: str
    hang_up: Callable[[], Awaitable[None]]
    done: Callable[[], Awaitable[list[str]]]
    """Names of the commands that were done to it."""
    lab: World | None = None
    """Where it is a real call."""


@pytest.fixture(scope="session")
def lab_carrier(tmp_path_factory: pytest.TempPathFactory):
    with running_carrier(tmp_path_factory.mktemp("carrier")) as running:
        yield running


@pytest.fixture(params=["memory", "telnyx"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    if request.param == "memory":
        memory = MemoryCarrier()
        memory.ring("leg-1")

        async def hang_up() -> None:
            memory.hang_up("leg-1")

        async def done() -> list[str]:
            return [type(command).__name__.lower() for _, command in memory.done]

        yield Line(memory, "leg-1", hang_up, done)
        return
    process: CarrierProcess = request.getfixturevalue("lab_carrier")
    rung = asyncio.Queue[Leg]()
    challenges = Challenges()

    async def challenged(invite: SipMessage) -> Refusal | None:
        return challenges.refusal(invite, LOGIN.user, LOGIN.password) if invite.header("X-Challenged") else None

    async with (
        CarrierControl(process.api) as control,
        SipStack(on_call=rung.put_nowait, screen=challenged) as stack,
        Customer(process) as customer,
        open_telnyx(API_KEY, process.api) as carrier,
    ):
        world = World(process, customer, control, stack, rung, new_number())
        await world.route()
        phone = await world.call()
        leg_id = (await customer.until("call.initiated")).payload["call_control_id"]

        async def leave() -> None:
            await phone.hang_up()
            await customer.until("call.hangup", call_control_id=leg_id)

        async def commands() -> list[str]:
            names = {"playback_start": "play", "speak": "say", "record_start": "record"}
            return [names.get(name, name) for name in (await world.legs())[0]["commands"]]

        yield Line(carrier, leg_id, leave, commands, world)


async def refused(line: Line, command: Command, leg_id: str | None = None) -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        await line.carrier.do(leg_id or line.leg_id, command, uuid.uuid4().hex)
    return caught.value


async def answer(line: Line) -> None:
    await line.carrier.do(line.leg_id, Answer(NOTE), "answer")
    if line.lab:
        await line.lab.customer.until("call.answered")


async def test_given_a_call_when_answered_and_spoken_to_then_each_is_done_in_order(line: Line) -> None:
    await answer(line)
    url = f"{line.lab.customer.url}/tone.wav" if line.lab else "http://carrier.example/tone.wav"
    for command in (Play(url, NOTE), Say("Leave a message.", "en", NOTE), Record(180, 5, NOTE), Hangup()):
        await line.carrier.do(line.leg_id, command, type(command).__name__)
    assert await line.done() == ["answer", "play", "say", "record", "hangup"]


async def test_given_a_ringing_leg_when_spoken_to_then_it_is_refused_and_rings_on(line: Line) -> None:
    for command in (Play("http://127.0.0.1/x.wav", NOTE), Say("Hello", "en", NOTE), Record(180, 5, NOTE)):
        error = await refused(line, command)
        assert (error.status, error.leg_gone, error.retryable) == (422, False, False)
    assert await line.done() == []
    await answer(line)


async def test_given_an_answered_leg_when_rejected_or_answered_then_it_is_refused(line: Line) -> None:
    await answer(line)
    for command in (Reject(), Answer(NOTE)):
        error = await refused(line, command)
        assert (error.status, error.leg_gone) == (422, False)


async def test_given_a_key_when_asked_again_then_it_is_done_once(line: Line) -> None:
    await answer(line)
    await line.carrier.do(line.leg_id, Answer(NOTE), "answer")
    await line.carrier.do(line.leg_id, Hangup(), "end")
    await line.carrier.do(line.leg_id, Hangup(), "end")
    assert await line.done() == ["answer", "hangup"]


@pytest.mark.parametrize("command", [Answer(NOTE), Hangup(), Reject()], ids=["answer", "hangup", "reject"])
async def test_given_the_caller_has_gone_then_a_command_says_so(line: Line, command: Command) -> None:
    await line.hang_up()
    error = await refused(line, command)
    assert (error.status, error.leg_gone, error.retryable) == (422, True, False)


async def test_given_no_such_leg_then_a_command_says_that_it_is_gone(line: Line) -> None:
    error = await refused(line, Hangup(), "v3:nobody")
    assert (error.status, error.leg_gone, error.retryable) == (404, True, False)


async def test_given_no_such_recording_then_it_is_said_and_not_worth_another_try(line: Line) -> None:
    api = line.lab.carrier.api.removesuffix("/v2") if line.lab else "http://carrier.example"
    with pytest.raises(CarrierError) as caught:
        await line.carrier.fetch(f"{api}/recordings/gone.wav")
    assert (caught.value.status, caught.value.retryable) == (403, False)


async def test_given_a_voice_application_when_asked_for_then_its_settings_are_told(line: Line) -> None:
    asked = VoiceApplication("", "http://127.0.0.1:1/telnyx", "http://127.0.0.1:2/telnyx", 2, 12)
    if line.lab:
        settings = {"webhook_url": asked.webhook_url, "failover_url": asked.failover_url}
        await line.lab.route(**settings, first_command_timeout_secs=12)
    else:
        assert isinstance(line.carrier, MemoryCarrier)
        line.carrier.voice_applications = [asked]
    (found,) = [one for one in await line.carrier.applications() if one.webhook_url == asked.webhook_url]
    assert replace(found, name="") == asked


@pytest.fixture
def lab(line: Line) -> World:
    """For what only a real call shows."""
    assert line.lab
    return line.lab


@pytest.mark.parametrize("caller", [CALLER, ""], ids=["known", "withheld"])
@pytest.mark.parametrize("line", ["telnyx"], indirect=True)
async def test_given_a_transfer_then_the_other_side_sees_caller_and_headers_and_both_notes_come_back(
    line: Line, lab: World, caller: str
) -> None:
    command = Transfer(lab.agent, caller, 8, NOTE, AGENT_NOTE, {"X-Pickup-Call": "signed.token"})
    await line.carrier.do(line.leg_id, command, "transfer")
    agent = await lab.ring()
    invite = lab.stack.message_of(agent)
    assert invite and invite.header("X-Pickup-Call") == "signed.token"
    assert agent.caller == (caller or "anonymous")
    await agent.answer()
    await until(lambda: lab.customer.names.count("call.bridged") == 1, 3, "they are connected")
    for told in lab.customer.came[1:]:
        note = LegNote.from_text(base64.b64decode(told.payload["client_state"]).decode())
        assert note == (NOTE if told.payload["call_control_id"] == line.leg_id else AGENT_NOTE)


@pytest.mark.parametrize(
    ("login", "to_phone"),
    [(LOGIN, False), (SipLogin("carrier", "another-for-these-tests"), False), (None, False), (LOGIN, True)],
    ids=["right", "wrong", "none", "a telephone's"],
)
@pytest.mark.parametrize("line", ["telnyx"], indirect=True)
async def test_given_a_sip_side_that_challenges_when_transferred_to_then_the_login_rings_and_no_phone_gets_it(
    line: Line, lab: World, login: SipLogin | None, to_phone: bool
) -> None:
    to = FRIEND if to_phone else lab.agent
    command = Transfer(to, CALLER, 8, NOTE, AGENT_NOTE, {"X-Challenged": "yes"}, login=login)
    await line.carrier.do(line.leg_id, command, "transfer")
    if login is LOGIN and not to_phone:
        agent = await lab.ring()
        invite = lab.stack.message_of(agent)
        assert invite and LOGIN.password not in str(invite)
        return
    over = await lab.customer.until("call.hangup", to=to)
    assert over.payload["sip_hangup_cause"] == "401"
    assert lab.rung.empty()


@pytest.mark.parametrize("line", ["telnyx"], indirect=True)
async def test_given_a_recording_then_it_is_fetched_and_one_too_long_is_not(line: Line, lab: World) -> None:
    await answer(line)
    await line.carrier.do(line.leg_id, Record(1, 5, NOTE), "record")
    saved = await lab.customer.until("call.recording.saved")
    url = saved.payload["recording_urls"]["wav"]
    assert (await line.carrier.fetch(url)).startswith(b"RIFF")
    with pytest.raises(CarrierError, match="longer than"):
        await line.carrier.fetch(f"{lab.customer.url}/long.wav")


async def test_given_nobody_listens_or_a_wrong_key_then_only_the_first_is_worth_another_try(
    lab_carrier: CarrierProcess,
) -> None:
    async with open_telnyx(API_KEY, "http://127.0.0.1:1/v2") as nowhere:
        with pytest.raises(CarrierError) as caught:
            await nowhere.do("v3:x", Hangup(), "k")
        assert (caught.value.status, caught.value.retryable) == (None, True)
        with pytest.raises(CarrierError) as caught:
            await nowhere.fetch("http://127.0.0.1:1/x.wav")
        assert caught.value.retryable
    async with open_telnyx("KEY_wrong", lab_carrier.api) as wrong:
        with pytest.raises(CarrierError) as caught:
            await wrong.do("v3:x", Hangup(), "k")
        assert (caught.value.status, caught.value.retryable, caught.value.leg_gone) == (401, False, False)
        with pytest.raises(CarrierError, match="401"):
            await wrong.applications()


async def test_given_a_fault_then_the_memory_refuses_everything() -> None:
    away = MemoryCarrier(CarrierError("it is away"))
    with pytest.raises(CarrierError, match="away"):
        await away.do("leg-1", Hangup(), "k")
    with pytest.raises(CarrierError, match="away"):
        await away.fetch("http://carrier.example/x.wav")
