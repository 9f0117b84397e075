"""How long callers wait: the same conversation with either side, in blocks that take turns."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bench.agents import SIDES, AgentProcess, Side
from bench.meter import machine_busy_seconds
from bench.stage import Stage
from bench.statistics import median

TURNS_A_CALL = 10


@dataclass
class Waits:
    """Of one side, in ms."""

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
    """Share of all processors' time meanwhile, 0 … 1, whoever used it."""


async def compare_turns(stage: Stage, turns: int, parallel: int, progress: Callable[[str], None]) -> Turns:
    """At least `turns` turns a side; `parallel` calls at once."""
    waits: dict[Side, Waits] = {side: Waits() for side in SIDES}
    blocks = -(-turns // (parallel * TURNS_A_CALL))
    async with AsyncExitStack() as running:
        agents = {side: await running.enter_async_context(stage.agent(side)) for side in SIDES}
        for agent in agents.values():
            await _call(stage, agent, 0, 2, Waits([[]], [[]]))
        busy, whole = machine_busy_seconds()
        for block in range(blocks):
            # A B, B A, …: what the machine does slowly meets both sides alike
            for side in SIDES if block % 2 == 0 else reversed(SIDES):
                waits[side].blocks.append([])
                waits[side].answers.append([])
                async with asyncio.TaskGroup() as calls:
                    for number in range(parallel):
                        calls.create_task(_call(stage, agents[side], number, TURNS_A_CALL, waits[side]))
            so_far = ", ".join(f"{side} {median(waits[side].turns):.0f} ms" for side in SIDES if waits[side].turns)
            progress(f"turns: block {block + 1} of {blocks}, medians so far: {so_far}")
        busy_after, whole_after = machine_busy_seconds()
    return Turns(waits, (busy_after - busy) / max(0.01, whole_after - whole))


async def _call(stage: Stage, agent: AgentProcess, number: int, turns: int, waits: Waits) -> None:
    async with stage.call(agent, number) as call:
        for turn in range(turns):
            # each of parallel calls begins elsewhere on the detector's grid
            await call.ask(number * TURNS_A_CALL + turn)
    waits.answers[-1].append(call.answer_seconds * 1000)
    waits.blocks[-1] += [latency * 1000 for latency in call.latencies]
    waits.lost_turns += call.lost_turns
