"""The auditor: holds what the telephones met against what the system kept, and lists what is wrong. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.chaos.accounts import Kept, PhoneAccount
from bench.chaos.schedule import Strike

ANSWER_SECONDS = 12.0
"""By then each caller hears an agent, an announcement or a voicemail."""
DEAD_AIR_SECONDS = 12.0
APART = timedelta(seconds=12)
"""By so much a record's times may differ from the telephone's, whose side may notice an end later."""
AFTERMATH_SECONDS = 8.0
"""After a strike on a process that carries the call itself, until its successor carries calls."""
CARRYING = {
    "direct": frozenset({"gateway", "livekit", "redis"}),
    "carrier": frozenset({"carrier"}),
}
"""Without these no INVITE of this way reaches us. LiveKit makes no room without Redis; a carrier's call needs neither:
the webhooks give it a voicemail then."""
POLITE = frozenset({"goodbye", "silence", "time_limit", "machine", "announcement", "provider_failed"})
"""How our side ends a call: with a sentence."""
BREAKING = frozenset({"gateway", "livekit", "carrier"})
"""Those carry the sound of a call themselves: when one dies, its calls die with it."""


@dataclass(frozen=True)
class Violation:
    rule: str
    call: str
    """The caller's number, or what is left over."""
    finding: str


@dataclass(frozen=True)
class Audit:
    """What became of the calls."""

    calls: int
    answered: int
    refused: int
    """In direct mode, where LiveKit ends the ringing and the carrier's forward would speak."""
    unreachable: int
    """Their INVITE met a carrier, gateway or server that was just struck."""
    broken: int
    """Answered ones whose sound was carried by a process that died."""
    slowest_answer_seconds: float
    longest_silence_seconds: float
    violations: Sequence[Violation]


def audit(accounts: Sequence[PhoneAccount], kept: Kept, strikes: Sequence[Strike]) -> Audit:
    """Each call is looked at by itself; then what is left over of all of them."""
    answered = [one for one in accounts if one.answered_seconds is not None]
    unreachable = [one for one in accounts if one.answered_seconds is None and _struck(one, strikes, CARRYING[one.way])]
    violations = [*_answers(accounts, strikes), *_drops(answered, kept, strikes), *_records(accounts, kept, strikes)]
    violations += [*_consent(kept), *_effects(kept), *_leftovers(kept), *_money(accounts, kept, strikes)]
    refused = sum(one.answered_seconds is None and one.way == "direct" for one in accounts)
    return Audit(
        calls=len(accounts),
        answered=len(answered),
        refused=refused - sum(one.way == "direct" for one in unreachable),
        unreachable=len(unreachable),
        broken=sum(_broke(one, strikes) for one in answered),
        slowest_answer_seconds=max((one.answered_seconds or 0.0 for one in answered), default=0.0),
        longest_silence_seconds=max((one.longest_silence_seconds for one in answered), default=0.0),
        violations=violations,
    )


def _answers(accounts: Sequence[PhoneAccount], strikes: Sequence[Strike]) -> Iterator[Violation]:
    """Every INVITE gets an answer, or an announcement, in time."""
    for one in accounts:
        if one.answered_seconds is None:
            ended = one.ended_seconds if one.ended_seconds is not None else float("inf")
            if _struck(one, strikes, CARRYING[one.way]):
                continue
            if one.way == "carrier" or ended > ANSWER_SECONDS:
                yield Violation(
                    "answered", one.caller, f"{one.way}: {one.reason} {one.sip_code or ''} in {ended:.1f} s"
                )
        elif one.answered_seconds > ANSWER_SECONDS and not _struck(one, strikes, CARRYING[one.way]):
            yield Violation("answered in time", one.caller, f"{one.way}: after {one.answered_seconds:.1f} s")
        elif one.sound_seconds is None and one.unheard_seconds > DEAD_AIR_SECONDS and not _broke(one, strikes):
            yield Violation("heard", one.caller, f"{one.way}: nothing for {one.unheard_seconds:.1f} s after the answer")


def _drops(answered: Sequence[PhoneAccount], kept: Kept, strikes: Sequence[Strike]) -> Iterator[Violation]:
    """Only the caller, or the agent with a goodbye, ends a call; and the agent isn't silent when it has the word."""
    by_caller = {row["caller"]: row for row in kept.records}
    for one in answered:
        if _broke(one, strikes):
            continue
        row = by_caller.get(one.caller)
        if one.ended_by != "us" and (row is None or row["end_reason"] not in POLITE):
            why = f", {row['end_reason']}" if row else ""
            ended = f"{one.way}: {one.reason} after {one.ended_seconds or 0:.1f} s{why}"
            yield Violation("not dropped", one.caller, ended)
        if one.longest_silence_seconds > DEAD_AIR_SECONDS:
            yield Violation("no dead air", one.caller, f"{one.way}: {one.longest_silence_seconds:.1f} s")


