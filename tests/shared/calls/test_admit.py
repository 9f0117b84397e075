import asyncio
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.domain.decisions import from_json, to_json
from shared.domain.routing import Admit, Announce, Decision, Reason, Reject
from shared.domain.tenant import DEMO_PREFIX, Listing, Tenant
from shared.errors import DirectoryError, StoreError, StoreUnavailable

DID = "+12065550100"
TENANT_ID = "7f3c0f6e-0000-4000-b000-000000000001"
DEMO = DEMO_PREFIX + "000000000001"
LISTING = Listing(DID, "production", True, "tenant", TENANT_ID, "church")
SALES = replace(LISTING, did="+18005550100", route="sales", tenant_id=None, template="sales")
BOUND = Admit(Reason.NUMBER_BOUND, "tenant", TENANT_ID, "church")
FAILED = Announce(Reason.DIRECTORY_ERROR)
PAGE = ("directory_error:" + DID, "page")


@pytest.mark.requirement("PT-01", "PT-12", "PT-67", "PT-08")
async def test_given_a_bound_number_when_a_call_rings_then_it_is_admitted_with_its_tenant_and_its_row_is_open(
    world: Any,
) -> None:
    admission = await world.admit(did="sip:2065550100@198.51.100.7", caller="(206) 555-0142")
    assert admission.decision == BOUND
    assert (admission.did, admission.caller) == (DID, "+12065550142")
    assert admission.tenant.name == "Grace Community"
    assert admission.listing == LISTING
    opening = world.ledger.opened["call-1"]
    assert from_json(opening.decision) == BOUND
    assert (opening.tenant_id, opening.template, opening.did_raw) == (
        TENANT_ID,
        "church",
        "sip:2065550100@198.51.100.7",
    )
    assert (opening.stage, opening.release) == ("production", "r1")
    assert world.told() == []


@pytest.mark.requirement("PT-11")
@pytest.mark.requirement("PT-02")
async def test_given_the_toll_free_number_when_it_rings_then_sales_is_admitted_and_no_tenant_loaded(world: Any) -> None:
    world.numbers.listings[SALES.did] = SALES
    admission = await world.admit(did=SALES.did)
    assert admission.decision == Admit(Reason.TOLL_FREE, "sales", None, "sales")
    assert admission.tenant is None
    assert world.numbers.tenant_fault.asked == 0


@pytest.mark.requirement("PT-06", "PT-08")
@pytest.mark.parametrize(("did", "number"), [("+12065550177", "+12065550177"), ("lobby", "lobby"), ("", "no number")])
async def test_given_an_unknown_number_then_the_alert_names_it_and_nothing_is_loaded(
    world: Any, did: str, number: str
) -> None:
    with capture_logs() as logs:
        admission = await world.admit(did=did)
    assert admission.decision == Announce(Reason.NUMBER_UNKNOWN)
    assert [line["pii"]["did_raw"] for line in logs if line["event"] == "call decided"] == [did]
    assert world.told() == [(f"number_unknown:{number}", "notice")]
    assert number in world.alerts.raised[0].title
    assert world.numbers.tenant_fault.asked == 0
    assert world.ledger.opened["call-1"].did_raw == did


@pytest.mark.requirement("PT-07")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tenant_id": None}, Reason.NUMBER_WITHOUT_TENANT),
        ({"active": False}, Reason.NUMBER_INACTIVE),
        ({"stage": "preview-x"}, Reason.WRONG_STAGE),
    ],
)
async def test_given_a_number_that_cannot_be_served_then_its_reason_is_announced_and_told(
    world: Any, changes: dict[str, Any], reason: Reason
) -> None:
    world.numbers.listings[DID] = replace(LISTING, **changes)
    assert (await world.admit()).decision == Announce(reason)
    assert world.told() == [(f"{reason.value.lower()}:{DID}", "notice")]


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-11")
@pytest.mark.requirement("OT-53")
@pytest.mark.requirement("PT-14")
async def test_given_a_directory_that_fails_twice_then_it_is_announced_and_paged_with_the_cause(world: Any) -> None:
    world.numbers.listing_fault.always(DirectoryError("no relationship found", "PGRST200"))
    admission = await world.admit()
    assert admission.decision == FAILED
    assert world.numbers.listing_fault.asked == 2
    assert world.told() == [PAGE]
    assert world.alerts.raised[0].fields["cause"] == "PGRST200"
    assert "PGRST200" in world.alerts.raised[0].title
    assert from_json(world.ledger.opened["call-1"].decision) == FAILED


