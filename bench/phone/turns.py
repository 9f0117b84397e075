"""Times the turns of phone calls, from the caller's last sound to the agent's first, both at the caller's telephone."""

from collections.abc import Callable
from typing import Any

from bench.agents import SIDES, Side
from bench.caller import CallFailed
from bench.phone.calls import PATIENCE_SECONDS
from bench.phone.rig import NUMBERS, Rig
from bench.script import OPENING, QUESTIONS, VOICE
from lab.person.caller import SimulatedCaller
from lab.person.scenario import Scenario
from lab.sip.phone import Phone

_INTO_GREETING_SECONDS = 0.3
_ROUNDS = 2
"""How often a call asks each question."""


async def compare_turns(rig: Rig, calls: int, progress: Callable[[str], None]) -> dict[Side, list[list[float]]]:
    """ms, by call, of `calls` calls a side, one at a time, the sides in turns. Raises CallFailed.

    The recogniser knows the words beforehand and the voice has spoken the answers, so both are instant.
    """
    latencies: dict[Side, list[list[float]]] = {side: [] for side in SIDES}
    for number in range(calls):
        progress(f"turns over the telephone: call {number + 1} of {calls} a side")
        for side in SIDES if number % 2 == 0 else SIDES[::-1]:
            latencies[side].append(await _latencies_of(rig, side))
    return latencies


async def _latencies_of(rig: Rig, side: Side) -> list[float]:
    async def announce(text: str, seconds: float) -> None:
        await rig.lab.expect([text], seconds=[seconds])

    scenario = _scenario(side)
    phone = Phone(await rig.stack.dial(rig.uri(side), caller=scenario.caller or ""), PATIENCE_SECONDS)
    report = await SimulatedCaller(scenario, phone, rig.lab.say, announce=announce).run()
    found = [line.latency_ms for line in report.lines[1:] if line.latency_ms is not None]
    if not found:
        raise CallFailed(f"the {side} worker answered no question of a phone call: {report.end_reason}")
    return found


def _scenario(side: Side) -> Scenario:
    """A caller who interrupts the greeting isn't asked for consent."""
    steps: list[dict[str, Any]] = [{"interrupt": {"say": OPENING, "after_seconds": _INTO_GREETING_SECONDS}}]
    steps += [{"say": question} for question in QUESTIONS * _ROUNDS]
    return Scenario.model_validate(
        {
            "name": "turns",
            "description": "Asks questions with short answers.",
            "did": NUMBERS[side],
            "caller": "+12065550181",
            "voice": VOICE,
            "patience_seconds": 5.0,
            "steps": steps,
        }
    )
