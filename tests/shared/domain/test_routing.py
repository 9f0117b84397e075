from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.announcements import TECHNICAL_TROUBLE, announcement
from shared.domain.decisions import from_json, to_json
from shared.domain.rollout import Rollout
from shared.domain.routing import RULES, Admit, Announce, Decision, Inquiry, Reason, Reject, decide, explain, is_limited
from shared.domain.tenant import DEMO_PREFIX, Listing, Route

DID, CALLER = "+12065550100", "2065550142"
TENANT, DEMO = "7f3c0f6e-0000-4000-b000-000000000001", DEMO_PREFIX + "000000000001"
BOUND = Listing(DID, "production", True, "tenant", TENANT, "church")
SALES = replace(BOUND, route="sales", tenant_id=None, template="sales")
ROUTER = replace(BOUND, route="demo_router", tenant_id=None, template="demo_router")
BOUND_TO_VERSION = Admit(Reason.NUMBER_BOUND, "tenant", TENANT, "church", template_version=7)
INQUIRY = Inquiry("production", DID, CALLER, BOUND)


def asked(listing: Listing | None = BOUND, **changes: object) -> Decision:
    return decide(replace(INQUIRY, listing=listing, **changes))  # type: ignore[arg-type]


@pytest.mark.requirement("PT-01")
@pytest.mark.requirement("OT-52")
def test_given_a_tenants_number_then_it_is_answered_as_that_tenant() -> None:
    assert asked() == Admit(Reason.NUMBER_BOUND, "tenant", TENANT, "church")


@pytest.mark.requirement("PT-02")
def test_given_the_toll_free_number_then_sales_answers_without_a_tenant() -> None:
    assert asked(SALES) == Admit(Reason.TOLL_FREE, "sales", None, "sales")


@pytest.mark.requirement("PT-19")
@pytest.mark.parametrize("listing", [BOUND, SALES, ROUTER])
def test_given_a_stale_listing_then_the_admission_says_so(listing: Listing) -> None:
    decision = asked(replace(listing, stale=True, failure="08006"))
    assert decision == replace(asked(listing), stale_directory=True)  # type: ignore[call-arg]
    assert asked(replace(listing, failure="08006")) == asked(listing)


@pytest.mark.requirement("OT-14", part="one version, chosen at the admission")
@pytest.mark.parametrize("listing", [BOUND, SALES, ROUTER])
def test_given_a_trial_then_the_caller_decides_about_the_version_and_the_call_where_they_are_anonymous(
    listing: Listing,
) -> None:
    trial = replace(listing, rollout=Rollout(3, 1, 2, 50))

    def version(**changes: object) -> int | None:
        decision = asked(trial, **changes)
        assert isinstance(decision, Admit)
        return decision.template_version

    callers = [f"206555{number:04d}" for number in range(40)]
    given = [version(caller=caller, call_id="a") for caller in callers]
    assert set(given) == {1, 2}
    assert given == [version(caller=caller, call_id="another") for caller in callers]
    assert {version(caller="", call_id=f"call {number}") for number in range(40)} == {1, 2}
    assert version(caller="", call_id="x") == version(caller="", call_id="x")


@pytest.mark.requirement("PT-02")
def test_given_a_bound_number_that_looks_toll_free_then_it_is_its_tenants() -> None:
    listing = replace(BOUND, did="+18005550100")
    assert asked(listing, did="+18005550100") == Admit(Reason.NUMBER_BOUND, "tenant", TENANT, "church")


@pytest.mark.requirement("PT-03")
def test_given_the_demo_number_then_the_demo_router_answers_without_a_tenant() -> None:
    assert asked(ROUTER) == Admit(Reason.DEMO_NUMBER, "demo_router", None, "demo_router")


