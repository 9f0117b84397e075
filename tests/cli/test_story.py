"""What a recorded call looks like on the command line."""

import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from cli.story import traversal
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