@pytest.mark.requirement("PT-14")
async def test_given_each_outcome_of_the_loader_then_the_log_has_a_reason_of_its_own_for_the_call(world: Any) -> None:
    full, lost = "+12065550105", "+12065550106"
    world.numbers.listings |= {
        full: replace(LISTING, did=full, calls_limit=0, calls_used=1),
        lost: replace(LISTING, did=DID),
    }
    logged: list[tuple[str, str]] = []
    for did in (DID, "+12065550177", lost, full):
        with capture_logs() as lines:
            await world.admit(call_id=did, did=did)
        logged += [(line["decision"], line["reason"]) for line in lines if line["event"] == "call decided"]
    assert logged == [
        ("admit", "NUMBER_BOUND"),
        ("announce", "NUMBER_UNKNOWN"),
        ("announce", "DIRECTORY_ERROR"),
        ("announce", "OVER_LIMIT"),
    ]


@pytest.mark.requirement("OT-54")
async def test_given_a_number_with_two_active_templates_then_one_answers_and_both_are_paged(world: Any) -> None:
    world.numbers.listings[DID] = replace(LISTING, rivals=("rental",))
    assert (await world.admit()).decision == BOUND
    assert world.told() == [(f"rivals:{DID}", "page")]
    assert world.alerts.raised[0].fields["templates"] == [LISTING.template, "rental"]


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
async def test_given_a_directory_that_fails_once_then_the_retry_answers(world: Any) -> None:
    world.numbers.listing_fault.errors = [DirectoryError("connection reset", "08006")]
    world.numbers.tenant_fault.errors = [DirectoryError("connection reset", "08006")]
    assert (await world.admit()).decision == BOUND
    assert world.told() == []


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("RP-01")
async def test_given_a_directory_that_hangs_then_both_tries_fit_into_the_bound(world: Any) -> None:
    world.numbers.listing_fault.hangs = True
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await world.admit()).decision == FAILED
    assert loop.time() - started < world.patience_seconds + 0.5
    assert world.numbers.listing_fault.asked == 2
    assert world.alerts.raised[0].fields["cause"] == "timeout"


@pytest.mark.requirement("PT-21")
async def test_given_a_bug_in_the_directory_then_it_is_neither_retried_nor_hidden(world: Any) -> None:
    world.numbers.listing_fault.errors = [KeyError("did")]
    with pytest.raises(KeyError):
        await world.admit()
    assert world.numbers.listing_fault.asked == 1


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
async def test_given_a_tenant_that_cannot_be_loaded_then_it_is_a_directory_error(world: Any) -> None:
    world.numbers.tenant_fault.always(DirectoryError("permission denied", "42501"))
    admission = await world.admit()
    assert (admission.decision, admission.tenant) == (FAILED, None)
    assert world.told() == [PAGE]


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
async def test_given_no_row_for_the_tenant_then_the_number_is_not_set_up(world: Any) -> None:
    world.numbers.tenants.clear()
    admission = await world.admit()
    assert admission.decision == Announce(Reason.NUMBER_WITHOUT_TENANT)
    assert world.told() == [(f"number_without_tenant:{DID}", "notice")]
    assert world.alerts.raised[0].fields["tenant_id"] == TENANT_ID


@pytest.mark.requirement("PT-23", part="what is required may not be left out")
async def test_given_a_tenant_without_a_name_then_it_is_a_directory_error(world: Any) -> None:
    world.numbers.tenants[TENANT_ID] = Tenant(TENANT_ID, " ", "UTC")
    assert (await world.admit()).decision == FAILED
    assert world.alerts.raised[0].fields["cause"] == "malformed_row"


