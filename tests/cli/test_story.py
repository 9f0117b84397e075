"""What a recorded call looks like on the command line."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from cli.story import costs, traversal
from shared.domain.call import CallRecord

RANG = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def record(*visits: Any) -> CallRecord:
    fields: dict[str, Any] = dict.fromkeys(
        (
            "call_id",
            "stage",
            "release",
            "tenant_id",
            "tenant_name",
            "template",
            "did",
            "caller",
            "answered_at",
            "ended_at",
            "disposition",
            "outcome",
            "ended_by",
            "end_reason",
            "cost_usd",
        )
    )
    fields |= {"decision": {}, "cost_items": {}, "transcript": (), "usage": (), "ringing_at": RANG, "traversal": visits}
    return CallRecord(**fields)


def test_given_a_call_that_was_handed_on_then_each_step_is_shown_with_its_template_its_times_and_its_reason() -> None:
    first = {
        "node": "desk",
        "template": "church",
        "version": "shipped",
        "why": "start",
        "arguments": {},
        "entered_at": "2026-05-04T12:00:01.500000+00:00",
        "left_at": "2026-05-04T12:00:20+00:00",
    }
    second = {
        "node": "yard",
        "template": "rental",
        "version": "7",
        "why": "route_to_agent",
        "arguments": {"template": "rental", "wish": "a drill"},
        "entered_at": "2026-05-04T12:00:20+00:00",
    }
    console = Console(width=120, record=True, file=io.StringIO())
    table = traversal(record("an_older_releases_node", first, second))
    assert table is not None
    console.print(table)
    rows = [line.split() for line in console.export_text().splitlines()[2:]]
    assert rows[0] == ["1.5", "20.0", "church/desk", "start"]
    assert rows[1][:4] == ["20.0", "rental", "7/yard", "route_to_agent(template='rental',"]
    assert traversal(record()) is None


@pytest.mark.requirement("OP-71", "OP-73")
def test_given_a_calls_costs_then_each_kind_the_total_and_the_minute_of_connected_time_are_shown() -> None:
    items: dict[str, Decimal | None] = {
        "stt": Decimal("0.00385"), "llm": Decimal("0.0000705"), "tts": Decimal("0.01"),
    }  # fmt: skip
    call = replace(record(), cost_items=items, cost_usd=Decimal("0.0139205"))

    def shown(seconds: float | None, total: Decimal | None = call.cost_usd) -> list[str]:
        rang_for = timedelta(seconds=4)
        answered, ended = (
            (None, None) if seconds is None else (RANG + rang_for, RANG + rang_for + timedelta(0, seconds))
        )
        table = costs(replace(call, answered_at=answered, ended_at=ended, cost_usd=total))
        assert table is not None
        return [" ".join(map(str, row)) for row in zip(*(column.cells for column in table.columns), strict=True)]

    assert shown(20)[:3] == ["llm 0.00007", "stt 0.00385", "tts 0.01000"]
    assert shown(20)[3:] == ["[bold]total [bold]0.01392", "a minute, of 0.3 0.04176"]
    assert shown(30)[4] == "a minute, of 0.5 0.02784"
    assert shown(None)[4] == "a minute, of 0.0 0.00000" and shown(30, None)[4] == "a minute, of 0.5 unknown"
