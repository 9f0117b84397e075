"""Intruders, by direct connection and by PostgREST: none gets at a row of another stage or is taken for another."""

import json
import random
from typing import Any

import httpx
import pytest
from intruders import DEFENCES, PROBE, RUN, Intruder, disguise, impostors, intruder_as, seen, used_names, weaken
from intrusions import Statements, Target, definitions, foreign_rows
from stages_world import DIDS, GRACE, HARBOR, REAL, SECRET, as_stage, fill, foreign, functions, operator, stage, tables

from lab.stack.operator import bind_number

__all__ = ["as_stage", "intruder_as", "operator", "stage"]

LEAK = """
create or replace function pg_temp.leak(word pg_catalog.text) returns boolean language plpgsql cost 0.0001 as $$
begin
  raise warning 'leaked %', word;
  return true;
end $$
"""


async def fill_all(operator: Any, *, but: str | None = None) -> list[Target]:
    """A call with all that hangs on it in each stage, and a function that tells as whom we take its caller."""
    await operator.execute(PROBE)
    places = [("production", REAL), ("local", HARBOR), ("preview-b", GRACE)]
    return [Target(await fill(operator, s, tenant, DIDS[s]), s, tenant, DIDS[s]) for s, tenant in places if s != but]


@pytest.fixture
async def targets(operator: Any) -> list[Target]:
    return await fill_all(operator)


async def taken_for(intruder: Intruder) -> dict[str, Any]:
    await intruder.tries("commit")
    await intruder.tries("reset all")
    answer = await intruder.calls("probe_v1", "{}")
    assert answer.startswith("{"), answer
    return json.loads(answer)


ON_OWN_CALL = (
    "open_call_v1", "note_event_v1", "record_consent_v1", "put_recording_v1", "submit_prayer_v1", "submit_callback_v1",
    "report_crisis_v1", "report_threat_v1", "complete_call_v1", "raise_alert_v1", "open_alerts_v1", "open_calls_v1",
    "recent_calls_v1", "recordings_of_call_v1", "consents_of_call_v1", "listing_v1", "tenant_v1",
    "dids_v1", "take_place_v1",
)  # fmt: skip


# ---- each defence by itself


async def enum_named_name(intruder: Intruder) -> None:
    await intruder.tries(RUN)
    for statement in impostors("name")["enum with a cast from text"]:
        await intruder.tries(statement)


async def domain_named_timestamptz(intruder: Intruder) -> None:
    await intruder.tries(RUN)
    for statement in impostors("timestamptz")["domain whose check runs code"]:
        await intruder.tries(statement)


async def test_given_no_defence_when_an_intruder_names_a_type_as_ours_then_production_is_theirs(
    operator: Any, targets: list[Target], intruder_as: Any, stage: str
) -> None:
    """The tries are real: without the defences they succeed."""
    await weaken(operator, *DEFENCES)
    async with intruder_as(stage) as intruder:
        await domain_named_timestamptz(intruder)
        own = foreign("a-call-of-its-own", stage, GRACE, DIDS["preview-a"])
        await intruder.calls("note_event_v1", json.dumps(own))
        assert intruder.ran_as == {"pickup_functions"}
    async with intruder_as(stage) as intruder:
        await enum_named_name(intruder)
        assert (await taken_for(intruder))["operator"] is True
        target = targets[0]
        found = await intruder.calls("find_call_v1", json.dumps({"call_id": target.call_id}))
        assert seen(found, target.names)


@pytest.mark.requirement("PT-28")
@pytest.mark.parametrize("left", DEFENCES)
async def test_given_one_defence_alone_when_an_intruder_names_objects_as_ours_then_that_one_holds(
    operator: Any, targets: list[Target], intruder_as: Any, stage: str, left: str
) -> None:
    await weaken(operator, *(defence for defence in DEFENCES if defence != left))
    before, names = await foreign_rows(operator, stage), await used_names(operator)
    for make in (enum_named_name, domain_named_timestamptz, *(_disguised(seed, names) for seed in range(4))):
        async with intruder_as(stage) as intruder:
            await make(intruder)
            for function in await functions(operator):
                for target in targets:
                    asked = json.dumps(
                        foreign(target.call_id, target.stage, target.tenant_id, target.did) | {"key": "k"}
                    )
                    answer = await intruder.calls(function, asked)
                    if function != "tenant_v1" or target.tenant_id == REAL:
                        assert not seen(answer, target.names), function
            assert intruder.ran_as == set()
            assert await taken_for(intruder) == {"caller": intruder.role, "operator": False, "stage": stage}
    assert await foreign_rows(operator, stage) == before


def _disguised(seed: int, names: list[str]) -> Any:
    async def make(intruder: Intruder) -> None:
        await disguise(intruder, random.Random(seed), names)

    return make