async def test_given_a_row_that_cannot_be_used_then_it_is_paged(world: Any) -> None:
    world.numbers.listings[DID] = replace(LISTING, template=None)
    assert (await world.admit()).decision == FAILED
    assert world.told() == [PAGE]


async def test_given_a_directory_that_works_again_then_its_alert_closes_and_no_other(world: Any) -> None:
    world.numbers.listing_fault.errors = [DirectoryError("down", "08006")] * 4
    await world.admit("call-1")
    await world.admit("call-2", did="+12065550111")
    await world.admit("call-3")
    assert world.alerts.closed == ["directory_error:" + DID]


@pytest.mark.requirement("PT-19")
@pytest.mark.parametrize("of", ["listing", "tenant"])
@pytest.mark.parametrize("stale", [True, False])
async def test_given_a_copy_is_served_then_the_call_is_marked_where_it_is_stale_and_the_operator_paged(
    world: Any, of: str, stale: bool
) -> None:
    if of == "listing":
        world.numbers.listings[DID] = replace(LISTING, stale=stale, failure="PGRST200")
    else:
        world.numbers.tenants[TENANT_ID] = replace(world.numbers.tenants[TENANT_ID], stale=stale, failure="PGRST200")
    assert (await world.admit()).decision == replace(BOUND, stale_directory=stale)
    assert from_json(world.ledger.opened["call-1"].decision) == replace(BOUND, stale_directory=stale)
    assert world.told() == [PAGE]
    assert "PGRST200" in world.alerts.raised[0].title
    assert (await world.admit()).decision == replace(BOUND, stale_directory=stale), "the stored one"


@pytest.mark.requirement("PT-19", "PT-77")
@pytest.mark.parametrize("of", ["listing", "tenant"])
async def test_given_a_directory_that_failed_when_a_copy_is_served_then_the_alert_stays_open(
    world: Any, of: str
) -> None:
    world.numbers.listing_fault.errors = [DirectoryError("down", "08006")] * 2
    await world.admit("call-1")
    if of == "listing":
        world.numbers.listings[DID] = replace(LISTING, failure="08006")
    else:
        world.numbers.tenants[TENANT_ID] = replace(world.numbers.tenants[TENANT_ID], failure="08006")
    assert (await world.admit("call-2")).decision == BOUND
    assert world.alerts.closed == []
    assert world.alerts.times("directory_error:" + DID) == 2


async def test_given_a_stale_copy_of_a_limited_tenant_then_the_place_is_still_taken_and_the_mark_kept(
    world: Any,
) -> None:
    world.numbers.listings[DID] = replace(LISTING, calls_limit=1, calls_used=0, stale=True, failure="08006")
    world.ledger.places_left = 1
    assert (await world.admit("call-1")).decision == replace(BOUND, stale_directory=True)
    assert (await world.admit("call-2")).decision == Announce(Reason.OVER_LIMIT, TENANT_ID)


@pytest.mark.requirement("PT-15", "PT-16")
async def test_given_many_calls_at_once_then_no_more_are_admitted_than_there_are_places(world: Any) -> None:
    world.numbers.listings[DID] = replace(LISTING, calls_limit=3)
    world.ledger.places_left = 3
    admissions = await asyncio.gather(*(world.admit(f"call-{n}") for n in range(10)))
    decisions = [admission.decision for admission in admissions]
    assert decisions.count(BOUND) == 3
    assert decisions.count(Announce(Reason.OVER_LIMIT, TENANT_ID)) == 7
    assert {key for key, _ in world.told()} == {f"over_limit:{TENANT_ID}:2026-03-01"}
    assert all((a.tenant is None) == isinstance(a.decision, Announce) for a in admissions)


@pytest.mark.requirement("PT-16", "PT-17")
async def test_given_a_call_that_asks_again_without_redis_then_it_keeps_its_place(world: Any) -> None:
    world.numbers.listings[DID] = replace(LISTING, calls_limit=1, calls_used=1)
    world.ledger.places_left = 1
    world.live.fault.always(StoreUnavailable("redis is gone"))
    assert (await world.admit("call-1")).decision == BOUND
    assert (await world.admit("call-1")).decision == BOUND
    assert (await world.admit("call-2")).decision == Announce(Reason.OVER_LIMIT, TENANT_ID)


