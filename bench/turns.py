"""Measures how long callers wait: the same conversation with both sides, in alternating blocks."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bench.agents import TURN_SIDES, AgentProcess, Side
from bench.meter import machine_busy_seconds
from bench.stage import Stage
from bench.statistics import median


@dataclass
class Waits:
    """The waits of one side, in ms."""

    blocks: list[list[float]] = field(default_factory=list[list[float]])
    """Turn latencies, by block."""
    answers: list[list[float]] = field(default_factory=list[list[float]])
    """From the ring to the first sound, by block."""
    lost_turns: int = 0

    @property
    def turns(self) -> list[float]:
        return [latency for block in self.blocks for latency in block]

    @property
    def all_answers(self) -> list[float]:
        return [answer for block in self.answers for answer in block]


@dataclass(frozen=True)
class Turns:
    waits: dict[Side, Waits]
    machine_busy: float
    """Share of all processors' time in use meanwhile, 0 … 1, by any process."""


@dataclass(frozen=True)
class TurnPlan:
    """At least `turns` turns a side, in blocks of `parallel` calls with `turns_a_call` turns each."""

    turns: int
    parallel: int
    turns_a_call: int

    @property
    def blocks(self) -> int:
        return -(-self.turns // (self.parallel * self.turns_a_call))


async def compare_turns(stage: Stage, plan: TurnPlan, progress: Callable[[str], None]) -> Turns:
    """Measures all sides. Raises an ExceptionGroup of CallFailed when an agent doesn't answer."""
    waits: dict[Side, Waits] = {side: Waits() for side in TURN_SIDES}
    async with AsyncExitStack() as running:
        agents = {side: await running.enter_async_context(stage.agent(side)) for side in TURN_SIDES}
        async with asyncio.TaskGroup() as calls:
            for number, agent in enumerate(agents.values()):
                calls.create_task(_call(stage, agent, number, 1, Waits([[]], [[]])))
        busy, whole = machine_busy_seconds()
        for block in range(plan.blocks):
            # A B C, C B A, …: slow drifts of the machine meet all sides alike
            for side in TURN_SIDES if block % 2 == 0 else reversed(TURN_SIDES):
                waits[side].blocks.append([])
                waits[side].answers.append([])
                async with asyncio.TaskGroup() as calls:
                    for number in range(plan.parallel):
                        calls.create_task(_call(stage, agents[side], number, plan.turns_a_call, waits[side]))
            so_far = ", ".join(f"{side} {median(waits[side].turns):.0f} ms" for side in TURN_SIDES if waits[side].turns)
            progress(f"turns: block {block + 1} of {plan.blocks}, medians so far: {so_far}")
        busy_after, whole_after = machine_busy_seconds()
    return Turns(waits, (busy_after - busy) / max(0.01, whole_after - whole))


async def _call(stage: Stage, agent: AgentProcess, number: int, turns: int, waits: Waits) -> None:
    async with stage.call(agent, number) as call:
        for turn in range(turns):
            # each of the parallel calls begins at another phase of the detector's grid
            await call.ask(number * turns + turn)
    waits.answers[-1].append(call.answer_seconds * 1000)
    waits.blocks[-1] += [latency * 1000 for latency in call.latencies]
    waits.lost_turns += call.lost_turns
