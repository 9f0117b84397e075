"""Calls of the evaluation: shipped scenarios on real audio, each judged by what its record and its events must be."""

import asyncio
import re
from dataclasses import dataclass
from statistics import median
from typing import Any

from agent.speech.engines import Engines
from bench.runner import answered
from lab.person.caller import SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.scenario import Scenario, load_scenario
from lab.person.wire import Wire
from lab.providers.control import LabControl
from shared.domain.call import CallEvent, CallRecord
from shared.services import Services

SCENARIOS = (
    *("hours", "prayer", "callback", "address", "corrects_name"),
    *("changes_mind", "refuse_recording", "stop_recording", "thinks_aloud", "crisis"),
)
"""Each tests something that only a model can get right, in words that no prompt holds."""
_VOICES = ("caller-1", "caller-2", "caller-3", "caller-4")
_CALL_SECONDS = 420.0
_TABLES = {"voice_prayer_requests": "prayer", "voice_callback_requests": "callback"}


@dataclass(frozen=True)
class Evaluated:
    number: int
    scenario: str
    unmet: tuple[str, ...]
    """What the scenario expects and the call wasn't."""
    outcome: str
    latency_ms: float | None
    """Median of the caller's last word to the agent's first sound; None: no answer was measured."""
    cost_usd: float | None
    """None: unknown."""
    duration_seconds: float

    @property
    def passed(self) -> bool:
        return not self.unmet


def scenario_of(number: int) -> Scenario:
    """The scenarios in turn, with another voice each time through."""
    script = load_scenario(SCENARIOS[number % len(SCENARIOS)])
    voice = _VOICES[(number // len(SCENARIOS) + number) % len(_VOICES)]
    return script.model_copy(update={"voice": voice, "caller": f"+1206555{number % 10000:04d}"})


async def evaluate(number: int, services: Services, engines: Engines, lab: LabControl) -> Evaluated:
    """Places one call in real time. Raises TimeoutError when it doesn't end."""
    script, events = scenario_of(number), list[CallEvent]()
    async with asyncio.timeout(_CALL_SECONDS), Wire(script.codec) as wire:
        line = EmbeddedLine(wire, did=script.did, caller=script.caller)
        caller = SimulatedCaller(script, wire, lab.say, hear=lab.hear)
        await caller.prepare()
        report = await answered(line, services, engines, events.append, caller.run())
    record = await services.records.find(line.call_id)
    latencies = report.turn_latencies_ms
    return Evaluated(
        number,
        script.name,
        tuple(unmet(script, record, events)) if record is not None else ("no record",),
        f"{record.outcome}" if record else "no record",
        median(latencies) if latencies else None,
        float(record.cost_usd) if record is not None and record.cost_usd is not None else None,
        report.duration_seconds,
    )


def unmet(script: Scenario, record: CallRecord, events: list[CallEvent]) -> list[str]:
    """Each expectation that the call doesn't meet, in words; what the agent says may be put otherwise."""
    expected, missed = script.expect, list[str]()
    for name in ("disposition", "outcome"):
        wanted, found = getattr(expected, name), getattr(record, name)
        if wanted is not None and wanted != found:
            missed.append(f"{name} {found}, not {wanted}")
    if expected.consent:
        answers = [str(consent["answer"]).lower() for consent in record.consents]
        if not answers or answers[-1] != expected.consent:
            missed.append(f"consent {answers[-1] if answers else 'unasked'}, not {expected.consent}")
    for table, kind in _TABLES.items():
        rows: list[dict[str, Any]] = [row for row in record.requests if row["kind"] == kind]
        if len(rows) != expected.rows.get(table, 0):
            missed.append(f"{len(rows)} {kind} rows, not {expected.rows.get(table, 0)}")
        for place, patterns in expected.said.items():
            column = place.partition(".")[2]
            text = " ".join(str(row.get(column)) for row in rows)
            if place.startswith(table) and rows:
                missed += [f"{column}: {p}" for p in patterns if not re.search(p, text, re.IGNORECASE)]
    words = " ".join(event.fields["text"] for event in events if event.kind == "agent_said")
    missed += [f"said: {p}" for p in expected.not_heard if re.search(p, words, re.IGNORECASE)]
    return missed
