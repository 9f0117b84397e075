"""A call's values (opening, events, facts, record), and `conclude`, which derives its disposition and outcome."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from shared.domain.tenant import Fallback
from shared.domain.traversal import Visit

Witness = Literal["agent", "room_finished", "carrier", "watchdog"]
Party = Literal["caller", "agent", "system"]
Direction = Literal["inbound", "outbound"]


class Disposition(StrEnum):
    """What the network did."""

    ANSWERED = "ANSWERED"
    NO_ANSWER = "NO_ANSWER"
    BUSY = "BUSY"
    FAILED = "FAILED"
    CONGESTION = "CONGESTION"
    ABANDONED = "ABANDONED"


class Outcome(StrEnum):
    """What the conversation achieved."""

    CRISIS = "CRISIS"
    THREAT = "THREAT"
    ABUSE = "ABUSE"
    """The agent put the caller out for abuse."""
    REQUEST_FAILED = "REQUEST_FAILED"
    """The caller said yes to a request that no store took: somebody has to call them."""
    REQUEST_TAKEN = "REQUEST_TAKEN"
    QUESTION_ANSWERED = "QUESTION_ANSWERED"
    UNRESOLVED = "UNRESOLVED"
    """The caller asked for something, and got neither an answer nor a request taken."""
    MACHINE = "MACHINE"
    """An announcement, a menu or another agent called, and no person."""
    NO_INPUT = "NO_INPUT"
    """The caller asked for nothing before our side ended the call."""
    HUNG_UP_EARLY = "HUNG_UP_EARLY"
    """The caller hung up before they asked for anything."""
    ANNOUNCED = "ANNOUNCED"
    REJECTED = "REJECTED"
    PROVIDER_FAILED = "PROVIDER_FAILED"
    TRANSFERRED = "TRANSFERRED"
    """A person of the tenant took the call."""
    VOICEMAIL = "VOICEMAIL"
    FORWARDED = "FORWARDED"
    NOT_ANSWERED = "NOT_ANSWERED"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Utterance:
    """One utterance of the transcript. Times are seconds since the call began to ring."""

    speaker: Literal["caller", "agent"]
    text: str
    at_seconds: float
    interrupted: bool = False
    latency_ms: dict[str, float] = field(default_factory=dict[str, float])
    """Of an agent's utterance: `total`, `endpointing`, `stt`, `llm`, `tts`, `pickup`; an unknown one is absent."""
    template: str | None = None
    """The one that answered the call when it began; None in a record of an older release."""


@dataclass(frozen=True)
class Usage:
    """How much of one provider's model a call used."""

    kind: Literal["stt", "llm", "tts", "carrier", "compute"]
    provider: str
    model: str
    audio_seconds: float = 0.0
    characters: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class CallOpening:
    """What is known when a call begins. `decision` is `decisions.to_json` of the routing decision."""

    call_id: str
    stage: str
    release: str
    medium: Literal["phone", "browser", "screen"]
    did_raw: str
    did: str | None
    caller_raw: str | None
    caller: str | None
    """E.164, or None when the caller's number isn't known."""
    tenant_id: str | None
    template: str | None
    decision: dict[str, Any]
    ringing_at: datetime
    synthetic: bool = False
    """Made by ourselves as a test: no limit, bill or missed-call page counts it."""
    room_id: str | None = None
    """The call id that its room's name gives, where it differs from `call_id`."""
    direction: Direction = "inbound"
    attempt_id: str | None = None
    """Of an outbound call: the UUID of the attempt that it is."""
    template_version: str | None = None
    """A number, or `rollout.SHIPPED`; None where no template answers."""


