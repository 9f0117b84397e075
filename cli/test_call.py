"""`pickup test-call`: a real call over SIP, placed by the lab's caller and judged by what a phone alone can tell."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.errors import InputError

if TYPE_CHECKING:
    from lab.person.judge import Limits
    from lab.person.scenario import Scenario
    from lab.sip.stack import SipStack

PATIENCE_SECONDS = 4.0
"""So much longer than it may take the caller lets it ring."""


def test_call(
    to: Annotated[str | None, typer.Option(help="The number to dial, e.g. +12065550100.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The caller's number; `anonymous` withholds it.")] = None,
    scenario: Annotated[
        str, typer.Option(help="What the caller does: a name of `pickup scenarios`, or a YAML file.")
    ] = "hours",
    sip: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Whom to call; without it the `pickup up` of this folder.")
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="Past the carrier, straight to the SIP service of `pickup up`.")
    ] = False,
    count: Annotated[int, typer.Option(min=1, max=1000, help="So many calls.")] = 1,
    at_once: Annotated[int, typer.Option(min=1, max=32, help="So many of them at the same time.")] = 1,
    greeting: Annotated[
        str | None, typer.Option(help="What the greeting's words have to match, as a regular expression.")
    ] = None,
    within: Annotated[float, typer.Option(min=0, help="Seconds until it has to be answered.")] = 8.0,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    wav: Annotated[
        Path | None, typer.Option(help="Keep what was heard and said as stereo WAV (with a number each).")
    ] = None,
) -> None:
    """Dial, talk, listen and judge: answered in time, greeting understood, question answered, no gaps, a clean end.

    Exit code 0 only when all of it holds. Looks at nothing but the phone; has its own voice and ears.

    Examples:  pickup test-call   |   pickup test-call --direct   |   pickup test-call --sip 127.0.0.1:5060 --count 5
    """
    address = _address(sip, direct)
    from cli.call import interruptible
    from lab.person.scenario import load_scenario

    script = load_scenario(scenario, did=to, caller=from_)
    from lab.person.judge import Limits

    console = Console(stderr=json)
    work = _calls(console, script, address, count, at_once, Limits(within), greeting, wav)
    calls = asyncio.run(interruptible(work))
    holds = all(call["ok"] for call in calls)
    if json:
        typer.echo(orjson.dumps({"ok": holds, "sip": address, "calls": calls}, option=orjson.OPT_INDENT_2))
    else:
        for number, call in enumerate(calls, 1):
            console.print(_told(number, call))
        console.print(_verdict(calls))
    if not holds:
        raise typer.Exit(1)


def _address(given: str | None, direct: bool) -> str:
    """`host:port` of whom to call: the carrier's, where there is one, as customers come that way."""
    if given is not None:
        host, colon, port = given.rpartition(":")
        if not (host and colon and port.isdigit()):
            raise InputError(f"--sip {given}: give it as HOST:PORT, e.g. 127.0.0.1:5060")
        return given
    from shared.config import data_dir

    path = data_dir() / "up.json"
    try:
        told = orjson.loads(path.read_bytes())
        if _lives(told.get("pid")):
            return told["sip"] if direct else told.get("carrier") or told["sip"]
    except (OSError, ValueError, KeyError):
        pass
    raise InputError("nothing runs here to call: start `pickup up`, or say whom to call with --sip HOST:PORT")


def _lives(pid: int | None) -> bool:
    try:
        os.kill(pid or os.getpid(), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


async def _calls(
    console: Console,
    scenario: "Scenario",
    address: str,
    count: int,
    at_once: int,
    limits: "Limits",
    greeting: str | None,
    wav: Path | None,
) -> list[dict[str, Any]]:
    from lab.providers.control import LabControl
    from lab.providers.process import running_providers
    from lab.sip.stack import SipStack, near

    async with contextlib.AsyncExitStack() as opened:
        status = opened.enter_context(console.status("the caller finds their words …"))
        # a voice and ears of its own: the call is to be made while every provider of the system under test is down
        lab = await opened.enter_async_context(LabControl(await opened.enter_async_context(running_providers())))
        await lab.ready()
        codecs = ("PCMU", "PCMA") if scenario.codec == "g711" else ("G722", "PCMU", "PCMA")
        stack = await opened.enter_async_context(SipStack(near(address), codecs=codecs))
        free = asyncio.Semaphore(at_once)
        spoken: dict[tuple[str, str], bytes] = {}

        async def say(text: str, voice: str) -> bytes:
            if (text, voice) not in spoken:
                spoken[text, voice] = await lab.say(text, voice)
            return spoken[text, voice]

        async def one(number: int) -> dict[str, Any]:
            async with free:
                status.update(f"call {number} of {count} …" if count > 1 else "on the phone …")
                kept = wav and (wav.with_stem(f"{wav.stem}-{number}") if count > 1 else wav)
                return await _call(stack, address, scenario, limits, greeting, say, lab.hear, kept)

        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(one(number), name=f"test call {number}") for number in range(1, count + 1)]
        return [call.result() for call in calls]


async def _call(
    stack: "SipStack",
    address: str,
    scenario: "Scenario",
    limits: "Limits",
    greeting: str | None,
    say: Callable[[str, str], Awaitable[bytes]],
    hear: Callable[[bytes], Awaitable[str]],
    wav: Path | None,
) -> dict[str, Any]:
    from lab.person.caller import SimulatedCaller
    from lab.person.judge import judge, turns_of
    from lab.sip.phone import Phone

    leg = await stack.dial(f"sip:{scenario.did}@{address}", caller=scenario.caller or "anonymous")
    phone = Phone(leg, limits.answer_seconds + PATIENCE_SECONDS)
    caller = SimulatedCaller(scenario, phone, say, hear=hear)
    report = await caller.run()
    if wav:
        caller.write_wav(wav)
    turns = await turns_of(report, hear)
    gap_ms = phone.longest_gap_seconds * 1000
    judgements = judge(scenario, report, turns, gap_ms, limits, greeting)
    return {
        "ok": all(judgement.holds for judgement in judgements),
        "judgements": [asdict(judgement) for judgement in judgements],
        "heard": [asdict(turn) for turn in turns],
        "longest_gap_ms": gap_ms,
        "sip_call_id": leg.sip_call_id,
        "report": report.as_dict(),
    }


def _told(number: int, call: dict[str, Any]) -> Table:
    table = Table("", f"call {number}", "", box=None)
    for judgement in call["judgements"]:
        mark = Text("✓", "green") if judgement["holds"] else Text("✗", "bold red")
        table.add_row(mark, judgement["name"], Text(judgement["told"], "dim"))
    return table


def _verdict(calls: list[dict[str, Any]]) -> Text:
    good = sum(call["ok"] for call in calls)
    return Text(
        f"{good} of {len(calls)} calls were as they should be", "bold green" if good == len(calls) else "bold red"
    )