@pytest.mark.requirement("PT-04")
def test_given_a_preview_number_bound_to_a_demo_tenant_then_that_tenant_answers_and_never_sales() -> None:
    listing = replace(BOUND, did="+12265550123", stage="preview-blue", tenant_id=DEMO)
    decision = asked(listing, did="+12265550123", stage="preview-blue")
    assert decision == Admit(Reason.NUMBER_BOUND, "tenant", DEMO, "church")


@pytest.mark.requirement("PT-05")
def test_given_the_rules_then_they_are_a_visible_ordered_tuple_and_the_deciding_one_is_named() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "unsigned",
        "directory_failure",
        "number_unknown",
        "wrong_stage",
        "number_inactive",
        "malformed_listing",
        "toll_free",
        "demo_number",
        "without_tenant",
        "caller_blocked",
        "caller_not_listed",
        "over_limit",
        "at_capacity",
        "number_bound",
    ]
    assert explain(INQUIRY) == ("number_bound", decide(INQUIRY))
    assert explain(replace(INQUIRY, listing=None))[0] == "number_unknown"


@pytest.mark.requirement("PT-06", "PT-08")
@pytest.mark.parametrize("did", [DID, None])
def test_given_no_such_number_or_an_unreadable_one_then_it_is_announced_as_unknown(did: str | None) -> None:
    assert asked(None, did=did) == Announce(Reason.NUMBER_UNKNOWN)


@pytest.mark.requirement("PT-07")
@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        (replace(BOUND, tenant_id=None), Reason.NUMBER_WITHOUT_TENANT),
        (replace(BOUND, active=False), Reason.NUMBER_INACTIVE),
        (replace(SALES, active=False), Reason.NUMBER_INACTIVE),
        (replace(BOUND, stage="preview-blue"), Reason.WRONG_STAGE),
        (replace(SALES, stage="preview-blue"), Reason.WRONG_STAGE),
    ],
)
def test_given_a_number_that_cannot_be_served_then_each_cause_has_its_own_reason(
    listing: Listing, reason: Reason
) -> None:
    assert asked(listing) == Announce(reason)


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("DU-84")
@pytest.mark.requirement("PT-14")
@pytest.mark.parametrize("listing", [None, BOUND, SALES, replace(BOUND, calls_limit=0)])
@pytest.mark.parametrize("did", [DID, None])
def test_given_a_directory_that_failed_then_nothing_else_is_claimed(listing: Listing | None, did: str | None) -> None:
    assert asked(listing, did=did, directory_failed=True) == Announce(Reason.DIRECTORY_ERROR)


@pytest.mark.requirement("PT-23", part="what is required may not be left out")
@pytest.mark.parametrize(
    "listing",
    [
        replace(BOUND, did="+12065550199"),
        replace(BOUND, template=None),
        replace(BOUND, template=""),
        replace(SALES, tenant_id=TENANT),
        replace(SALES, template=None),
    ],
)
def test_given_a_row_that_cannot_be_used_then_it_is_a_directory_error(listing: Listing) -> None:
    assert asked(listing) == Announce(Reason.DIRECTORY_ERROR)


def test_given_a_blocked_caller_then_a_sentence_is_heard() -> None:
    assert asked(replace(BOUND, caller_blocked=True)) == Announce(Reason.CALLER_BLOCKED, TENANT)


@pytest.mark.requirement("DU-48", "DU-84")
@pytest.mark.parametrize("allowlist", [("2065550199",), ("+12065550199", ""), ("",), ("front desk",)])
@pytest.mark.parametrize("caller", ["", CALLER])
def test_given_an_allowlist_then_unlisted_and_anonymous_callers_hear_a_sentence(
    allowlist: tuple[str, ...], caller: str
) -> None:
    assert asked(replace(BOUND, allowlist=allowlist), caller=caller) == Announce(Reason.CALLER_NOT_LISTED, TENANT)