@dataclass(frozen=True)
class CallEvent:
    """One append-only fact of a call's life; `key` makes it idempotent within its call."""

    call_id: str
    key: str
    kind: str
    at: datetime
    fields: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class CallFacts:
    """What the witnesses know of a call's end; None: no witness knows."""

    admitted: bool
    announced: bool = False
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: Party | None = None
    end_reason: str | None = None
    """`caller_hung_up`, `goodbye`, `silence`, `transferred`, `abuse`, `threat`, `machine`, `time_limit`,
    `announcement`, `provider_failed`, `cancelled`, `error`; of an unanswered call `no_worker`, `at_capacity`,
    `not_answered`; of a broken one `agent_lost`, `room_gone` …"""
    sip_code: int | None = None
    caller_turns: int = 0
    agent_turns: int = 0
    requests_taken: int = 0
    """Rows of the business that this call left (prayers, callbacks …)."""
    requests_failed: int = 0
    """Kinds of rows that the caller said yes to, and that no store took."""
    questions_asked: int = 0
    """Turns in which the caller asked for something."""
    questions_answered: int = 0
    """Turns of the caller that got an answer."""
    crisis: bool = False
    threat: bool = False
    put_out: bool = False
    """Whether the agent ended the call for abuse."""
    machine: bool = False
    """Whether all that called was a machine."""
    transferred: bool = False
    """Whether a person of the tenant took the call."""
    provider_failed: bool = False
    fallback: Fallback | None = None
    """What the caller got from the carrier instead of an answer."""
    hangup_cause: str | None = None
    """As the carrier names it."""
    carrier_session: str | None = None
    carrier_seconds: float | None = None
    """Billed seconds: from when the caller's leg was answered, by an agent or a machine, to its end."""


@dataclass(frozen=True)
class Verdict:
    disposition: Disposition
    outcome: Outcome


def conclude(facts: CallFacts) -> Verdict:
    """What the network did and what the conversation achieved. Any facts have a verdict.

    The weightiest outcome wins: danger, then a fault that ended the call, then what the caller got.
    """
    answered = facts.answered_at is not None or facts.caller_turns > 0
    return Verdict(Disposition.ANSWERED if answered else _unanswered(facts), _outcome(facts, answered))


_BY_SIP_CODE = {
    404: Disposition.FAILED,
    408: Disposition.NO_ANSWER,
    480: Disposition.NO_ANSWER,
    486: Disposition.BUSY,
    487: Disposition.ABANDONED,
    503: Disposition.CONGESTION,
    600: Disposition.BUSY,
    603: Disposition.BUSY,
}
_BY_FALLBACK: dict[Fallback, Outcome] = {
    "announcement": Outcome.ANNOUNCED,
    "voicemail": Outcome.VOICEMAIL,
    "forward": Outcome.FORWARDED,
}
_FIRST_SIP_FAILURE = 400
_FAULTS = ("error", "cancelled", "agent_lost")


def _unanswered(facts: CallFacts) -> Disposition:
    if facts.fallback is not None:
        # a carrier's announcement or voicemail is no answer (DU-69), and a caller who hangs up on it hasn't abandoned
        return Disposition.NO_ANSWER if facts.admitted else Disposition.CONGESTION
    if facts.ended_by == "caller":
        return Disposition.ABANDONED
    if facts.sip_code is not None and facts.sip_code >= _FIRST_SIP_FAILURE:
        return _BY_SIP_CODE.get(facts.sip_code, Disposition.FAILED)
    if facts.provider_failed or facts.end_reason in _FAULTS:
        return Disposition.FAILED
    if not facts.admitted and not facts.announced:
        return Disposition.CONGESTION
    return Disposition.NO_ANSWER


def _outcome(facts: CallFacts, answered: bool) -> Outcome:
    if facts.crisis:
        return Outcome.CRISIS
    if facts.threat:
        return Outcome.THREAT
    if facts.end_reason == "error":
        return Outcome.ERROR
    if not answered and facts.fallback is not None:
        return _BY_FALLBACK[facts.fallback]
    if not answered:
        return Outcome.NOT_ANSWERED if facts.admitted or facts.announced else Outcome.REJECTED
    if facts.announced:
        return Outcome.ANNOUNCED
    if facts.put_out:
        return Outcome.ABUSE
    if facts.provider_failed or facts.end_reason == "provider_failed":
        return Outcome.PROVIDER_FAILED
    if facts.machine:
        return Outcome.MACHINE
    return _achieved(facts)