async def test_given_a_blocked_caller_in_any_notation_then_they_are_turned_away_and_others_are_not(world: Any) -> None:
    plain = world.numbers.listing

    async def listing(did: str, caller: str) -> Listing | None:
        found = await plain(did, caller)
        return found and replace(found, caller_blocked=caller == "2065550166")

    world.numbers.listing = listing
    blocked = (
        *("+12065550166", "12065550166", "2065550166", "(206) 555-0166", "0012065550166", "001 206 555 0166"),
        *("01112065550166", "206\u2011555\u20110166", "+1\u202f206\u202f555\u202f0166", "\uff12\uff10\uff16 555 0166"),
        *("tel:+1-206-555-0166;ext=3", "sip:2065550166@198.51.100.7:5060;user=phone", "sip:%2B12065550166@host"),
        *('"Ann" <sip:+12065550166@host>;tag=9', "+1 206 555 0166 x3", "two zero six triple five oh one double six"),
    )
    for number, raw in enumerate((*blocked, "+12065550167", "+442065550166", "anonymous", "+266696687")):
        decision = (await world.admit(f"call-{number}", caller=raw)).decision
        assert (decision.reason is Reason.CALLER_BLOCKED) == (raw in blocked), raw


@pytest.mark.requirement("PT-17")
@pytest.mark.parametrize("how", ["synthetic", "demo", "preview"])
async def test_given_a_synthetic_demo_or_preview_call_then_no_place_is_asked_for(world: Any, how: str) -> None:
    stage = "preview-x" if how == "preview" else "production"
    tenant_id = TENANT_ID if how == "synthetic" else DEMO
    world.numbers.listings[DID] = replace(LISTING, calls_limit=0, stage=stage, tenant_id=tenant_id)
    world.numbers.tenants[tenant_id] = Tenant(tenant_id, "Demo", "UTC")
    admission = await world.admit(stage=stage, synthetic=how == "synthetic")
    assert isinstance(admission.decision, Admit)
    assert world.ledger.place_fault.asked == 0


@pytest.mark.parametrize("changes", [{"caller_blocked": True}, {"allowlist": ("2065550199",)}])
async def test_given_a_caller_who_is_turned_away_then_no_place_is_taken(world: Any, changes: dict[str, Any]) -> None:
    world.numbers.listings[DID] = replace(LISTING, calls_limit=5, **changes)
    assert isinstance((await world.admit()).decision, Announce)
    assert world.ledger.place_fault.asked == 0


@pytest.mark.requirement("PT-14")
@pytest.mark.parametrize("error", [StoreUnavailable("gone"), StoreError("permission denied", "42501")])
async def test_given_a_limit_that_cannot_be_asked_then_it_is_a_directory_error_and_not_over_limit(
    world: Any, error: StoreError
) -> None:
    world.numbers.listings[DID] = replace(LISTING, calls_limit=5)
    world.ledger.place_fault.always(error)
    admission = await world.admit()
    assert (admission.decision, admission.tenant) == (FAILED, None)
    assert world.alerts.raised[0].fields["cause"] in ("store_unavailable", "42501")


@pytest.mark.requirement("OP-46")
async def test_given_no_capacity_then_the_call_is_not_answered_and_the_operator_is_paged(world: Any) -> None:
    admission = await world.admit(at_capacity=True)
    assert admission.decision == Reject(Reason.AT_CAPACITY, TENANT_ID)
    assert world.told() == [("at_capacity", "page")]


@pytest.mark.requirement("PT-12")
async def test_given_a_decided_call_when_another_asks_then_the_first_decision_holds(world: Any) -> None:
    first = await world.admit()
    world.numbers.listings.clear()
    second = await world.admit()
    assert second.decision == first.decision == BOUND
    assert second.tenant == first.tenant
    assert world.numbers.listing_fault.asked == 1
    assert world.told() == []


