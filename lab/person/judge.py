"""Judges a call from a phone's view, by its sound and its signalling alone."""

import io
import re
import wave
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lab.person.report import CallerReport
from lab.person.scenario import HangUp, Scenario
from lab.person.wire import RATE

_TURN_QUIET_MS = 800.0
"""A longer pause of the agent ends its turn."""
_LONGEST_MS = 50_000.0
"""The longest piece that the recogniser gets at once."""
_MARGIN_MS = 150.0
_TECHNICAL = r"technical (trouble|problem|difficult)"
"""What the agent says when something on our side is broken."""


@dataclass(frozen=True)
class Limits:
    answer_seconds: float = 8.0
    """From INVITE to 200 OK."""
    first_sound_ms: float = 2000.0
    """From 200 OK to the agent's first sound."""
    gap_ms: float = 250.0
    """Between two packets of sound."""


@dataclass(frozen=True)
class Turn:
    """The agent's speech between two pauses of 0.8 s."""

    started_ms: float
    ended_ms: float
    words: str


@dataclass(frozen=True)
class Judgement:
    name: str
    holds: bool
    finding: str
    """What the call was like, for people."""


async def turns_of(report: CallerReport, hear: Callable[[bytes], Awaitable[str]]) -> tuple[Turn, ...]:
    """The agent's turns with the words in them, as `hear` recognises them (s16le, 16 kHz, mono)."""
    if not report.wav:
        return ()
    with wave.open(io.BytesIO(report.wav)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    turns = list[Turn]()
    for start, end in _joined(report.agent_spoke_ms):
        first, last = (round(ms * RATE / 1000) for ms in (max(0.0, start - _MARGIN_MS), end + _MARGIN_MS))
        turns.append(Turn(start, end, (await hear(both[first:last, 1].tobytes())).strip()))
    return tuple(turns)


def judge(
    scenario: Scenario,
    report: CallerReport,
    turns: Sequence[Turn],
    longest_gap_ms: float,
    limits: Limits,
    greeting: str | None = None,
) -> tuple[Judgement, ...]:
    """Each expectation of the scenario and of `limits`, with whether the call met it.

    The greeting must match `greeting`, or else the first pattern that the scenario expects to hear; the other patterns
    must follow in their order.
    """
    if _gives_up(scenario):
        gave_up = report.answered_after_seconds is None and report.ended_by == "caller"
        return (Judgement("not answered", gave_up, _ending(report)),)
    after = report.answered_after_seconds
    if after is None:
        return (Judgement("answered", False, _ending(report)),)
    first = report.greeting_first_sound_after_answer_ms
    patterns = list(scenario.expect.heard)
    opening = greeting or (patterns.pop(0) if patterns else r"\w+")
    return (
        Judgement("answered", after <= limits.answer_seconds, f"after {after:.2f} s"),
        Judgement(
            "first sound",
            first is not None and first <= limits.first_sound_ms,
            "none" if first is None else f"{first:.0f} ms after the answer",
        ),
        *_answers(opening, patterns, turns),
        *_unwanted(scenario, turns),
        Judgement("sound without gaps", longest_gap_ms <= limits.gap_ms, f"longest gap {longest_gap_ms:.0f} ms"),
        Judgement("hung up", report.ended_by in ("caller", "agent"), _ending(report)),
    )


def _gives_up(scenario: Scenario) -> bool:
    first = scenario.steps[0] if scenario.steps else None
    return isinstance(first, HangUp) and first.when == "ringing"


def _answers(opening: str, patterns: Sequence[str], turns: Sequence[Turn]) -> list[Judgement]:
    words = turns[0].words if turns else ""
    judged = [Judgement("greeting", bool(_found(opening, words)), f"“{words}”" if words else "no words")]
    all_words, at = " ".join(turn.words for turn in turns), 0
    for pattern in patterns:
        found = _found(pattern, all_words[at:])
        finding = f"“{found[0]}”" if found else f"not heard: {pattern}"
        judged.append(Judgement("answer", found is not None, finding))
        at += found.end() if found else 0
    return judged


def _unwanted(scenario: Scenario, turns: Sequence[Turn]) -> list[Judgement]:
    words = " ".join(turn.words for turn in turns)
    expected = any("technical" in pattern for pattern in scenario.expect.heard)
    apologies = () if expected else (_TECHNICAL,)
    judged = list[Judgement]()
    for pattern in (*scenario.expect.not_heard, *apologies):
        found = _found(pattern, words)
        judged.append(Judgement("not said", found is None, f"“{found[0]}”" if found else f"no “{pattern}”"))
    return judged


def _found(pattern: str, words: str) -> re.Match[str] | None:
    return re.search(pattern, words, re.IGNORECASE)


def _ending(report: CallerReport) -> str:
    code = f" ({report.sip_code})" if report.sip_code else ""
    return f"ended by {report.ended_by}: {report.end_reason}{code}"


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined = list[tuple[float, float]]()
    for start, end in spans:
        if joined and start - joined[-1][1] < _TURN_QUIET_MS and end - joined[-1][0] < _LONGEST_MS:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
