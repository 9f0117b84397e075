"""The caller's report of one call: times and latencies, measured from the sound alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

from agent.lines.line import Ending
from lab.person.ear import Ear


@dataclass(frozen=True)
class SpokenLine:
    """One sentence of the caller; times in ms after the answer, of its first and last voiced sound."""

    text: str
    started_ms: float
    ended_ms: float
    latency_ms: float | None
    """Until the agent's first voiced sound; None if none came before the next sentence, or the agent was speaking."""
    yielded_ms: float | None = None
    """How long the agent went on after the caller began; None if the agent was quiet."""


@dataclass(frozen=True)
class CallerReport:
    """One call, as the caller measured it."""

    answered_after_seconds: float | None
    """None: never answered."""
    greeting_first_sound_after_answer_ms: float | None
    turn_latencies_ms: tuple[float, ...]
    lines: tuple[SpokenLine, ...]
    agent_spoke_ms: tuple[tuple[float, float], ...]
    """(start, end) in ms after the answer; pauses under 300 ms are bridged."""
    wav: bytes = field(repr=False)
    """16 kHz stereo, caller left, agent right, from the answer to the end; empty if never answered."""
    duration_seconds: float
    ended_by: str
    end_reason: str
    sip_code: int | None

    def as_dict(self) -> dict[str, Any]:
        """All but the sound, for JSON."""
        return {name: value for name, value in asdict(self).items() if name != "wav"}


def reported(
    spoken: Sequence[tuple[str, float, float]], ear: Ear, ending: Ending, answered_after_seconds: float | None
) -> CallerReport:
    """`spoken`: the sentences that the caller began, each with the ms of its first and last voiced sound."""
    starts = [start for _, start, _ in spoken]
    lines = tuple(
        _line(text, start, end, until, ear.spans)
        for (text, start, end), until in zip(spoken, [*starts[1:], inf], strict=False)
    )
    return CallerReport(
        answered_after_seconds=answered_after_seconds,
        greeting_first_sound_after_answer_ms=ear.spans[0][0] if ear.spans else None,
        turn_latencies_ms=tuple(line.latency_ms for line in lines if line.latency_ms is not None),
        lines=lines,
        agent_spoke_ms=tuple(ear.spans),
        wav=ear.wav,
        duration_seconds=ear.seconds,
        ended_by=ending.by,
        end_reason=ending.reason,
        sip_code=ending.sip_code,
    )


def _line(text: str, start: float, end: float, until: float, agent: Sequence[tuple[float, float]]) -> SpokenLine:
    """`until`: when the next sentence begins."""
    over = [span for span in agent if span[0] < start < span[1]]
    busy = any(span[0] <= end < span[1] for span in agent)
    replies = [span[0] for span in agent if end < span[0] < until]
    return SpokenLine(
        text=text,
        started_ms=start,
        ended_ms=end,
        latency_ms=replies[0] - end if replies and not busy else None,
        yielded_ms=over[0][1] - start if over else None,
    )