@pytest.mark.requirement("DU-42")
def test_given_an_allowlist_in_any_notation_when_a_listed_caller_calls_then_they_are_served() -> None:
    served = Admit(Reason.NUMBER_BOUND, "tenant", TENANT, "church")
    notations = (
        CALLER, "+12065550142", "12065550142", "(206) 555-0142", "206.555.0142", "tel:+1-206-555-0142",
        "sip:+12065550142@carrier.example", " 206 555 0142 ",
    )  # fmt: skip
    wrong = [entry for entry in notations if asked(replace(BOUND, allowlist=("garbage", entry))) != served]
    assert wrong == []
    abroad = replace(BOUND, allowlist=("+44 20 7946 0018",))
    assert asked(abroad, caller="+442079460018") == served
    assert asked(abroad, caller="2065550199") == Announce(Reason.CALLER_NOT_LISTED, TENANT)


PRIVATE = replace(BOUND, access="private", allowlist=("(206) 555-0142", "+44 20 7946 0018"))
GUESTS = replace(PRIVATE, unlisted_callers="guest")
TURNED_AWAY = "turned away"
TIERS = {
    # listing, caller, synthetic -> the caller's tier, or a sentence and a hang-up
    (PRIVATE, CALLER, False): "private",
    (PRIVATE, "+442079460018", False): "private",
    (PRIVATE, "2065550188", False): TURNED_AWAY,
    (PRIVATE, "", False): TURNED_AWAY,
    (PRIVATE, CALLER, True): TURNED_AWAY,
    (GUESTS, CALLER, False): "private",
    (GUESTS, "2065550188", False): "guest",
    (GUESTS, "", False): TURNED_AWAY,
    (GUESTS, "2065550188", True): TURNED_AWAY,
    # without anybody on it, or with an entry that is no number, nobody is private
    (replace(PRIVATE, allowlist=()), CALLER, False): TURNED_AWAY,
    (replace(GUESTS, allowlist=()), CALLER, False): "guest",
    (replace(PRIVATE, allowlist=("the owner",)), CALLER, False): TURNED_AWAY,
    (replace(PRIVATE, allowlist=("",)), "", False): TURNED_AWAY,
    # the owner too is public there, as everybody is
    (replace(PRIVATE, access="public"), CALLER, False): "public",
    (replace(PRIVATE, access="public"), "", False): "public",
    (replace(BOUND, unlisted_callers="guest"), CALLER, False): None,
    (BOUND, "", False): None,
}


@pytest.mark.requirement("DU-48", "DU-50", "DU-52")
@pytest.mark.requirement("DU-51", part="who is let in, as what")
def test_given_private_and_public_numbers_then_each_caller_has_one_tier_or_is_turned_away() -> None:
    def of(decision: Decision) -> str | None:
        if decision == Announce(Reason.CALLER_NOT_LISTED, TENANT):
            return TURNED_AWAY
        assert isinstance(decision, Admit), decision
        assert from_json(to_json(decision)) == decision
        return decision.tier

    wrong = [
        (listing, caller, synthetic, found, tier)
        for (listing, caller, synthetic), tier in TIERS.items()
        if (found := of(asked(listing, caller=caller, synthetic=synthetic))) != tier
    ]
    assert wrong == []
    with pytest.raises(ValueError, match="owner"):
        from_json(to_json(asked(PRIVATE)) | {"tier": "owner"})


@pytest.mark.requirement("DU-54")
def test_given_a_number_that_wants_attestation_then_a_caller_without_it_is_no_owner_and_others_gain_nothing() -> None:
    def of(unattested: str, caller: str, attested: bool) -> str | None:
        decision = asked(replace(PRIVATE, unattested_callers=unattested), caller=caller, attested=attested)
        return decision.tier if isinstance(decision, Admit) else decision.reason.value

    owner, stranger, away = CALLER, "2065550188", "CALLER_NOT_LISTED"
    wanted = {
        ("accept", owner, False): "private",
        ("guest", owner, True): "private",
        ("guest", owner, False): "guest",
        ("reject", owner, True): "private",
        ("reject", owner, False): away,
        # the carrier vouches for a stranger's number too
        ("guest", stranger, True): away,
        ("guest", "", True): away,
    }
    assert {case: of(*case) for case in wanted} == wanted