def _achieved(facts: CallFacts) -> Outcome:
    """Of a conversation with a person. A failed request outweighs a taken one, as somebody has to mend it."""
    if facts.requests_failed > 0:
        return Outcome.REQUEST_FAILED
    if facts.transferred:
        return Outcome.TRANSFERRED
    if facts.requests_taken > 0:
        return Outcome.REQUEST_TAKEN
    if facts.end_reason in _FAULTS:
        return Outcome.ERROR
    if facts.questions_answered > 0:
        return Outcome.QUESTION_ANSWERED
    heard_nothing = facts.ended_by == "caller" and facts.agent_turns <= 1
    if facts.questions_asked > 0 and not heard_nothing:
        return Outcome.UNRESOLVED
    return Outcome.HUNG_UP_EARLY if facts.ended_by == "caller" else Outcome.NO_INPUT


@dataclass(frozen=True)
class Completion:
    """One witness's account of a finished call. The highest-ranked witness wins (agent, carrier, room_finished,
    watchdog, in this order); the others fill gaps."""

    call_id: str
    witness: Witness
    facts: CallFacts
    verdict: Verdict
    transcript: tuple[Utterance, ...] = ()
    usage: tuple[Usage, ...] = ()
    cost_usd: Decimal | None = None
    cost_items: dict[str, Decimal | None] = field(default_factory=dict[str, "Decimal | None"])
    traversal: tuple[Visit, ...] = ()
    template_version: str | None = None
    """The one that the call began with; None where the witness doesn't know it."""


@dataclass(frozen=True)
class TurnedAway:
    """A call that no agent took, by the admission's decision."""

    call_id: str
    at: datetime
    reason: str
    tenant_id: str | None
    did: str | None
    """E.164."""
    did_raw: str | None = field(repr=False)
    """This and the caller's numbers only for an operator who says who they are."""
    caller_raw: str | None = field(repr=False)
    """As it came."""
    caller: str | None = field(repr=False)
    """E.164; also None when withheld or unreadable."""
    room_ids: tuple[str, ...]


@dataclass(frozen=True)
class CallRecord:
    """A row of `calls` with the rows that belong to it, as read from the store."""

    call_id: str
    stage: str
    release: str
    tenant_id: str | None
    tenant_name: str | None
    template: str | None
    did: str | None
    caller: str | None
    decision: dict[str, Any]
    ringing_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: str | None
    outcome: str | None
    ended_by: str | None
    end_reason: str | None
    cost_usd: Decimal | None
    cost_items: dict[str, Decimal | None]
    transcript: tuple[dict[str, Any], ...]
    usage: tuple[dict[str, Any], ...]
    events: tuple[CallEvent, ...] = ()
    consents: tuple[dict[str, Any], ...] = ()
    requests: tuple[dict[str, Any], ...] = ()
    achieved: tuple[str, ...] = ()
    """What its rows say that was achieved, beside `outcome`: `order confirmed`, `booking`, `task` …"""
    recordings: tuple[dict[str, Any], ...] = ()
    synthetic: bool = False
    room_ids: tuple[str, ...] = ()
    """The call ids that its rooms' names give, where they differ from `call_id`."""
    direction: Direction = "inbound"
    attempt_id: str | None = None
    template_version: str | None = None
    traversal: tuple[dict[str, Any] | str, ...] = ()
    """`traversal.Visit`s as JSON; of an older release the nodes' names."""
    result: dict[str, Any] | None = None
    """Where its template names one: `state` (`wanted`, `filled`, `failed`), `found` (field → value), `cost_usd` …"""

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self) | {"stated_outcome": self.stated_outcome}

    @property
    def stated_outcome(self) -> str | None:
        """What the model said last that the call achieved (`update_outcome`); the facts decide `outcome` alone."""
        stated = (event.fields for event in reversed(self.events) if event.kind == "tool_done")
        return next((fields["outcome"] for fields in stated if fields.get("tool") == "update_outcome"), None)
