"""`pickup answer`: the embedded stack on a SIP address, so that any softphone can call it."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from shared.errors import InputError, PickupError

if TYPE_CHECKING:
    from agent.speech.engines import Engines
    from lab.sip.stack import Leg
    from shared.domain.call import CallRecord
    from shared.services import Services

USUAL_PORT = 5060
SILENT_SECONDS = 20
"""A phone that sends no sound for so long has gone."""
LAST_SECONDS = 10.0
"""For calls that are ended by us: to say goodbye and to be written down."""
SHUTTING_DOWN = 503


def answer(
    listen: Annotated[str, typer.Option(help="Where to listen; anything but the loopback lets others call.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The SIP port; without it 5060, or a free one. 0: a free one.")
    ] = None,
    calls: Annotated[int, typer.Option(min=1, max=32, help="Calls at once; one more is refused with 486.")] = 6,
    drain: Annotated[float, typer.Option(min=0, help="Seconds that running calls may go on after Ctrl-C.")] = 10.0,
    live: Annotated[
        bool, typer.Option("--live", help="Use the real Deepgram and OpenAI (DEEPGRAM_API_KEY, OPENAI_API_KEY).")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines: `ready`, then each call's record.")] = False,
) -> None:
    """Answer real SIP calls with the embedded stack, until Ctrl-C: dial the address that it prints with any softphone.

    Examples:  pickup answer   |   pickup answer --port 5070 --calls 2   |   pickup answer --listen 0.0.0.0 --live
    """
    asyncio.run(_answer(listen, port, calls, drain, live, json))


@dataclass
class Desk:
    """Takes the calls that come, so many at once, until it closes."""

    console: Console
    services: "Services"
    engines: "Engines"
    limit: int
    json: bool
    calls: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    """Those that talk."""
    closing: bool = False
    _all: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def ring(self, leg: "Leg") -> None:
        full = len(self.calls) >= self.limit
        call = asyncio.create_task(self._refuse(leg) if self.closing else self._take(leg, full), name=f"{leg}")
        self._all.add(call)
        call.add_done_callback(self._all.discard)
        if not (full or self.closing):
            self.calls.add(call)
            call.add_done_callback(self.calls.discard)

    async def close(self, drain_seconds: float, hurry: asyncio.Event) -> None:
        """No new calls; those that run may go on for a while, until `hurry`, then they are ended and written down."""
        self.closing = True
        if self.calls and drain_seconds:
            self.console.print(f"no new calls; {len(self.calls)} running, up to {drain_seconds:g} s (Ctrl-C ends them)")
            hurried = asyncio.create_task(hurry.wait(), name="second Ctrl-C")
            ended = asyncio.gather(*self.calls, return_exceptions=True)
            await asyncio.wait({hurried, ended}, timeout=drain_seconds, return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
            await asyncio.gather(hurried, return_exceptions=True)
        for call in self._all:
            call.cancel()
        if self._all:
            await asyncio.wait(self._all, timeout=LAST_SECONDS)

    async def _refuse(self, leg: "Leg") -> None:
        with contextlib.suppress(PickupError):
            await leg.refuse(SHUTTING_DOWN)

    async def _take(self, leg: "Leg", full: bool) -> None:
        from agent.call import take_call
        from cli.story import Story
        from lab.sip.line import SipLine
        from shared.observe import report

        try:
            async with SipLine(leg) as line:
                dialled = _Dialled(line.did_raw, line.caller_raw, line.call_id[:8], leg.sip_call_id)
                story = Story(self.console, dialled, line, tag=line.call_id[:4])
                if full:
                    self.console.print(Text(f"{self.limit} calls are running: this one is refused (486)", "yellow"))
                try:
                    await take_call(line, self.services, self.engines, listener=story.tell, at_capacity=full)
                finally:
                    self._tell(line.call_id, leg, await self.services.records.find(line.call_id))
        except Exception as error:
            # the boundary of one call: it is reported, and the others go on
            report(error, action="answer")
            self.console.print(Text.assemble((type(error).__name__, "bold red"), f": {error}"))

    def _tell(self, call_id: str, leg: "Leg", record: "CallRecord | None") -> None:
        if self.json:
            told = asdict(record) if record else {"call_id": call_id, "disposition": None}
            typer.echo(orjson.dumps({"sip_call_id": leg.sip_call_id, "call": told}, default=str))
        elif record is None:
            self.console.print(f"[red]the record of call {call_id} waits on disk; `pickup calls` delivers it")
        else:
            became = f"{record.disposition} {record.outcome}"
            self.console.print(
                Text.assemble((f"{call_id[:4]} ", "dim"), became, (f"   pickup calls show {call_id[:8]}", "dim"))
            )


@dataclass(frozen=True)
class _Dialled:
    """A call as the story's heading tells it."""

    did: str
    caller: str | None
    name: str
    description: str


async def _answer(listen: str, port: int | None, calls: int, drain: float, live: bool, json: bool) -> None:
    from local_deploy.local import local

    console = Console(stderr=json)
    if listen != "127.0.0.1":
        console.print(f"[bold yellow]listening on {listen}: everybody who reaches this machine can call")
    async with contextlib.AsyncExitStack() as opened:
        stop, hurry = opened.enter_context(_stopped())
        status = opened.enter_context(console.status("starting the embedded stack …"))
        here = await opened.enter_async_context(local(live=live, progress=status.update))

        from agent.speech.engines import connections, open_engines
        from lab.providers.control import LabControl
        from lab.sip.stack import SipStack

        await opened.enter_async_context(connections())
        if not live:
            status.update("the voices warm up …")
            await (await opened.enter_async_context(LabControl(here.stack.providers_url))).ready()
        engines = await opened.enter_async_context(open_engines(here.settings))
        desk = Desk(console, here.services, engines, calls, json)
        # who is only told a sentence (no such number …) is told it above the limit too: this bounds that
        most = 2 * calls
        stack = SipStack(listen, _chosen(listen, port), on_call=desk.ring, max_calls=most, rtp_timeout=SILENT_SECONDS)
        await opened.enter_async_context(stack)
        numbers = await here.services.directory.dids(here.settings.stage)
        status.stop()
        address = f"{_reached_at(listen)}:{stack.port}"
        if json:
            typer.echo(orjson.dumps({"ready": {"sip": address, "numbers": list(numbers)}}))
        console.print(_invitation(address, numbers, calls))
        try:
            await stop.wait()
        finally:
            await desk.close(drain, hurry)


@contextlib.contextmanager
def _stopped() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Set by the first and by the second Ctrl-C or SIGTERM."""
    loop, first, second = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (second if first.is_set() else first).set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        yield first, second
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


def _chosen(host: str, port: int | None) -> int:
    from lab.stack.ports import is_free

    if port is None:
        return USUAL_PORT if is_free(host, USUAL_PORT) else 0
    if port and not is_free(host, port):
        raise InputError(
            f"port {port} of {host} is taken (or {host} isn't an address of this machine); leave out --port"
        )
    return port


def _reached_at(host: str) -> str:
    """An address that others can dial."""
    if host != "0.0.0.0":
        return host
    from lab.sip.stack import near

    with contextlib.suppress(PickupError):
        return near("192.0.2.1:5060")
    return "127.0.0.1"


def _invitation(address: str, numbers: Any, calls: int) -> Text:
    text = Text.assemble(("ready", "bold green"), f"  up to {calls} calls at once. Dial with any softphone:\n")
    for number in numbers:
        text.append(f"  sip:{number}@{address}\n")
    return text.append(f"or, in another terminal:  pickup test-call --sip {address}\nCtrl-C ends it.")
