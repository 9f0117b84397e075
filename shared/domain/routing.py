"""Who answers a dialled number: one decision, from a visible, ordered tuple of rules (PT-05)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.domain.reasons import Reason
from shared.domain.rollout import version_for
from shared.domain.telephony.numbers import caller_key
from shared.domain.tenant import DEMO_PREFIX, Listing, Route, Tier

PREVIEW_PREFIX = "preview-"


@dataclass(frozen=True)
class Admit:
    """The call is answered by this template; `tenant_id` is None for sales and the demo router only."""

    reason: Reason
    route: Route
    tenant_id: str | None
    template: str
    stale_directory: bool = False
    """Whether it rests on a cached listing older than five minutes, as the directory failed (PT-19)."""
    template_version: int | None = None
    """The one that the call keeps to its end (OT-14); None: the one that the agent's release ships."""
    tier: Tier | None = None
    """What the caller may have (DU-51); None: the number makes no difference between callers."""


@dataclass(frozen=True)
class Announce:
    """The call is answered with one announcement, chosen by the reason, and ended. No template is loaded."""

    reason: Reason
    tenant_id: str | None = None


@dataclass(frozen=True)
class Reject:
    """No agent can take the call (capacity): by call control the number's fallback follows, else a busy tone. Or it is
    unsigned."""

    reason: Reason
    tenant_id: str | None = None


Decision = Admit | Announce | Reject


@dataclass(frozen=True)
class Inquiry:
    """All that a decision depends on. `listing` None without `directory_failed`: no such number."""

    stage: str
    did: str | None
    """E.164, or None when the dialled digits aren't a number."""
    caller: str
    """Comparing key; empty for an anonymous caller."""
    call_id: str = field(default="", kw_only=True)
    """Stands for the caller who is anonymous, where callers get different versions of a template."""
    listing: Listing | None
    directory_failed: bool = False
    place_refused: bool | None = None
    """Whether the store refused to take a place of the calls limit (PT-16); None: not tried, so the count decides."""
    at_capacity: bool = False
    attested: bool = False
    """Whether the carrier vouches that the caller has the right to this number (STIR/SHAKEN, level A)."""
    synthetic: bool = False
    """A test call of our own (PT-17)."""
    unsigned: bool = False
    """Whether it came past the carrier into a stage that takes no such calls."""


def is_listed(inquiry: Inquiry) -> bool:
    """Whether the number's allowlist has the caller; an anonymous one is on none."""
    listing = _found(inquiry)
    return bool(inquiry.caller) and inquiry.caller in {caller_key(entry) for entry in listing.allowlist}


def tier_of(inquiry: Inquiry) -> Tier | None:
    """What the caller may have (DU-51); None where the number makes no difference, or lets them have nothing.

    Without an allowlist nobody is private (DU-50), and what is said in the call changes nothing (DU-53).
    """
    listing = _found(inquiry)
    if listing.access == "public":
        return "public"
    if listing.access == "open" or not inquiry.caller or inquiry.synthetic:
        return None
    if is_listed(inquiry):
        if inquiry.attested or listing.unattested_callers == "accept":
            return "private"
        return "guest" if listing.unattested_callers == "guest" else None
    return "guest" if listing.unlisted_callers == "guest" else None


Rule = Callable[[Inquiry], Decision | None]


def decide(inquiry: Inquiry) -> Decision:
    """The decision of the first rule that has one."""
    return explain(inquiry)[1]


def explain(inquiry: Inquiry) -> tuple[str, Decision]:
    """The name of the deciding rule, and its decision."""
    for rule in RULES:
        if (decision := rule(inquiry)) is not None:
            return rule.__name__, decision
    return "no_rule", Announce(Reason.DIRECTORY_ERROR)


def is_limited(inquiry: Inquiry) -> bool:
    """Whether a place of the calls limit must be taken: preview, demo and synthetic calls need none (PT-17)."""
    listing = inquiry.listing
    return (
        listing is not None
        and listing.calls_limit is not None
        and listing.tenant_id is not None
        and not inquiry.synthetic
        and not inquiry.stage.startswith(PREVIEW_PREFIX)
        and not listing.tenant_id.startswith(DEMO_PREFIX)
    )


def unsigned(inquiry: Inquiry) -> Decision | None:
    """It hears nothing of ours, and no tenant is looked up for it: anybody can send an INVITE."""
    return Reject(Reason.UNSIGNED) if inquiry.unsigned else None


def directory_failure(inquiry: Inquiry) -> Decision | None:
    """A failed directory is never "no such number" (PT-14); another number's row counts as a failure too."""
    listing, did = inquiry.listing, inquiry.did
    if inquiry.directory_failed or (listing is not None and did is not None and listing.did != did):
        return Announce(Reason.DIRECTORY_ERROR)
    return None


