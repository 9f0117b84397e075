"""Measures the cost of calls: memory and processor time of an agent's process as the calls at once increase."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.agents import SIDES, AgentProcess, Side
from bench.meter import cpu_seconds, memory
from bench.stage import Stage
from bench.statistics import median, slope

_SETTLE_SECONDS = 1.5
_SAMPLES = 8


@dataclass(frozen=True)
class Level:
    """The measurements with `calls` calls in conversation at once."""

    calls: int
    pss_mb: float
    rss_mb: float
    cpu_percent: float
    """Of one core."""


@dataclass(frozen=True)
class Climb:
    """One fresh process, from idle (0 calls) to the most calls."""

    levels: tuple[Level, ...]

    def at(self, calls: int) -> Level:
        return next(level for level in self.levels if level.calls == calls)

    def a_call(self, what: str) -> float:
        """How much of `what` (a field of `Level`) each further call costs."""
        return slope([(level.calls, getattr(level, what)) for level in self.levels if level.calls])


Load = dict[Side, list[Climb]]


def typical(climbs: Sequence[Climb], what: str) -> float:
    return median([climb.a_call(what) for climb in climbs])


@dataclass(frozen=True)
class LoadPlan:
    """How many calls at once, in order; how many fresh processes a side; how long each level is measured."""

    levels: tuple[int, ...]
    climbs: int
    window_seconds: float


async def compare_load(stage: Stage, plan: LoadPlan, progress: Callable[[str], None]) -> Load:
    """Measures both sides in alternation."""
    load: Load = {side: [] for side in SIDES}
    for index in range(plan.climbs):
        for side in SIDES if index % 2 == 0 else reversed(SIDES):
            async with stage.agent(side) as agent:
                load[side].append(await _climb(stage, agent, plan))
            last = load[side][-1]
            progress(
                f"load: climb {index + 1} of {plan.climbs}, {side}: {last.a_call('pss_mb'):.2f} MB"
                f" and {last.a_call('cpu_percent'):.2f} % of a core a call"
            )
    return load


async def _climb(stage: Stage, agent: AgentProcess, plan: LoadPlan) -> Climb:
    reached = [await _measured(agent, 0, plan.window_seconds / 2)]
    over = asyncio.Event()
    numbers = itertools.count()
    async with asyncio.TaskGroup() as calls:
        try:
            for level in plan.levels:
                talking = [asyncio.Event() for _ in range(level - reached[-1].calls)]
                for begun in talking:
                    calls.create_task(_talk(stage, agent, next(numbers), begun, over))
                await asyncio.gather(*(begun.wait() for begun in talking))
                reached.append(await _measured(agent, level, plan.window_seconds))
        finally:
            over.set()
    return Climb(tuple(reached))


async def _talk(stage: Stage, agent: AgentProcess, number: int, begun: asyncio.Event, over: asyncio.Event) -> None:
    async with stage.call(agent, number) as call:
        begun.set()
        for turn in itertools.count():
            if over.is_set():
                return
            await call.ask(turn)


async def _measured(agent: AgentProcess, calls: int, seconds: float) -> Level:
    await asyncio.sleep(_SETTLE_SECONDS)
    used, clock = cpu_seconds(agent.pid), asyncio.get_running_loop().time()
    samples = []
    for _ in range(_SAMPLES):
        samples.append(memory(agent.pid))
        await asyncio.sleep(seconds / _SAMPLES)
    share = (cpu_seconds(agent.pid) - used) / (asyncio.get_running_loop().time() - clock)
    return Level(
        calls,
        round(median([sample.pss_mb for sample in samples]), 2),
        round(median([sample.rss_mb for sample in samples]), 2),
        round(share * 100, 2),
    )
