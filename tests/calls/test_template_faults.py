"""A number whose template can't be used: the caller hears an apology, and the record says that we failed."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

import agent.businesses
from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.services import Services

DID = "+12065550188"
BROKEN = """
from pathlib import Path
from agent.businesses.business import Business

BUSINESS = Business(Path(__file__).parent, (), lambda rows: rows)
"""


@pytest.mark.requirement("PT-22")
@pytest.mark.parametrize("content", [None, "name: broken\nnodes: {desk: {tools: [fly]}}\n"], ids=["missing", "broken"])
async def test_given_a_number_whose_template_cant_be_used_then_the_caller_hears_an_apology_and_the_error_is_recorded(
    content: str | None,
    telephone: Any,
    lab: LabControl,
    services: Services,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "lost" if content is None else "broken"
    if content is not None:
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "__init__.py").write_text(BROKEN)
        (tmp_path / "broken" / "template.yaml").write_text(content)
        monkeypatch.setattr(agent.businesses, "__path__", [*agent.businesses.__path__, str(tmp_path)])
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "insert into numbers (did, stage, tenant_id, template)"
            " select $1, 'local', id, $2 from tenants where name = 'Grace Community Church'",
            DID,
            name,
        )
        call = await telephone.call(Scenario(name="listens", description="Listens.", did=DID, steps=("listen",)))
        assert await connection.fetchval("select count(*) from calls") == 1
    finally:
        await connection.close()

    assert call.agent_words == TECHNICAL_TROUBLE, call.story
    heard = await lab.hear(call.agent_sound_at_the_end(8.0))
    assert "wrong on our side" in heard.lower(), heard
    record = await services.records.find(call.call_id)
    assert record is not None and record.ended_at is not None
    assert (record.disposition, record.outcome, record.end_reason) == ("ANSWERED", "ERROR", "error")
    assert [event.fields for event in record.events if event.kind == "error"] == [{"error": "TemplateError"}]
