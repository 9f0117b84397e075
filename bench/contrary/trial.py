"""Places one call with the contrary model, and checks its invariants."""

import asyncio
import io
import json
import wave
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from livekit.agents import AgentSession, FunctionToolsExecutedEvent

from agent.speech.engines import Engines
from bench.contrary.callers import caller
from bench.contrary.invariants import Evidence, broken
from bench.runner import answered
from lab.person.caller import SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.report import CallerReport
from lab.person.wire import Wire
from lab.providers.contrary import FORBIDDEN
from lab.providers.control import LabControl
from shared.config import changed
from shared.domain.call import CallEvent
from shared.services import Services

_CALL_SECONDS = 420.0
_LONGEST_SECONDS = 25.0
_REPLACED = "replaced"
_SAID = "said"


@dataclass
class Trial:
    """One call's result: the model's attempts, what became of them, and the broken invariants."""

    seed: int
    kind: str
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    """(tool, how its arguments were, what became of it)."""
    sentences: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """(forbidden sentence, `replaced` or `said`)."""
    outcome: str = ""
    rows: int = 0
    transcribed: bool = False
    broken: list[str] = field(default_factory=list[str])
    story: list[str] = field(default_factory=list[str])


class _WatchedLine(EmbeddedLine):
    """Counts the session's tool calls, independently of our own journal."""

    tried: Counter[tuple[str, str, str]]

    def attach(self, session: AgentSession[Any]) -> None:
        super().attach(session)
        self.tried = Counter()
        session.on("function_tools_executed", self._executed)

    def _executed(self, event: FunctionToolsExecutedEvent) -> None:
        earlier: Counter[str] = Counter()
        for call, output in zip(event.function_calls, event.function_call_outputs, strict=True):
            what = f"{call.name}{call.arguments}"
            manner = "called twice at once" if earlier[what] else _manner(call.name, call.arguments)
            earlier[what] += 1
            self.tried[call.name, manner, _became(call.name, output.output, output.is_error)] += 1


async def trial(seed: int, services: Services, engines: Engines, lab: LabControl, *, listen: bool) -> Trial:
    """Places and judges one call. `listen`: also recognise the sound at the caller's end, which takes a while."""
    settings = changed(services.settings, llm_model=f"contrary:{seed}")
    services, script, events = replace(services, settings=settings), caller(seed), list[CallEvent]()
    result = Trial(seed, script.name, transcribed=listen)
    async with asyncio.timeout(_CALL_SECONDS), Wire(script.codec) as wire:
        line = _WatchedLine(wire, did=script.did, caller=script.caller)
        phone = SimulatedCaller(script, wire, lab.say)
        await phone.prepare()
        report = await answered(line, services, engines, events.append, phone.run())
    record = await services.records.find(line.call_id)
    evidence = Evidence(
        kind=script.name,
        events=events,
        record=record,
        audio_files=list(settings.recordings_dir.glob(f"{line.call_id}*")),
        ended=report.duration_seconds < script.max_seconds,
        recognised=await transcribed(report, lab) if listen else None,
    )
    result.calls = line.tried
    result.sentences = _sentences(evidence)
    result.outcome = f"{record.outcome}, {record.end_reason}" if record else "no record"
    result.rows = len(evidence.rows)
    result.broken = broken(evidence)
    result.story = [f"{event.kind}: {event.fields}" for event in events]
    return result


async def transcribed(report: CallerReport, lab: LabControl) -> str:
    """The agent's words, recognised from the caller's end."""
    if not report.wav:
        return ""
    with wave.open(io.BytesIO(report.wav)) as file:
        rate = file.getframerate()
        agent = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)[:, 1]
    words: list[str] = []
    for start, end in report.agent_spoke_ms:
        at = start
        while at < end:
            until = min(end, at + _LONGEST_SECONDS * 1000)
            words.append(await lab.hear(agent[int(at * rate / 1000) : int(until * rate / 1000)].tobytes(), rate))
            at = until
    return " ".join(words)


def _manner(tool: str, arguments: str) -> str:
    """How wrong a call's arguments are, from what the contrary model is known to send."""
    try:
        sent = json.loads(arguments)
    except ValueError:
        return "not JSON"
    values = list(sent.values()) if isinstance(sent, dict) else [sent]
    texts = " ".join(value for value in values if isinstance(value, str))
    if not values:
        return "none" if tool in ("end_call",) or tool.startswith("go_to_") else "missing"
    signs = (
        ("a lie in them", any(sentence in texts for sentence in FORBIDDEN)),
        ("injection", "drop table" in texts),
        ("cut off", "cut off" in texts),
        ("20,000 characters", len(texts) > 10_000),
        ("control characters", "\u202e" in texts or "\x00" in texts),
        ("empty", not texts.strip() and all(isinstance(value, str) for value in values)),
        ("wrong types", not all(isinstance(value, str | bool) for value in values) or set(map(type, values)) == {bool}),
    )
    return next((name for name, found in signs if found), "plausible")


def _became(tool: str, output: str, is_error: bool) -> str:
    if is_error:
        return "unknown tool" if output.startswith("Unknown function") else "refused"
    if tool.startswith("go_to_"):
        return "moved"
    status = str(json.loads(output).get("status")) if output.startswith("{") else output or "nothing"
    if status == "done":
        return "ended the call" if tool == "end_call" else "had already"
    return {"confirm": "read back", "wait": "made to wait"}.get(status, status)


def _sentences(call: Evidence) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    replaced = [event.fields["said"] for event in call.of_kind("speech_replaced")]
    spoken = " ".join(event.fields["text"] for event in call.of_kind("agent_said"))
    for sentence in FORBIDDEN:
        counted[sentence, _REPLACED] = sum(sentence in said or said in sentence for said in replaced)
        counted[sentence, _SAID] = spoken.count(sentence)
    return counted
