"""The admission: who answers a call. Decided once a call; every later asker reads the same decision (PT-05 … PT-18)."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import structlog

from shared.calls.alerting import REDIS_LOST, CallAlerts
from shared.calls.lookup import PATIENCE_SECONDS, Lookup
from shared.domain.call import CallOpening
from shared.domain.decisions import from_json, to_json
from shared.domain.rollout import label
from shared.domain.routing import Admit, Announce, Decision, Inquiry, Reason, decide, is_limited
from shared.domain.telephony.numbers import caller_key, e164, mask
from shared.domain.tenant import Listing, Tenant, is_timezone
from shared.errors import DirectoryError, StoreError
from shared.ports import Alerts, Calls, Directory, Sessions

log = structlog.get_logger(__name__)

_RAW_CHARACTERS = 80
"""Numbers as they came over the wire are logged up to this length."""


@dataclass(frozen=True)
class Ringing:
    """A call that rings, in the line's own words."""

    call_id: str
    did_raw: str
    caller_raw: str | None
    ringing_at: datetime
    medium: Literal["phone", "browser", "screen"] = "phone"
    synthetic: bool = False
    attested: bool = False
    """Whether the carrier vouches for the caller's number; unknown on a line that came past its call control."""
    at_capacity: bool = False
    unsigned: bool = False
    """Whether it came past the carrier into a stage that takes no such calls."""
    room_id: str | None = None
    """Its id by the name of its room, where that isn't its own."""

    @cached_property
    def caller_id(self) -> str | None:
        """The caller's number as it came. None when withheld: a carrier that transfers a call whose caller withholds
        their number shows the number dialled instead (so does Telnyx, without `from`)."""
        shown = caller_key(self.caller_raw)
        return None if shown and shown == caller_key(self.did_raw) else self.caller_raw


@dataclass(frozen=True)
class Admission:
    """The decision, and what answering needs of it."""

    decision: Decision
    listing: Listing | None
    """None too where the decision was made by an earlier asker."""
    tenant: Tenant | None
    """Set exactly when a tenant's call is admitted."""
    did: str | None
    """E.164."""
    caller: str | None
    """E.164; None when withheld or unreadable."""


@dataclass(frozen=True)
class AdmitCall:
    """Decides, takes a place of the calls limit, loads the tenant, opens the call's row, alerts the operator."""

    stage: str
    release: str
    directory: Directory
    calls: Calls
    sessions: Sessions
    alerts: Alerts
    patience_seconds: float = PATIENCE_SECONDS
    """The admission's one deadline: by then all is known of the number, or the decision is DIRECTORY_ERROR."""
    timezone: str = "UTC"
    """The stage's: what a call goes by whose tenant's can't be used."""

    async def __call__(self, ringing: Ringing) -> Admission:
        """Never raises for a store that fails: without the directory (or the limit) the decision is DIRECTORY_ERROR,
        without Redis it is this asker's alone. Beyond the deadline it waits for one write and Redis at most."""
        return await _Admission(self, ringing).run()


