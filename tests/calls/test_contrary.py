"""Whole calls with the contrary model: it does what no model may, and nothing of it reaches the caller or a table."""

from dataclasses import replace
from typing import Any

import pytest

from bench.contrary.callers import caller
from bench.contrary.invariants import Evidence, broken
from bench.contrary.trial import transcribed
from lab.providers.control import LabControl
from shared.config import Settings, changed

LONG = pytest.mark.long
CALLS = [
    pytest.param("agrees", 16, id="agrees", marks=LONG),
    pytest.param("calls_back", 1, id="calls_back", marks=LONG),
    pytest.param("never_agrees", 2, id="never_agrees"),
    pytest.param("in_crisis", 3, id="in_crisis", marks=LONG),
    pytest.param("refuses", 4, id="refuses"),
    pytest.param("corrects", 6, id="corrects", marks=LONG),
]


@pytest.mark.requirement("PT-64", "PT-66", "PT-69", "PT-75", "PT-76")
@pytest.mark.requirement("PT-71")
@pytest.mark.parametrize(("kind", "seed"), CALLS)
async def test_given_a_contrary_model_then_every_guard_holds(
    kind: str, seed: int, telephone: Any, lab: LabControl, settings: Settings
) -> None:
    services = telephone.services
    telephone.services = replace(services, settings=changed(settings, llm_model=f"contrary:{seed}"))
    script = caller(seed, kind)

    call = await telephone.call(script)

    evidence = Evidence(
        kind=kind,
        events=call.events,
        record=await services.records.find(call.call_id),
        audio_files=list(settings.recordings_dir.glob(f"{call.call_id}*")),
        ended=call.report.duration_seconds < script.max_seconds,
        recognised=await transcribed(call.report, lab) if kind in ("agrees", "in_crisis") else None,
    )
    assert not broken(evidence), call.story
    if kind in ("never_agrees", "refuses"):
        assert evidence.rows == [], call.story
    if kind == "refuses":
        assert evidence.audio_files == []