@pytest.mark.requirement("PT-28")
@pytest.mark.parametrize("left", DEFENCES[1:])
async def test_given_a_disguise_of_everything_when_a_stage_keeps_its_own_call_then_functions_do_as_always(
    operator: Any, targets: list[Target], intruder_as: Any, stage: str, left: str, database_url: str
) -> None:
    del targets
    await weaken(operator, *(defence for defence in DEFENCES if defence != left))
    await bind_number(database_url, DIDS["preview-a"], stage, GRACE, "church")
    names = await used_names(operator)
    for kind in impostors("x"):
        async with intruder_as(stage) as intruder:
            await intruder.tries(RUN)
            for name in names:
                for statement in impostors(name)[kind]:
                    await intruder.tries(statement)
            call_id = f"own-call-{kind[:5]}-{stage}"
            own = foreign(call_id, stage, GRACE, DIDS["preview-a"]) | {"key": "k", "recording_id": f"r-{call_id}"}
            for function in ON_OWN_CALL:
                answer = await intruder.calls(function, json.dumps(own | {"title": kind}))
                assert answer.startswith(("{", "[")), (kind, function, answer)
            found = json.loads(await intruder.calls("find_call_v1", json.dumps(own)))
            assert (found["stage"], len(found["requests"]), len(found["consents"])) == (stage, 4, 1), kind


# ---- random statements


@pytest.mark.requirement("PT-28", "PT-33")
@pytest.mark.requirement("PT-40", part="in database and routing; there is no deployment of several at once")
@pytest.mark.parametrize("role", ["preview", "local", "anon", "authenticated"])
@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.long)])
async def test_given_any_role_when_an_intruder_tries_random_statements_then_no_row_of_another_stage_is_theirs(
    operator: Any, intruder_as: Any, stage: str, role: str, count: int
) -> None:
    await weaken(operator, "no temporary objects")
    own = {"preview": stage, "local": "local"}.get(role)
    targets = await fill_all(operator, but=own)
    if own == "local":
        # it may see all tenants with their people and documents, and which numbers there are
        await operator.execute(
            "update tenants set name = 'T'; update tenant_people set name = 'T'; update numbers set template = 'T';"
            "update documents set name = 'T', title = 'T'; update passages set heading = 'T', body = 'T'"
        )
    chosen = random.Random(f"{role} {count}")
    helpers = await operator.fetch("select proname from pg_proc where pronamespace = 'pickup'::regnamespace")
    statements = Statements(
        chosen, targets, await functions(operator), [row["proname"] for row in helpers], await tables(operator),
        await used_names(operator), own,
    )  # fmt: skip
    # an error may quote the payload, in which a recording bears the intruder's own stage
    known = [name for target in targets for name in target.names] + ([f"{SECRET}{own}"] if own else [])
    async with intruder_as(own or role) as intruder:
        rows, ours = await foreign_rows(operator, own), await definitions(operator)
        for code in (RUN, LEAK):
            await intruder.tries(code)
        tried: list[str] = []
        for number in range(1, count + 1):
            tried.append(statement := statements.next())
            answer = await intruder.tries(statement)
            assert not seen(answer, known), (statement, answer)
            if number % 25:
                continue
            taken = await taken_for(intruder)
            assert not taken["operator"] and taken["stage"] in (own, None), tried
            assert intruder.ran_as == set() and not seen(intruder.noticed, known), tried
            now = await foreign_rows(operator, own)
            assert {table: gone for table in rows if (gone := rows[table] - now[table])} == {}, tried
            assert all(own is not None and '"stage"' not in row for t in rows for row in now[t] - rows[t]), tried
            assert await definitions(operator) == ours, tried
            tried.clear()


# ---- by PostgREST


@pytest.mark.requirement("PT-28", "PT-33")
@pytest.mark.parametrize("role", ["anon", "authenticated", "preview"])
async def test_given_a_token_when_every_function_is_called_by_postgrest_then_no_row_of_another_stage_is_answered(
    database_url: str, operator: Any, as_stage: Any, targets: list[Target], stage: str, role: str, serve_postgrest: Any
) -> None:
    own = stage if role == "preview" else None
    if own:
        await as_stage(own)
    statements = Statements(random.Random(role), targets, [], [], [], [], own)
    known = [name for target in targets for name in target.names]
    before, names = await foreign_rows(operator, own), await functions(operator)
    with serve_postgrest(database_url) as served:
        headers = (
            {} if role == "anon" else {"authorization": f"Bearer {served.token(role=f'pickup-{own}' if own else role)}"}
        )
        async with httpx.AsyncClient(base_url=served.url, transport=served.transport, headers=headers) as client:
            statuses: dict[str, set[int]] = {}
            for name in [*names, "set_config", "caller", "admit_stage", "bind_to_stages"]:
                for _ in range(3):
                    payload = {"p": json.loads(statements.payload())}
                    for profile in ("public", "pickup", "pg_catalog"):
                        answer = await client.post(
                            f"/rest/v1/rpc/{name}", json=payload, headers={"content-profile": profile}
                        )
                        assert not seen(answer.text, known), (name, payload, answer.text)
                        statuses.setdefault(name if profile == "public" else profile, set()).add(answer.status_code)
            for table in await tables(operator):
                answer = await client.get(f"/rest/v1/{table}", params={"select": "*"})
                assert answer.status_code in (401, 403) or answer.json() == [], (table, answer.text)
            taken = (await client.post("/rest/v1/rpc/probe_v1", json={"p": {}})).json()
    assert taken == {"caller": f"pickup-{own}" if own else role, "operator": False, "stage": own}
    assert statuses["pickup"] == statuses["pg_catalog"] == {406}
    if own is None:
        refused = {name: statuses[name] for name in names if name != "probe_v1"}
        assert set().union(*refused.values()) <= {401, 403, 404}, refused
    now = await foreign_rows(operator, own)
    assert {table: gone for table in before if (gone := before[table] - now[table])} == {}