def _records(accounts: Sequence[PhoneAccount], kept: Kept, strikes: Sequence[Strike]) -> Iterator[Violation]:
    """Each call has one record, and it says what the telephone met."""
    rows = Counter(row["caller"] for row in kept.records)
    by_caller = {row["caller"]: row for row in kept.records}
    for one in accounts:
        row = by_caller.get(one.caller)
        if row is None:
            if one.answered_seconds is not None or not _struck(one, strikes, CARRYING[one.way]):
                yield Violation("one record", one.caller, f"{one.way}: there is none")
            continue
        if rows[one.caller] > 1:
            yield Violation("one record", one.caller, f"{one.way}: there are {rows[one.caller]}")
        if row["completed_at"] is None:
            yield Violation("completed", one.caller, f"{one.way}: its record is open")
            continue
        if row["disposition"] == "ANSWERED" and one.answered_seconds is None:
            yield Violation("true record", one.caller, "ANSWERED, but the telephone rang on")
        if row["disposition"] != "ANSWERED" and one.way == "direct" and one.answered_seconds is not None:
            yield Violation("true record", one.caller, f"{row['disposition']}, but the telephone was answered")
        if one.ended_seconds is not None and row["ended_at"] is not None and not _broke(one, strikes):
            ended_at = one.invited_at + timedelta(seconds=one.ended_seconds)
            if abs(row["ended_at"] - ended_at) > APART:
                yield Violation("true record", one.caller, f"ended {row['ended_at'] - ended_at} from its end")


def _consent(kept: Kept) -> Iterator[Violation]:
    """Nothing is recorded without a yes, and nothing is kept after a withdrawal."""
    for recording in kept.recordings:
        if recording["kind"] != "call" or recording["deleted_at"] is not None:
            continue
        answers = kept.consents.get(recording["call_id"], ())
        if "GRANTED" not in answers:
            yield Violation("consent", recording["call_id"], f"recorded after {', '.join(answers) or 'no answer'}")


def _effects(kept: Kept) -> Iterator[Violation]:
    """Nothing that a caller wanted was done twice."""
    for call_id, requests in kept.requests.items():
        wanted = Counter((row["kind"], repr(row.get("fields"))) for row in requests)
        for (kind, _), times in wanted.items():
            if times > 1:
                yield Violation("once", call_id, f"{times} of {kind} with the same fields")


def _leftovers(kept: Kept) -> Iterator[Violation]:
    """Nothing is held for a call that is over, and nothing waits to be written."""
    yield from (Violation("no room left", room, "is open") for room in kept.rooms)
    yield from (Violation("no key left", key, "is kept") for key in kept.keys)
    yield from (Violation("all written", file, "holds lines") for file in kept.spooled)
    yield from (Violation("all written", line, "was refused for good") for line in kept.refused)


def _money(accounts: Sequence[PhoneAccount], kept: Kept, strikes: Sequence[Strike]) -> Iterator[Violation]:
    """Our record's times agree with the carrier's own."""
    by_caller = {row["caller"]: row for row in kept.records}
    for one in accounts:
        carried, row = kept.carried.get(one.caller), by_caller.get(one.caller)
        if carried is None or row is None or row["ended_at"] is None or _broke(one, strikes):
            continue
        ended_at = carried["ended_at"]
        if ended_at is not None and abs(row["ended_at"] - ended_at) > APART:
            yield Violation("minutes agree", one.caller, f"ended {row['ended_at'] - ended_at} from the carrier's end")


def _struck(one: PhoneAccount, strikes: Sequence[Strike], targets: frozenset[str]) -> bool:
    """Whether a strike on one of these lay between its INVITE and what became of it, or was just over."""
    until = one.at_seconds + min(one.answered_seconds or ANSWER_SECONDS, ANSWER_SECONDS)
    return any(
        strike.target in targets
        and strike.at_seconds <= until
        and one.at_seconds <= strike.at_seconds + strike.seconds + AFTERMATH_SECONDS
        for strike in strikes
    )


def _broke(one: PhoneAccount, strikes: Sequence[Strike]) -> bool:
    """Whether a process that carried its sound died meanwhile."""
    until = one.at_seconds + (one.ended_seconds if one.ended_seconds is not None else float("inf"))
    carrying = BREAKING if one.way == "carrier" else BREAKING - {"carrier"}
    return any(
        strike.act == "kill" and strike.target in carrying and one.at_seconds <= strike.at_seconds <= until
        for strike in strikes
    )
