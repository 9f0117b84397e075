"""The runbook of a rental in trouble: each symptom with the command that shows the evidence."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from agent.businesses.rental import inventory
from agent.worker import attend
from cli.main import app

ROOT = Path(__file__).parents[4]


@pytest.mark.requirement("RP-48")
def test_given_the_runbook_then_it_has_three_symptoms_and_names_commands_and_log_lines_that_there_are() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    table = text.partition("### An equipment rental in trouble")[2].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [re.split(r"[,|]", row)[1].strip() for row in rows] == [
        "calls aren't answered", "answered", "bookings don't show",
    ]  # fmt: skip
    commands = set(getattr(get_command(app), "commands"))  # noqa: B009
    for row in rows:
        named = re.findall(r"`\.venv/bin/(pickup|modal) (\w+)", row)
        assert named and all(command in commands for program, command in named if program == "pickup"), row
    code = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (inventory, attend))
    code += (ROOT / "agent" / "call.py").read_text(encoding="utf-8")
    for action in re.findall(r"`((?:inventory|call)_\w+)`", table):
        assert f'action="{action}"' in code, action