def number_unknown(inquiry: Inquiry) -> Decision | None:
    if inquiry.did is None or inquiry.listing is None:
        return Announce(Reason.NUMBER_UNKNOWN)
    return None


def wrong_stage(inquiry: Inquiry) -> Decision | None:
    """A stage answers only its own numbers, and a preview only demo tenants (PT-28)."""
    listing = _found(inquiry)
    real = listing.tenant_id is not None and not listing.tenant_id.startswith(DEMO_PREFIX)
    if listing.stage != inquiry.stage or (inquiry.stage.startswith(PREVIEW_PREFIX) and real):
        return Announce(Reason.WRONG_STAGE)
    return None


def number_inactive(inquiry: Inquiry) -> Decision | None:
    return None if _found(inquiry).active else Announce(Reason.NUMBER_INACTIVE)


def malformed_listing(inquiry: Inquiry) -> Decision | None:
    """A row that contradicts itself or lacks a required field counts as a failed directory (PT-23, PT-78)."""
    listing = _found(inquiry)
    shared_route = listing.route != "tenant"
    without_template = not listing.template and (shared_route or listing.tenant_id is not None)
    if (shared_route and listing.tenant_id is not None) or without_template:
        return Announce(Reason.DIRECTORY_ERROR)
    return None


def toll_free(inquiry: Inquiry) -> Decision | None:
    """The one way to sales (PT-02, PT-11)."""
    if _found(inquiry).route != "sales":
        return None
    return _full(inquiry) or _admit(inquiry, Reason.TOLL_FREE)


def demo_number(inquiry: Inquiry) -> Decision | None:
    if _found(inquiry).route != "demo_router":
        return None
    return _full(inquiry) or _admit(inquiry, Reason.DEMO_NUMBER)


def without_tenant(inquiry: Inquiry) -> Decision | None:
    return Announce(Reason.NUMBER_WITHOUT_TENANT) if _found(inquiry).tenant_id is None else None


def caller_blocked(inquiry: Inquiry) -> Decision | None:
    """A blocked caller hears an announcement; only data and tools are closed to them."""
    listing = _found(inquiry)
    return Announce(Reason.CALLER_BLOCKED, listing.tenant_id) if listing.caller_blocked else None


def caller_not_listed(inquiry: Inquiry) -> Decision | None:
    """Where there is an allowlist, and on a private number. Entries may be in any notation (DU-42); an anonymous caller
    is never on one (DU-48), and an entry that is no number lets nobody in."""
    listing, listed = _found(inquiry), is_listed(inquiry)
    if listing.access == "open":
        lets_in = listed or not listing.allowlist
    else:
        # a test call of our own is no owner, and no guest either: it hears one sentence
        lets_in = listing.access == "public" or tier_of(inquiry) is not None
    return None if lets_in else Announce(Reason.CALLER_NOT_LISTED, listing.tenant_id)


def over_limit(inquiry: Inquiry) -> Decision | None:
    listing = _found(inquiry)
    if not is_limited(inquiry):
        return None
    refused = inquiry.place_refused
    if refused is None:
        refused = listing.calls_limit is not None and listing.calls_used >= listing.calls_limit
    return Announce(Reason.OVER_LIMIT, listing.tenant_id) if refused else None


def at_capacity(inquiry: Inquiry) -> Decision | None:
    return _full(inquiry)


def number_bound(inquiry: Inquiry) -> Decision | None:
    return _admit(inquiry, Reason.NUMBER_BOUND)


RULES: tuple[Rule, ...] = (
    unsigned,
    directory_failure,
    number_unknown,
    wrong_stage,
    number_inactive,
    malformed_listing,
    toll_free,
    demo_number,
    without_tenant,
    caller_blocked,
    caller_not_listed,
    over_limit,
    at_capacity,
    number_bound,
)
"""In this order; each rule may rely on those before it."""


def _admit(inquiry: Inquiry, reason: Reason) -> Admit:
    listing, template = _found(inquiry), _found(inquiry).template or ""
    version = version_for(listing.rollout, template, inquiry.caller or inquiry.call_id)
    return Admit(reason, listing.route, listing.tenant_id, template, listing.stale, version, tier_of(inquiry))


def _full(inquiry: Inquiry) -> Decision | None:
    return Reject(Reason.AT_CAPACITY, _found(inquiry).tenant_id) if inquiry.at_capacity else None


def _found(inquiry: Inquiry) -> Listing:
    assert inquiry.listing is not None, "number_unknown comes before"
    return inquiry.listing
