"""`pickup answer`: the embedded stack on a SIP address, so that any softphone can call it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from shared.process import on_signal

if TYPE_CHECKING:
    from lab.sip.line import SipLine
    from lab.sip.stack import Leg
    from shared.domain.call import CallEvent, CallRecord

LOOPBACK = "127.0.0.1"


def answer(
    listen: Annotated[
        str, typer.Option(help="Where to listen; anything but the loopback lets others call.")
    ] = LOOPBACK,
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


async def _answer(listen: str, port: int | None, calls: int, drain: float, live: bool, json: bool) -> None:
    from local_deploy.answering import answering

    console = Console(stderr=json)
    if listen != LOOPBACK:
        console.print(f"[bold yellow]listening on {listen}: everybody who reaches this machine can call")
    with _signalled() as (stop, hurry), console.status("starting the embedded stack …") as status:
        shown = _Shown(console, calls, json)
        async with answering(shown, listen=listen, port=port, calls=calls, live=live, progress=status.update) as desk:
            status.stop()
            if json:
                typer.echo(orjson.dumps({"ready": {"sip": desk.address, "numbers": desk.numbers}}))
            console.print(_invitation(desk.address, desk.numbers, calls))
            try:
                await stop.wait()
            finally:
                await desk.close(drain, hurry)


@contextlib.contextmanager
def _signalled() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Set by the first and by the second Ctrl-C or SIGTERM."""
    first, second = asyncio.Event(), asyncio.Event()
    with on_signal(lambda _: (second if first.is_set() else first).set()):
        yield first, second


@dataclass(frozen=True)
class _Shown:
    """Prints each call's story and what became of it."""

    console: Console
    limit: int
    json: bool

    def ringing(self, line: "SipLine", leg: "Leg", *, at_capacity: bool) -> "Callable[[CallEvent], None]":
        from cli.story import Story

        dialled = _Dialled(line.did_raw, line.caller_raw, line.call_id[:8], leg.sip_call_id)
        story = Story(self.console, dialled, line, tag=line.call_id[:4])
        if at_capacity:
            self.console.print(Text(f"{self.limit} calls are running: this one is refused (486)", "yellow"))
        return story.tell

    def recorded(self, call_id: str, leg: "Leg", record: "CallRecord | None") -> None:
        if self.json:
            call: dict[str, Any] = record.as_dict() if record else {"call_id": call_id, "disposition": None}
            typer.echo(orjson.dumps({"sip_call_id": leg.sip_call_id, "call": call}, default=str))
        elif record is None:
            self.console.print(f"[red]the record of call {call_id} waits on disk; `pickup calls` delivers it")
        else:
            became = f"{record.disposition} {record.outcome}"
            self.console.print(
                Text.assemble((f"{call_id[:4]} ", "dim"), became, (f"   pickup calls show {call_id[:8]}", "dim"))
            )

    def failed(self, error: Exception) -> None:
        self.console.print(Text.assemble((type(error).__name__, "bold red"), f": {error}"))

    def draining(self, calls: int, seconds: float) -> None:
        self.console.print(f"no new calls; {calls} running, up to {seconds:g} s (Ctrl-C ends them)")


@dataclass(frozen=True)
class _Dialled:
    """A call, for the heading of its story."""

    did: str
    caller: str | None
    name: str
    description: str


def _invitation(address: str, numbers: Sequence[str], calls: int) -> Text:
    text = Text.assemble(("ready", "bold green"), f"  up to {calls} calls at once. Dial with any softphone:\n")
    for number in numbers:
        text.append(f"  sip:{number}@{address}\n")
    return text.append(f"or, in another terminal:  pickup test-call --sip {address}\nCtrl-C ends it.")
