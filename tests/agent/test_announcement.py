"""In which words a caller is turned away."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from agent.announcement import promise_of_callback, words_of
from shared.calls.admit import Admission
from shared.config import overrides_of
from shared.domain.announcements import announcement, technical_trouble
from shared.domain.routing import Announce, Reason
from shared.domain.tenant import Listing
from shared.errors import StoreUnavailable
from shared.services import Services

GRACE = "00000000-0000-4000-a000-000000000001"
DID, CALLER = "+12065550100", "+12065550142"
SPANISH = Listing(DID, "local", True, "tenant", GRACE, "church", language="es-MX")


def turned_away(reason: Reason, listing: Listing | None = None, tenant_id: str | None = None) -> Admission:
    return Admission(Announce(reason, tenant_id), listing, None, DID, CALLER)


async def words(admission: Admission, services: Services) -> str:
    return await words_of(admission.decision.reason, admission, "a-call-of-this-test", services)


async def test_given_a_tenant_that_speaks_spanish_then_its_callers_hear_spanish(services: Services) -> None:
    said = await words(turned_away(Reason.OVER_LIMIT, SPANISH, GRACE), services)
    assert said == announcement(Reason.OVER_LIMIT, language="es")


async def test_given_a_decision_that_another_made_then_the_tenants_language_is_asked_for(services: Services) -> None:
    connection = await asyncpg.connect(overrides_of(services.settings)["database_url"])
    await connection.execute("update tenants set language = 'es' where id = $1", GRACE)
    await connection.close()
    said = await words(turned_away(Reason.CALLER_BLOCKED, None, GRACE), services)
    assert said == announcement(Reason.CALLER_BLOCKED, language="es")


async def test_given_nobody_who_could_tell_the_language_then_it_is_english(services: Services) -> None:
    assert await words(turned_away(Reason.NUMBER_UNKNOWN), services) == announcement(Reason.NUMBER_UNKNOWN)


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
async def test_given_a_technical_problem_then_the_promise_is_in_the_tenants_language(services: Services) -> None:
    said = await words(turned_away(Reason.DIRECTORY_ERROR, SPANISH), services)
    assert said == announcement(Reason.DIRECTORY_ERROR, language="es")


async def test_given_a_promise_that_cannot_be_kept_then_none_is_made(services: Services) -> None:
    class Refusing:
        async def call_back(self, callback: Any) -> Any:
            raise StoreUnavailable("neither Postgres nor the spool", "")

    without: Any = Refusing()
    admission = turned_away(Reason.DIRECTORY_ERROR, SPANISH)
    said = await promise_of_callback(admission, "a-call-of-this-test", replace(services, requests=without))
    assert said == technical_trouble("es")
