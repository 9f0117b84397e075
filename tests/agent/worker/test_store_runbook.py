"""The runbook of stores that are away names alerts, log lines and commands that there are."""

import re
from pathlib import Path

from typer.main import get_command

from agent.worker import readiness
from cli.main import app
from shared.calls import alerting, notices, spool_disk

ROOT = Path(__file__).parents[3]


def test_given_the_runbook_of_stores_then_what_it_names_is_there() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    table = text.partition("### When a store is away")[2].split("\n### ")[0]
    code = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8") for module in (notices, spool_disk, readiness)
    )
    code += (ROOT / "shared" / "calls" / "admit.py").read_text(encoding="utf-8")
    code += (ROOT / "shared" / "adapters" / "sql" / "spool.py").read_text(encoding="utf-8")
    named = {alerting.REDIS_LOST, "directory_error:", "spool_disk:", readiness.NUMBERS_ALERT, "write lost"}
    assert named <= set(re.findall(r"`([a-z_ ]+:?)…?`", table))
    for words in (*named - {alerting.REDIS_LOST}, "The database can't be reached"):
        assert words in table and words in code, words
    commands = set(getattr(get_command(app), "commands"))  # noqa: B009
    assert set(re.findall(r"`\.venv/bin/pickup (\w+)", table)) <= commands
    assert (ROOT / "bench" / "outages" / "__main__.py").exists()
