"""Patient callers and a sloppy model: each gets the one row they asked for, or the truth that it couldn't be taken."""

import asyncio
from typing import Any

import pytest

from agent.speech.engines import connections, open_engines
from bench.sloppy.trial import Trial, trial
from lab.providers.control import LabControl
from shared.config import needed
from shared.services import Services

AT_ONCE = 4


@pytest.mark.parametrize(("calls", "least"), [(8, 7), pytest.param(50, 45, marks=pytest.mark.long)])
async def test_given_a_sloppy_model_then_patient_callers_get_what_they_ask_for(
    calls: int, least: int, services: Services, lab: LabControl, ear: Any
) -> None:
    limit = asyncio.Semaphore(AT_ONCE)
    async with connections(), open_engines(needed(services.settings.speech), ear) as engines:

        async def one(seed: int) -> Trial:
            async with limit:
                return await trial(seed, services, engines)

        trials = await asyncio.gather(*(one(seed) for seed in range(calls)))
    failed = [each for each in trials if not each.live]
    assert len(failed) <= calls - least, [(each.seed, each.result, each.talk) for each in failed]
    assert all(each.rows <= 1 for each in trials)