class _Admission:
    """One call's admission at work."""

    def __init__(self, of: AdmitCall, ringing: Ringing) -> None:
        self.of, self.ringing = of, ringing
        self.lookup = Lookup(of.patience_seconds)
        self.alerts = CallAlerts(ringing.call_id, of.alerts)
        self.did, self.caller = e164(ringing.did_raw), e164(ringing.caller_id)
        self.number = self.did or ringing.did_raw[:_RAW_CHARACTERS] or "no number"
        self.listing: Listing | None = None
        self.tenant: Tenant | None = None
        self.without_redis = False

    async def run(self) -> Admission:
        decision = await self._agreed()
        tenant = self.tenant if isinstance(decision, Admit) else None
        self._log(decision)
        await self._open(decision)
        await self._keep_for_room(decision)
        await self.alerts.send()
        return Admission(decision, self.listing, tenant, self.did, self.caller)

    async def _agreed(self) -> Decision:
        """The decision that everyone reads who asks about this call; without Redis, this asker's own."""
        try:
            stored = await self.of.sessions.decided(self.ringing.call_id)
        except StoreError as error:
            self._redis_lost(error)
            return await self._decide()
        earlier = None if stored is None else self._read(stored)
        if earlier is not None:
            return await self._with_tenant(earlier)
        return await self._settle(await self._decide())

    async def _settle(self, decision: Decision) -> Decision:
        """Make it everyone's decision, or take over the one that another asker made meanwhile."""
        try:
            stored = await self.of.sessions.decide_once(self.ringing.call_id, to_json(decision))
        except StoreError as error:
            self._redis_lost(error)
            return decision
        self.alerts.recovered(REDIS_LOST)
        settled = self._read(stored)
        return decision if settled is None or settled == decision else await self._with_tenant(settled)

    def _read(self, stored: dict[str, Any]) -> Decision | None:
        try:
            return from_json(stored)
        except ValueError as error:
            # another release may have written it: deciding anew beats not answering
            log.error("stored decision unreadable", action="admit", call_id=self.ringing.call_id, error=str(error))
            return None

    async def _decide(self) -> Decision:
        inquiry = Inquiry(
            stage=self.of.stage,
            did=self.did,
            caller=caller_key(self.ringing.caller_id),
            listing=None,
            call_id=self.ringing.call_id,
            at_capacity=self.ringing.at_capacity,
            synthetic=self.ringing.synthetic,
            attested=self.ringing.attested,
            unsigned=self.ringing.unsigned,
        )
        did = self.did
        if did is not None and not inquiry.unsigned:
            try:
                self.listing = await self.lookup.ask(lambda: self.of.directory.listing(did, inquiry.caller))
            except DirectoryError as error:
                return self._failed(error)
            self._page_for_copy(self.listing)
            self._page_for_rivals(self.listing)
        inquiry = replace(inquiry, listing=self.listing)
        # the place is taken last, so that a call which isn't admitted takes none
        decision = await self._with_tenant(decide(replace(inquiry, place_refused=False)))
        if isinstance(decision, Admit) and is_limited(inquiry):
            try:
                decision = decide(replace(inquiry, place_refused=not await self._take_place(decision)))
            except DirectoryError as error:
                return self._failed(error)
        self._alert(decision)
        if isinstance(decision, Admit) and self.tenant is not None and self.tenant.stale:
            return replace(decision, stale_directory=True)
        return decision

    async def _with_tenant(self, decision: Decision) -> Decision:
        """An admission with its tenant loaded, or what becomes of it when that can't be; others as they are."""
        if not isinstance(decision, Admit) or decision.tenant_id is None:
            return decision
        tenant_id = decision.tenant_id
        try:
            self.tenant = await self.lookup.ask(lambda: self.of.directory.tenant(tenant_id))
            if self.tenant is not None and not self.tenant.name.strip():
                raise DirectoryError(f"tenant {tenant_id} has no name", "malformed_row")
        except DirectoryError as error:
            return self._failed(error)
        self._page_for_copy(self.tenant)
        if self.tenant is None:
            return Announce(Reason.NUMBER_WITHOUT_TENANT)
        self.tenant = self._with_timezone(self.tenant)
        return decision

    def _with_timezone(self, tenant: Tenant) -> Tenant:
        """The tenant as it is; or in the stage's time zone, with an alert, where its own can't be used."""
        if is_timezone(tenant.timezone):
            return tenant
        title = f"The time zone of {tenant.name} can't be used, calls go by {self.of.timezone}: {tenant.timezone!r}"
        self.alerts.add(f"timezone:{tenant.tenant_id}", "page", title, tenant_id=tenant.tenant_id)
        return replace(tenant, timezone=self.of.timezone)

    async def _take_place(self, decision: Admit) -> bool:
        ringing, tenant_id = self.ringing, decision.tenant_id or ""
        return await self.lookup.ask(lambda: self.of.calls.take_place(ringing.call_id, tenant_id, ringing.ringing_at))

    def _failed(self, error: DirectoryError) -> Announce:
        self._page(error.cause_code, str(error), served="apology")
        return Announce(Reason.DIRECTORY_ERROR)

    def _page_for_copy(self, answer: Listing | Tenant | None) -> None:
        """A call that is served from a copy proves the directory's failure as well as one that isn't (PT-19)."""
        if answer is not None and answer.failure is not None:
            self._page(answer.failure, "an earlier answer is served instead", served="copy", stale=answer.stale)

    def _page_for_rivals(self, listing: Listing | None) -> None:
        """Bad data: a number with two active templates. The newest answers, each time (OT-54)."""
        if listing is not None and listing.rivals:
            templates = [listing.template, *listing.rivals]
            title = (
                f"{self.number} is active more than once: {listing.template} answers, not {', '.join(listing.rivals)}"
            )
            self.alerts.add(f"rivals:{self.number}", "page", title, number=self.number, templates=templates)

    def _page(self, cause: str, why: str, **fields: Any) -> None:
        log.error("directory failed", action="admit", call_id=self.ringing.call_id, cause=cause, error=why, **fields)
        title = f"The directory can't be asked about {self.number}: {cause or why}"
        fields |= {"number": self.number, "cause": cause, "error": why}
        self.alerts.add(self._directory_alert, "page", title, **fields)

    @property
    def _directory_alert(self) -> str:
        """The key is a number's own: one number that works must not close another's alert (PT-77)."""
        return f"directory_error:{self.number}"

    def _alert(self, decision: Decision) -> None:
        """The alert that a new decision calls for; a directory that answered without a copy has recovered."""
        if decision.reason is Reason.DIRECTORY_ERROR:
            # a failed question has added its alert, and the first of a key is kept; else the row can't be used
            self._failed(DirectoryError(f"the row of {self.number} can't be used", "malformed_row"))
            return
        tenant_id = self.listing.tenant_id if self.listing else None
        self.alerts.decided(decision, self.number, tenant_id, self.ringing.ringing_at)
        looked_up = self.did is not None and not self.ringing.unsigned
        if looked_up and all(read is None or read.failure is None for read in (self.listing, self.tenant)):
            self.alerts.recovered(self._directory_alert)

    async def _open(self, decision: Decision) -> None:
        ringing = self.ringing
        opening = CallOpening(
            call_id=ringing.call_id,
            stage=self.of.stage,
            release=self.of.release,
            medium=ringing.medium,
            did_raw=ringing.did_raw,
            did=self.did,
            caller_raw=ringing.caller_id,
            caller=self.caller,
            tenant_id=decision.tenant_id,
            template=decision.template if isinstance(decision, Admit) else None,
            template_version=label(decision.template_version) if isinstance(decision, Admit) else None,
            decision=to_json(decision),
            ringing_at=ringing.ringing_at,
            synthetic=ringing.synthetic,
            room_id=ringing.room_id,
        )
        try:
            await self.of.calls.open(opening)
        except StoreError as error:
            # the caller is answered all the same; the completion makes the record
            log.error("call row not opened", action="admit", call_id=ringing.call_id, error=str(error))
            self.alerts.add("call_not_opened", "page", "A call's row could not be opened", error=str(error))

    async def _keep_for_room(self, decision: Decision) -> None:
        """LiveKit may start anew during a call: its caller joins again, with a token that has expired meanwhile, and
        the call is known by its room alone."""
        room_id = self.ringing.room_id
        if room_id is None or room_id == self.ringing.call_id or self.without_redis:
            return
        try:
            await self.of.sessions.decide_once(room_id, to_json(decision))
        except StoreError as error:
            self._redis_lost(error)

    def _redis_lost(self, error: StoreError) -> None:
        self.without_redis = True
        self.alerts.redis_lost(error)

    def _log(self, decision: Decision) -> None:
        ringing = self.ringing
        log.info(
            "call decided",
            action="admit",
            call_id=ringing.call_id,
            decision=type(decision).__name__.lower(),
            reason=decision.reason.value,
            tenant_id=decision.tenant_id,
            did=self.did,
            caller=mask(ringing.caller_id),
            room=ringing.room_id,
            pii={
                "did_raw": ringing.did_raw[:_RAW_CHARACTERS],
                "caller_raw": (ringing.caller_raw or "")[:_RAW_CHARACTERS],
                "caller": caller_key(ringing.caller_id),
            },
        )