def test_given_no_allowlist_when_an_anonymous_caller_calls_then_they_are_served() -> None:
    assert isinstance(asked(caller=""), Admit)


@pytest.mark.requirement("PT-15", "PT-16")
@pytest.mark.parametrize(
    ("limit", "used", "place_refused", "admitted"),
    [
        (None, 10_000, None, True),
        (0, 0, None, False),
        (5, 4, None, True),
        (5, 5, None, False),
        (5, 5, False, True),
        (5, 4, True, False),
    ],
)
def test_given_a_calls_limit_then_the_place_decides_and_without_asking_the_count(
    limit: int | None, used: int, place_refused: bool | None, admitted: bool
) -> None:
    decision = asked(replace(BOUND, calls_limit=limit, calls_used=used), place_refused=place_refused)
    assert decision == (decide(INQUIRY) if admitted else Announce(Reason.OVER_LIMIT, TENANT))


@pytest.mark.requirement("PT-17")
@pytest.mark.parametrize(
    "inquiry",
    [
        replace(INQUIRY, listing=replace(BOUND, calls_limit=0), synthetic=True),
        replace(INQUIRY, listing=replace(BOUND, calls_limit=0, tenant_id=DEMO)),
        replace(INQUIRY, stage="preview-x", listing=replace(BOUND, calls_limit=0, tenant_id=DEMO, stage="preview-x")),
    ],
)
def test_given_a_preview_demo_or_synthetic_call_then_no_limit_stops_or_counts_it(inquiry: Inquiry) -> None:
    assert isinstance(decide(replace(inquiry, place_refused=True)), Admit)
    assert not is_limited(inquiry)


def test_given_no_capacity_then_a_call_that_would_be_admitted_is_not_answered() -> None:
    assert asked(at_capacity=True) == Reject(Reason.AT_CAPACITY, TENANT)
    assert asked(SALES, at_capacity=True) == Reject(Reason.AT_CAPACITY)
    assert asked(replace(BOUND, caller_blocked=True), at_capacity=True) == Announce(Reason.CALLER_BLOCKED, TENANT)


@pytest.mark.requirement("PT-27", "PT-28")
def test_given_a_preview_stage_when_a_real_tenants_number_is_dialled_then_it_is_refused() -> None:
    assert asked(replace(BOUND, stage="preview-x"), stage="preview-x") == Announce(Reason.WRONG_STAGE)


def listings() -> st.SearchStrategy[Listing]:
    return st.builds(
        Listing,
        did=st.sampled_from([DID, "+18005550100"]),
        stage=st.sampled_from(["production", "preview-x", "local"]),
        active=st.booleans(),
        route=st.sampled_from(get_args(Route)),
        tenant_id=st.sampled_from([None, TENANT, DEMO]),
        template=st.sampled_from([None, "", "church", "sales"]),
        allowlist=st.sampled_from([(), (CALLER,), ("2065550199",)]),
        caller_blocked=st.booleans(),
        calls_limit=st.sampled_from([None, 0, 5]),
        calls_used=st.integers(0, 9),
    )


INQUIRIES = st.builds(
    Inquiry,
    stage=st.sampled_from(["production", "preview-x", "local"]),
    did=st.sampled_from([None, DID, "+18005550100"]),
    caller=st.sampled_from(["", CALLER]),
    listing=st.none() | listings(),
    directory_failed=st.booleans(),
    place_refused=st.sampled_from([None, True, False]),
    at_capacity=st.booleans(),
    synthetic=st.booleans(),
    unsigned=st.booleans(),
)


