"""Every shipped scenario, as a whole call on real audio, held to what it expects."""

import re
from typing import Any

import asyncpg
import pytest

from lab.person.scenario import Scenario, all_scenarios
from shared.config import Settings
from shared.services import Services

LONG = (
    "address",
    "anonymous",
    "assistant",
    "callback",
    "changes_mind",
    "corrects_name",
    "hangs_up_mid_answer",
    "hangs_up_while_sending",
    "mumbles_noise",
    "orders",
    "refuse_recording",
    "rental",
    "stop_recording",
    "stops_and_asks",
    "tasks",
    "thinks_aloud",
)
"""Talk through what others talk through too, with a turn more; or what test_hang_ups and test_recording look into."""
SCENARIOS = [
    pytest.param(scenario, id=scenario.name, marks=[pytest.mark.long] if scenario.name in LONG else [])
    for scenario in all_scenarios()
]


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_the_call_becomes_what_the_scenario_expects(
    scenario: Scenario, telephone: Any, services: Services, settings: Settings, database_url: str
) -> None:
    call = await telephone.call(scenario)

    record, expected = await services.records.find(call.call_id), scenario.expect
    assert record is not None
    story = "\n".join(f"{e.kind}: {e.fields}" for e in call.events)
    assert record.disposition == (expected.disposition or record.disposition), story
    assert record.outcome == (expected.outcome or record.outcome), story
    assert record.ended_at is not None
    if expected.consent:
        assert [c["answer"].lower() for c in record.consents][-1] == expected.consent, story
    if expected.recording is not None:
        kept = [r for r in record.recordings if not r.get("deleted_at")]
        assert bool(kept) is expected.recording, story
        assert bool(list(settings.recordings_dir.glob("*.ogg"))) is expected.recording
    at = 0
    for pattern in expected.heard:
        found = re.compile(pattern, re.IGNORECASE).search(call.agent_words, at)
        assert found, f"{pattern!r} not heard after {call.agent_words[:at]!r}\n{story}"
        at = found.end()
    for pattern in expected.not_heard:
        assert not re.search(pattern, call.agent_words, re.IGNORECASE), story
    connection = await asyncpg.connect(database_url)
    try:
        for table, count in expected.rows.items():
            rows = await connection.fetch(f"select * from {table} where call_id = $1", call.call_id)
            assert len(rows) == count, f"{table}: {rows}\n{story}"
        for column, patterns in expected.said.items():
            table, name = column.split(".")
            text = " ".join(
                str(r[0])
                for r in await connection.fetch(f"select {name} from {table} where call_id = $1", call.call_id)
            )
            for pattern in patterns:
                assert re.search(pattern, text, re.IGNORECASE), f"{column}: {text!r} lacks {pattern!r}\n{story}"
    finally:
        await connection.close()