@pytest.mark.requirement("PT-12")
@pytest.mark.parametrize("theirs", [BOUND, Announce(Reason.CALLER_BLOCKED, TENANT_ID)])
async def test_given_two_who_decide_at_once_then_both_act_upon_the_first(world: Any, theirs: Decision) -> None:
    async def nothing_yet(call_id: str) -> None:
        return None

    world.live.decided = nothing_yet
    world.live.decisions["call-1"] = to_json(theirs)
    world.numbers.listings[DID] = replace(LISTING, template="other")
    admission = await world.admit()
    assert admission.decision == theirs
    assert (admission.tenant is not None) == isinstance(theirs, Admit)
    assert from_json(world.ledger.opened["call-1"].decision) == theirs


async def test_given_a_stored_decision_that_cannot_be_read_then_it_is_decided_anew(world: Any) -> None:
    world.live.decisions["call-1"] = {"kind": "of another release"}
    assert (await world.admit()).decision == BOUND


@pytest.mark.parametrize("more", [{}, {"synthetic": True}, {"at_capacity": True}, {"did": "lobby"}, {"caller": None}])
async def test_given_an_unsigned_call_then_it_is_rejected_and_no_directory_is_asked(
    world: Any, more: dict[str, Any]
) -> None:
    admission = await world.admit(unsigned=True, **more)
    assert admission.decision == Reject(Reason.UNSIGNED)
    assert (admission.tenant, admission.listing) == (None, None)
    assert (world.numbers.listing_fault.asked, world.ledger.placed) == (0, set())
    assert from_json(world.ledger.opened["call-1"].decision) == Reject(Reason.UNSIGNED)
    assert world.told() == [("unsigned_call", "notice")]


async def test_given_a_directory_that_fails_then_an_unsigned_call_neither_pages_nor_closes_the_page(world: Any) -> None:
    world.numbers.listing_fault.always(DirectoryError("silence", "timeout"))
    await world.admit("call-1")
    await world.admit("call-2", unsigned=True)
    assert world.told() == [PAGE, ("unsigned_call", "notice")]
    assert world.alerts.closed == []


async def test_given_a_call_that_was_admitted_in_a_room_when_the_room_alone_is_known_then_the_decision_holds(
    world: Any,
) -> None:
    await world.admit("call-1")
    await world.admit("call-1", room_id="room-1")
    assert (await world.admit("room-1", unsigned=True)).decision == BOUND
    assert (await world.admit("room-2", unsigned=True)).decision == Reject(Reason.UNSIGNED)
    assert world.numbers.listing_fault.asked == 1


async def test_given_redis_is_lost_when_a_call_has_two_names_then_it_is_asked_once(world: Any) -> None:
    world.live.fault.always(StoreUnavailable("connection refused"))
    await world.admit("call-1", room_id="room-1")
    assert world.live.fault.asked == 1


async def test_given_redis_is_lost_then_the_call_is_answered_and_one_alert_raised(world: Any) -> None:
    world.live.fault.always(StoreUnavailable("connection refused"))
    assert (await world.admit()).decision == BOUND
    assert world.live.fault.asked == 1
    assert world.told() == [("redis_lost", "notice")]
    world.live.fault.errors = []
    await world.admit("call-2")
    assert world.alerts.closed == ["redis_lost"]


async def test_given_a_row_that_cannot_be_opened_then_the_call_is_answered_all_the_same(world: Any) -> None:
    world.ledger.open_fault.always(StoreError("no such column", "42703"))
    assert (await world.admit()).decision == BOUND
    assert world.told() == [("call_not_opened", "page")]


async def test_given_alerts_that_cannot_be_stored_then_the_call_is_served_all_the_same(world: Any) -> None:
    async def refuse(*_: object) -> None:
        raise StoreUnavailable("postgres is gone")

    world.alerts.raise_ = refuse
    world.alerts.open_alerts = refuse
    assert (await world.admit(did="+12065550177")).decision == Announce(Reason.NUMBER_UNKNOWN)
    assert (await world.admit("call-2")).decision == BOUND