@pytest.mark.requirement("PT-11")
@pytest.mark.requirement("PT-14")
@given(INQUIRIES)
def test_given_any_inquiry_then_sales_is_only_behind_its_own_number_and_failure_is_never_unknown(
    inquiry: Inquiry,
) -> None:
    decision = decide(inquiry)
    listing = inquiry.listing
    if isinstance(decision, Admit):
        assert listing is not None and not inquiry.directory_failed
        assert listing.active and listing.stage == inquiry.stage and listing.did == inquiry.did
        assert decision.route == listing.route and decision.template
        assert (decision.tenant_id is None) == (decision.route != "tenant")
        if decision.route == "tenant":
            assert decision.tenant_id == listing.tenant_id
    if inquiry.unsigned:
        assert decision == Reject(Reason.UNSIGNED)
    elif inquiry.directory_failed:
        assert decision == Announce(Reason.DIRECTORY_ERROR)
    assert from_json(to_json(decision)) == decision


ANNOUNCED = [
    Reason.NUMBER_UNKNOWN,
    Reason.NUMBER_INACTIVE,
    Reason.NUMBER_WITHOUT_TENANT,
    Reason.WRONG_STAGE,
    Reason.CALLER_BLOCKED,
    Reason.CALLER_NOT_LISTED,
    Reason.OVER_LIMIT,
    Reason.DIRECTORY_ERROR,
    Reason.AT_CAPACITY,
]


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-14")
def test_given_the_reasons_then_each_has_a_wording_of_its_own() -> None:
    lines = [announcement(reason) for reason in ANNOUNCED] + [announcement(Reason.DIRECTORY_ERROR, callback=False)]
    assert len(set(lines)) == len(lines)
    assert TECHNICAL_TROUBLE not in lines
    assert not any("sales" in line.lower() for line in lines)
    assert announcement(Reason.NOT_ANSWERED) not in lines
    admitting = {Reason.TOLL_FREE, Reason.DEMO_NUMBER, Reason.NUMBER_BOUND}
    assert set(Reason) - set(ANNOUNCED) == admitting | {Reason.NOT_ANSWERED, Reason.UNSIGNED}


@pytest.mark.requirement("PT-06", "PT-15", "PT-18")
def test_given_the_announcements_then_they_tell_what_is_demanded() -> None:
    assert "not in service here" in announcement(Reason.NUMBER_UNKNOWN)
    assert "sorry" in announcement(Reason.DIRECTORY_ERROR) and "call you back" in announcement(Reason.DIRECTORY_ERROR)
    assert "call you back" not in announcement(Reason.DIRECTORY_ERROR, callback=False)
    last_words = announcement(Reason.OVER_LIMIT).split(". ")[-2:]
    assert "911" in last_words[0] and "988" in last_words[1]


@pytest.mark.parametrize(
    "decision",
    [
        Admit(Reason.NUMBER_BOUND, "tenant", TENANT, "church", stale_directory=True),
        BOUND_TO_VERSION,
        Announce(Reason.OVER_LIMIT, TENANT),
        Reject(Reason.AT_CAPACITY),
    ],
)
def test_given_a_decision_when_it_is_stored_then_the_same_one_is_read(decision: Decision) -> None:
    assert from_json(to_json(decision)) == decision


def test_given_a_decision_of_an_older_release_then_the_shipped_template_serves() -> None:
    stored = to_json(BOUND_TO_VERSION)
    del stored["template_version"]
    assert from_json(stored) == replace(BOUND_TO_VERSION, template_version=None)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "admit", "reason": "NUMBER_BOUND", "tenant_id": TENANT},
        {"kind": "admit", "reason": "NUMBER_BOUND", "tenant_id": TENANT, "route": "x", "template": "church"},
        to_json(BOUND_TO_VERSION) | {"template_version": "seven"},
        {"kind": "announce", "reason": "NO_SUCH_REASON", "tenant_id": None},
        {"kind": "other", "reason": "NUMBER_BOUND", "tenant_id": None},
        {"kind": "announce", "reason": "OVER_LIMIT", "tenant_id": 7},
        [],
    ],
)
def test_given_what_is_no_decision_then_reading_it_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a stored decision"):
        from_json(data)
