"""What every transport to Postgres must do. The same cases over each, supabase-py on a real PostgREST."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from stores_world import CALLER, NOON, Straight, World, completion

from shared.adapters.sql.stores import SqlRequests
from shared.domain.call import (
    CallEvent,
    CallFacts,
    Utterance,
    conclude,
)
from shared.domain.language.consent import ConsentAnswer, ConsentRecord
from shared.domain.tenant import Holding
from shared.errors import DirectoryError, InputError, StoreError, StoreUnavailable
from shared.ports import Receipt, RecordingEntry

# ---- the directory


async def test_when_a_number_is_bound_then_its_listing_tells_all(world: World) -> None:
    await world.sql.execute("update tenants set calls_limit = 7 where id = $1", world.tenant_id)
    await world.sql.execute("update numbers set allowlist = '{2065550142}' where did = $1", world.did)
    listing = await world.directory.listing(world.did, "2065550142")
    assert listing is not None
    assert (listing.did, listing.stage, listing.active, listing.route) == (world.did, world.stage, True, "tenant")
    assert (listing.tenant_id, listing.template, listing.allowlist) == (world.tenant_id, "church", ("2065550142",))
    assert (listing.caller_blocked, listing.calls_limit, listing.calls_used) == (False, 7, 0)


async def test_when_a_number_is_asked_for_then_its_holder_is_the_listings(world: World) -> None:
    listing = await world.directory.listing(world.did, "")
    assert listing is not None
    assert (
        await world.directory.holding(world.did)
        == listing.holding
        == Holding(world.stage, True, "tenant", world.tenant_id)
    )
    assert await world.directory.holding("+4930555010203") is None


async def test_when_no_row_is_there_then_the_answer_is_none_and_no_error(world: World) -> None:
    assert await world.directory.listing("+4930555010203", "") is None
    assert await world.directory.tenant(str(uuid.uuid4())) is None


async def test_when_a_caller_is_blocked_then_only_that_caller_is(world: World) -> None:
    await world.sql.execute("insert into blocked_callers (tenant_id, caller) values ($1, '666')", world.tenant_id)
    blocked = [await world.directory.listing(world.did, caller) for caller in ("666", "667", "")]
    assert [listing is not None and listing.caller_blocked for listing in blocked] == [True, False, False]


async def test_when_a_caller_is_blocked_in_any_notation_then_they_are(world: World) -> None:
    caller, others = "2065550166", ("2065550167", "+442065550166", "+33655501667", "")
    notations = ("+1 (206) 555-0166", "12065550166", "001 206 555 0166", "0012065550166", "tel:+1-206-555-0166;ext=7")
    for notation in notations:
        await world.sql.execute("delete from blocked_callers where tenant_id = $1", world.tenant_id)
        await world.sql.execute("insert into blocked_callers values ($1, $2)", world.tenant_id, notation)
        asked = [await world.directory.listing(world.did, each) for each in (caller, *others)]
        assert [each is not None and each.caller_blocked for each in asked] == [True] + [False] * 4, notation


async def test_when_a_number_is_inactive_then_it_is_told_as_such(world: World) -> None:
    assert await world.directory.dids(world.stage) == [world.did]
    await world.database.call("release_number_v1", {"did": world.did, "stage": world.stage})
    listing = await world.directory.listing(world.did, "")
    assert listing is not None
    assert listing.active is False
    assert await world.directory.dids(world.stage) == []


async def test_when_a_tenant_is_asked_for_then_its_facts_come(world: World) -> None:
    tenant = await world.directory.tenant(world.tenant_id)
    assert tenant is not None
    assert (tenant.name, tenant.timezone, tenant.language) == ("St. Ansgar", "America/Los_Angeles", "en")
    assert (tenant.facts, tenant.is_demo, tenant.greeting) == ({"address": "1 Hill Road"}, True, None)


async def test_when_the_tenant_id_is_no_uuid_then_it_is_a_directory_error(world: World) -> None:
    with pytest.raises(DirectoryError) as caught:
        await world.directory.tenant("not-a-uuid")
    assert caught.value.cause_code == "22P02"


@pytest.mark.requirement("PT-09")
async def test_when_a_number_is_bound_twice_then_the_second_is_refused_and_names_the_first(world: World) -> None:
    grace = "00000000-0000-4000-a000-000000000001"
    binding = {"did": world.did, "stage": world.stage, "tenant_id": world.tenant_id, "template": "church"}
    assert await world.database.call("bind_number_v1", binding) == {"bound": True}
    for other in ({"tenant_id": grace}, {"stage": "local"}):
        with pytest.raises(StoreError, match=rf"already active for St\. Ansgar .*{world.stage}") as caught:
            await world.database.call("bind_number_v1", binding | other)
        assert caught.value.cause_code == "23505"
        assert not isinstance(caught.value, StoreUnavailable)
    await world.database.call("release_number_v1", {"did": world.did, "stage": world.stage})
    assert await world.database.call("bind_number_v1", binding | {"tenant_id": grace}) == {"bound": True}


# ---- the calls limit


@pytest.mark.requirement("PT-16")
async def test_when_many_calls_ask_at_once_then_no_more_places_are_taken_than_there_are(world: World) -> None:
    await world.sql.execute("update tenants set calls_limit = 5 where id = $1", world.tenant_id)
    ids = [uuid.uuid4().hex for _ in range(20)]
    taken = await asyncio.gather(*(world.calls.take_place(call_id, world.tenant_id, NOON) for call_id in ids))
    assert sum(taken) == 5
    again = await asyncio.gather(*(world.calls.take_place(call_id, world.tenant_id, NOON) for call_id in ids))
    assert again == taken, "a call that has its place keeps it, and no further one is given"


@pytest.mark.requirement("PT-16")
@pytest.mark.parametrize(("limit", "expected"), [(None, True), (0, False)])
async def test_when_the_limit_is_empty_or_zero_then_all_or_none_are_admitted(
    world: World, limit: int | None, expected: bool
) -> None:
    await world.sql.execute("update tenants set calls_limit = $2 where id = $1", world.tenant_id, limit)
    assert await world.calls.take_place(uuid.uuid4().hex, world.tenant_id, NOON) is expected


@pytest.mark.requirement("PT-86")
async def test_when_a_month_ends_in_the_tenants_timezone_then_the_count_begins_anew(world: World) -> None:
    await world.sql.execute("update tenants set calls_limit = 1 where id = $1", world.tenant_id)
    may_there = datetime(2026, 6, 1, 6, 59, tzinfo=UTC)  # 23:59 on 31 May in Los Angeles
    assert await world.calls.take_place(uuid.uuid4().hex, world.tenant_id, NOON)
    assert not await world.calls.take_place(uuid.uuid4().hex, world.tenant_id, may_there)
    assert await world.calls.take_place(uuid.uuid4().hex, world.tenant_id, may_there + timedelta(minutes=1))


async def test_when_the_tenant_is_unknown_then_a_place_is_an_error_and_no_refusal(world: World) -> None:
    with pytest.raises(StoreError) as caught:
        await world.calls.take_place(uuid.uuid4().hex, str(uuid.uuid4()), NOON)
    assert caught.value.cause_code == "P0002"


# ---- calls


async def test_when_a_call_is_told_whole_then_it_is_read_back_so(world: World) -> None:
    opening = world.opening()
    assert await world.calls.open(opening) is Receipt.STORED
    assert await world.calls.note(CallEvent(opening.call_id, "answered", "answered", NOON, {"ring_ms": 812}))
    assert await world.calls.complete(completion(opening.call_id)) is Receipt.STORED
    record = await world.records.find(opening.call_id)
    assert record is not None
    assert (record.stage, record.release, record.tenant_name) == (world.stage, "r1", "St. Ansgar")
    assert (record.did, record.caller, record.template) == (world.did, "+12065550142", "church")
    assert record.decision == opening.decision
    assert (record.ringing_at, record.answered_at) == (NOON, NOON + timedelta(seconds=1))
    assert (record.disposition, record.outcome) == ("ANSWERED", "QUESTION_ANSWERED")
    assert (record.ended_at, record.ended_by) == (NOON + timedelta(seconds=61), "caller")
    assert record.cost_usd == Decimal("0.012345")
    assert record.cost_items == {"stt": Decimal("0.012345"), "carrier": None}
    assert record.transcript[0]["text"] == "Thank you for calling."
    assert record.transcript[0]["latency_ms"] == {"total": 310.5}
    assert record.usage[0]["audio_seconds"] == 60.5
    assert [event.key for event in record.events] == ["answered", "completion:agent"]
    assert record.events[0].fields == {"ring_ms": 812}


async def test_when_the_text_holds_what_postgres_cannot_store_then_the_rest_is_stored(world: World) -> None:
    call_id = uuid.uuid4().hex
    line = Utterance("caller", "naïve\0 \ud800 \U0001f64f", 2.0)
    await world.calls.complete(completion(call_id, transcript=(line,)))
    record = await world.records.find(call_id)
    assert record is not None
    assert record.transcript[0]["text"] == "naïve ? \U0001f64f"


@pytest.mark.requirement("PT-67")
async def test_when_a_completion_comes_fifty_times_at_once_then_there_is_one_row_and_one_account(world: World) -> None:
    call_id = uuid.uuid4().hex
    await asyncio.gather(*(world.calls.complete(completion(call_id)) for _ in range(50)))
    assert await world.sql.fetchval("select count(*) from calls where call_id = $1", call_id) == 1
    assert await world.sql.fetchval("select count(*) from call_events where call_id = $1", call_id) == 1


async def test_when_a_completion_comes_twice_then_nothing_changes(world: World) -> None:
    opening = world.opening()
    await world.calls.open(opening)
    await world.calls.complete(completion(opening.call_id))
    before = await world.row(opening.call_id)
    await world.calls.complete(completion(opening.call_id))
    await world.calls.open(opening)
    assert await world.row(opening.call_id) == before


async def test_when_the_end_is_told_before_the_beginning_then_the_row_is_whole_all_the_same(world: World) -> None:
    opening = world.opening()
    event = CallEvent(opening.call_id, "ringing", "ringing", NOON)
    await world.calls.note(event)
    await world.calls.complete(completion(opening.call_id))
    await world.calls.open(opening)
    await world.calls.note(event)
    record = await world.records.find(opening.call_id)
    assert record is not None
    assert (record.tenant_id, record.disposition, record.ringing_at) == (world.tenant_id, "ANSWERED", NOON)
    assert [event.kind for event in record.events] == ["ringing", "completion"]


async def test_when_calls_are_listed_then_the_newest_of_the_stage_come_first(world: World) -> None:
    ids = [uuid.uuid4().hex for _ in range(3)]
    for minute, call_id in enumerate(ids):
        await world.calls.open(world.opening(call_id, ringing_at=NOON + timedelta(minutes=minute)))
    recent = await world.records.recent(world.stage, 2)
    assert [record.call_id for record in recent] == [ids[2], ids[1]]
    assert recent[0].events == ()
    assert await world.records.recent("preview-nothing-here", 5) == []


async def test_when_an_id_is_shortened_then_it_must_be_unambiguous(world: World) -> None:
    beginning = uuid.uuid4().hex[:12]
    for ending in ("aaaa", "abbb"):
        await world.calls.open(world.opening(beginning + ending))
    found = await world.records.find(beginning + "aa")
    assert found is not None
    assert found.call_id == beginning + "aaaa"
    assert await world.records.find(beginning[:5]) is None
    assert await world.records.find(beginning + "c") is None
    with pytest.raises(InputError, match="give more"):
        await world.records.find(beginning)


@pytest.mark.requirement(
    "PT-30", part="the marks of rows and their deletion as one; the end of a preview doesn't begin it yet"
)
async def test_when_a_preview_ends_then_its_rows_go_as_one_and_production_is_out_of_reach(world: World) -> None:
    opening = world.opening()
    await world.calls.open(opening)
    await world.requests.call_back(world.callback(opening.call_id))
    assert await world.database.call("forget_stage_v1", {"stage": world.stage}) == {"deleted": 1}
    left = "select count(*) from voice_callback_requests where call_id = $1"
    assert await world.sql.fetchval(left, opening.call_id) == 0
    with pytest.raises(StoreError, match="production"):
        await world.database.call("forget_stage_v1", {"stage": "production"})


# ---- consents, recordings, requests


async def test_when_consents_are_given_then_they_are_kept_in_order_and_once(world: World) -> None:
    call_id = uuid.uuid4().hex
    granted = ConsentRecord(call_id, "c1", ConsentAnswer.GRANTED, "v1", "ab" * 32, "en", "yes, fine", NOON)
    withdrawn = replace(granted, key="c2", answer=ConsentAnswer.WITHDRAWN, at=NOON + timedelta(seconds=9))
    for consent in (granted, withdrawn, granted):
        assert await world.consents.record(consent) is Receipt.STORED
    assert await world.consents.of_call(call_id) == [granted, withdrawn]
    assert await world.consents.of_call("no-such-call") == []


async def test_when_a_consent_lacks_the_hash_of_its_words_then_it_is_refused(world: World) -> None:
    bad = ConsentRecord(uuid.uuid4().hex, "c1", ConsentAnswer.GRANTED, "v1", "", "en", "yes", NOON)
    with pytest.raises(StoreError) as caught:
        await world.consents.record(bad)
    assert caught.value.cause_code == "23514"


async def test_when_a_recording_ends_and_is_deleted_then_both_are_filled_in(world: World) -> None:
    call_id = uuid.uuid4().hex
    entry = RecordingEntry(f"rec-{call_id}", call_id, "calls/one.ogg", NOON, None)
    ended = replace(entry, ended_at=NOON + timedelta(seconds=5))
    for put in (entry, ended, replace(ended, deleted_at=NOON + timedelta(seconds=7)), entry):
        assert await world.recordings.put(put) is Receipt.STORED
    record = await world.records.find(call_id)
    assert record is not None
    (recording,) = record.recordings
    assert datetime.fromisoformat(recording["ended_at"]) == NOON + timedelta(seconds=5)
    assert datetime.fromisoformat(recording["deleted_at"]) == NOON + timedelta(seconds=7)
    with pytest.raises(StoreError, match="another call"):
        await world.recordings.put(replace(entry, call_id=uuid.uuid4().hex))


@pytest.mark.requirement("PT-66")
@pytest.mark.requirement("PT-29", part="the tables that a prayer is written to")
@pytest.mark.requirement(
    "PT-30", part="the marks of rows and their deletion as one; the end of a preview doesn't begin it yet"
)
async def test_when_a_prayer_is_submitted_often_then_there_is_one_row_with_all_that_was_said(world: World) -> None:
    call_id = uuid.uuid4().hex
    prayer = world.prayer(call_id, prayer_request_text="For my son", caller_name="Maria", confidential=True)
    await asyncio.gather(*(world.church.submit_prayer(prayer) for _ in range(10)))
    rows = await world.sql.fetch("select * from voice_prayer_requests where call_id = $1", call_id)
    assert len(rows) == 1
    row = rows[0]
    assert (row["caller_name"], row["caller_phone"], row["prayer_request_text"]) == ("Maria", CALLER, "For my son")
    assert (row["source"], row["status"], row["confidential"]) == ("voice", "pending", True)
    assert (str(row["church_id"]), row["created_at"]) == (world.tenant_id, NOON)
    assert (row["stage"], row["release"]) == (world.stage, "r1")


async def test_when_requests_of_every_kind_are_submitted_then_the_call_shows_them(world: World) -> None:
    call_id = uuid.uuid4().hex
    await world.church.submit_prayer(world.prayer(call_id, "a"))
    for _ in range(2):
        await world.requests.call_back(world.callback(call_id, "b"))
    await world.requests.report(world.safety_report(call_id, "crisis", "c"))
    await world.requests.report(world.safety_report(call_id, "threat", "d"))
    record = await world.records.find(call_id)
    assert record is not None
    assert [request["kind"] for request in record.requests] == ["prayer", "callback", "crisis", "threat"]
    assert record.requests[1]["caller_phone"] == "+12065550188"
    assert record.requests[3]["fields"]["matched_words"] == ["bomb"]


async def test_when_the_tenant_was_unknown_then_the_request_is_of_the_dialled_numbers_owner(world: World) -> None:
    elsewhere = f"{world.stage}-b"
    for number, (stage, did, owner) in enumerate(
        [
            (world.stage, world.did, world.tenant_id),
            (elsewhere, world.did, None),
            (world.stage, "+4930555010203", None),
            (world.stage, None, None),
        ]
    ):
        wanted = world.callback(uuid.uuid4().hex, f"k{number}", tenant_id=None, did=did)
        await SqlRequests(Straight(world.database), stage, "r1").call_back(wanted)
        row = await world.sql.fetchrow("select * from voice_callback_requests where call_id = $1", wanted.call_id)
        assert (row["tenant_id"] and str(row["tenant_id"]), row["caller_phone"]) == (owner, "+12065550188")


@pytest.mark.parametrize(
    ("changes", "code"), [({"prayer_request_text": None}, "23502"), ({"prayer_request_text": " "}, "23514")]
)
async def test_when_a_request_is_malformed_then_it_is_refused_with_its_code(
    world: World, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(StoreError) as caught:
        await world.church.submit_prayer(world.prayer(uuid.uuid4().hex, **changes))
    assert caught.value.cause_code == code
    assert not isinstance(caught.value, StoreUnavailable)


async def test_when_a_business_reads_then_it_gets_what_its_function_answers(world: World) -> None:
    assert await world.business_rows.read("dids_v1", {}) == [world.did], "the adapter adds the stage"
    with pytest.raises(StoreError) as caught:
        await world.business_rows.read("poems_v1", {"at": NOON})
    assert not isinstance(caught.value, StoreUnavailable)


# ---- synthetic and outbound calls


async def test_when_an_outbound_call_is_opened_then_its_attempt_and_template_version_are_read_back(
    world: World,
) -> None:
    attempt = str(uuid.uuid4())
    opening = world.opening(direction="outbound", attempt_id=attempt, template_version="7")
    await world.calls.open(opening)
    record = await world.records.find(opening.call_id)
    assert record is not None
    assert (record.direction, record.attempt_id, record.template_version) == ("outbound", attempt, "7")
    inbound = world.opening()
    await world.calls.open(inbound)
    found = await world.records.find(inbound.call_id)
    assert found is not None
    assert (found.direction, found.attempt_id, found.template_version) == ("inbound", None, None)
    with pytest.raises(StoreError) as caught:
        await world.calls.open(world.opening(direction="sideways"))
    assert caught.value.cause_code == "23514"


async def places(world: World) -> int:
    return await world.sql.fetchval("select count(*) from call_places where tenant_id = $1", world.tenant_id)


@pytest.mark.requirement("PT-17")
async def test_given_a_synthetic_call_then_it_takes_no_place_and_gives_back_the_one_it_took(world: World) -> None:
    await world.sql.execute("update tenants set calls_limit = 1 where id = $1", world.tenant_id)
    late = world.opening(synthetic=True)
    assert await world.calls.take_place(late.call_id, world.tenant_id, NOON)
    assert await places(world) == 1
    await world.calls.open(late)
    assert await places(world) == 0, "it was known to be synthetic only when it was opened"
    assert await world.calls.take_place(late.call_id, world.tenant_id, NOON)
    marked = {"call_id": uuid.uuid4().hex, "tenant_id": world.tenant_id, "at": NOON.isoformat(), "synthetic": True}
    assert (await world.database.call("take_place_v1", marked))["taken"] is True
    assert await places(world) == 0
    assert await world.calls.take_place(uuid.uuid4().hex, world.tenant_id, NOON), "a customer's call has the place"
    assert (await world.database.call("take_place_v1", marked))["taken"] is True, "over the limit too"
    assert await places(world) == 1


@pytest.mark.requirement("DU-64")
async def test_given_synthetic_calls_that_nobody_answered_then_no_count_has_them(world: World) -> None:
    for synthetic in (True, False, True):
        opening = world.opening(synthetic=synthetic)
        await world.calls.open(opening)
        gone = CallFacts(admitted=True, ended_by="caller", end_reason="caller_hung_up")
        await world.calls.complete(completion(opening.call_id, "carrier", facts=gone, verdict=conclude(gone)))
    assert await world.records.abandonments(world.stage, NOON) == 1
    assert {record.synthetic for record in await world.records.recent(world.stage, 5)} == {True, False}
