"""A business made by `pickup business new` answers a call at once: checked, migrated, its scenario typed."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typed_desk import opened

import agent.businesses
from agent.businesses.business import business_of
from agent.businesses.template_file import check_template
from cli.business import ROOT, new_business
from lab.person.scenario import Say, load_scenario
from lab.providers.control import LabControl
from shared.domain.template import playbook
from shared.errors import InputError
from shared.services import Services

NAME = "apothecary_desk"
"""Its imports stand before those of `agent.businesses.business`."""


def checkout(folder: Path) -> Path:
    for part in ("agent/businesses", "supabase/schema/businesses", "supabase/seeds"):
        (folder / part).mkdir(parents=True)
    return folder


async def migrated(root: Path, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    for sql in (
        (root / f"supabase/schema/businesses/{NAME}.sql").read_text(encoding="utf-8"),
        "select pickup.bind_to_stages()",
        *[(root / f"supabase/seeds/{NAME}.sql").read_text(encoding="utf-8")] * 2,
    ):
        await connection.execute(sql)
    await connection.close()


async def test_given_a_new_business_then_it_is_whole_and_a_typed_call_by_its_scenario_becomes_what_that_expects(
    services: Services, lab: LabControl, ear: Any, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path)
    files = new_business(NAME, root)
    ours = "lint.isort.known-first-party = ['agent', 'shared']"
    check = [sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", "--config", ours]
    ruff = await asyncio.create_subprocess_exec(*check, *(each for each in files if each.suffix == ".py"), cwd=root)
    assert await ruff.wait() == 0
    monkeypatch.setattr(agent.businesses, "__path__", [*agent.businesses.__path__, str(root / "agent/businesses")])
    template = business_of(NAME).template
    text = (root / f"agent/businesses/{NAME}/template.yaml").read_text(encoding="utf-8")
    assert check_template(text, lambda name: business_of(name).tool_names) == (template, ())
    await migrated(root, database_url)
    await lab.teach({f"{NAME}/{node}": playbook(known) for node, known in template.nodes.items()})

    scenario = load_scenario(str(root / f"lab/person/scenarios/{NAME}.yaml"))
    async with opened(services, ear) as desk:
        line, greeting = await desk.ring(scenario.caller or "", did=scenario.did)
        assert "Apothecary Desk" in greeting
        for step in scenario.steps:
            assert isinstance(step, Say)
            await line.say(step.text)
        await desk.hang_up(line)
    record = await services.records.find(line.call_id)
    assert record is not None and record.outcome == scenario.expect.outcome, line.words
    (note,) = record.requests
    assert (note["kind"], "gate" in note["text"], note["caller_name"]) == ("note", True, "Maria Delgado")
    assert note["reason"] == note["text"], "what `pickup calls` shows of it"


def test_given_a_name_that_is_bad_or_taken_then_nothing_is_written_and_the_error_says_why(tmp_path: Path) -> None:
    root = checkout(tmp_path / "here")
    new_business("bakery", root)
    before = sorted(root.rglob("*"))
    table = {
        "bakery": "agent/businesses/bakery/__init__.py",
        "Bakery": "lower-case",
        "dog hotel": "lower-case",
        "dog-hotel": "dog_hotel",
        "9lives": "a letter first",
        "class": "Python",
        "../etc": "lower-case",
        "": "lower-case",
        "a" * 31: "30 at most",
        "çafé": "lower-case",
    }
    wrong: list[str] = []
    for name, reason in table.items():
        try:
            new_business(name, root)
            wrong.append(f"{name!r} was made")
        except InputError as error:
            if reason not in str(error):
                wrong.append(f"{name!r}: {error}")
    assert wrong == [] and sorted(root.rglob("*")) == before
    with pytest.raises(InputError, match="no checkout"):
        new_business("bakery", tmp_path)
    with pytest.raises(InputError, match="is taken"):
        new_business("church", ROOT)
    new_business("dog_hotel", root)
    seeds = [(root / f"supabase/seeds/{name}.sql").read_text(encoding="utf-8") for name in ("bakery", "dog_hotel")]
    assert ["+14255550100" in each for each in seeds] == [True, False], "each has a number of its own"
