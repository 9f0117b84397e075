"""What the contract cases of the stores stand on: a stage, a tenant and a number of one test's own."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agent.businesses.church.store import ChurchStore, PrayerRequest
from shared.adapters.memory import FixedClock
from shared.adapters.sql.database import Database
from shared.adapters.sql.directory import SqlDirectory
from shared.adapters.sql.recordings import SqlRecordings
from shared.adapters.sql.records import SqlRecords
from shared.adapters.sql.stores import SqlAlerts, SqlBusinessRows, SqlCalls, SqlConsents, SqlRequests
from shared.domain.call import (
    CallFacts,
    CallOpening,
    Completion,
    Disposition,
    Outcome,
    Usage,
    Utterance,
    Verdict,
)
from shared.domain.traversal import Visit
from shared.ports import Alert, Callback, Receipt, SafetyReport

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
CALLER = "+12065550142"


class Straight:
    """Writes without a spool."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt:
        await self._database.call(function, payload)
        return Receipt.STORED


@dataclass
class World:
    """A stage, a tenant and a number of one test's own, and the stores."""

    database: Database
    sql: Any
    stage: str
    tenant_id: str
    did: str

    def __post_init__(self) -> None:
        writes, self.clock = Straight(self.database), FixedClock(NOON)
        self.directory = SqlDirectory(self.database)
        self.calls = SqlCalls(self.database, writes, self.stage, "r1")
        self.records = SqlRecords(self.database)
        self.consents = SqlConsents(self.database, writes, self.stage, "r1")
        self.requests = SqlRequests(writes, self.stage, "r1")
        self.business_rows = SqlBusinessRows(self.database, writes, self.stage, "r1")
        self.church = ChurchStore(self.business_rows)
        self.recordings = self.recordings_of(self.stage)
        self.alerts = SqlAlerts(self.database, writes, self.stage, "r1", self.clock)

    def recordings_of(self, stage: str) -> SqlRecordings:
        return SqlRecordings(self.database, Straight(self.database), stage, "r1")

    def opening(self, call_id: str | None = None, **changes: Any) -> CallOpening:
        opening = CallOpening(
            call_id=call_id or uuid.uuid4().hex,
            stage=self.stage,
            release="r1",
            medium="phone",
            did_raw="sip:+12065550100@host",
            did=self.did,
            caller_raw="+12065550142",
            caller="+12065550142",
            tenant_id=self.tenant_id,
            template="church",
            decision={"kind": "admit", "reason": "NUMBER_BOUND"},
            ringing_at=NOON,
        )
        return replace(opening, **changes)

    def callback(self, call_id: str, key: str = "k1", **changes: Any) -> Callback:
        wanted = Callback(call_id, key, self.tenant_id, CALLER, NOON, "+12065550188", "a wedding", "Ann")
        return replace(wanted, **changes)

    def prayer(self, call_id: str, key: str = "k1", **changes: Any) -> PrayerRequest:
        return replace(PrayerRequest(call_id, key, self.tenant_id, CALLER, NOON, "For rain"), **changes)

    def safety_report(self, call_id: str, kind: Any, key: str = "k1") -> SafetyReport:
        return SafetyReport(call_id, key, kind, self.tenant_id, CALLER, NOON, "…", {"matched_words": ["bomb"]})

    def alert(self, key: str, **changes: Any) -> Alert:
        return replace(Alert(key, "notice", "Something is wrong"), **changes)

    async def row(self, call_id: str) -> dict[str, Any]:
        return dict(await self.sql.fetchrow("select * from calls where call_id = $1", call_id))


def completion(call_id: str, witness: Any = "agent", **changes: Any) -> Completion:
    facts = CallFacts(
        admitted=True,
        answered_at=NOON + timedelta(seconds=1),
        ended_at=NOON + timedelta(seconds=61),
        ended_by="caller",
        end_reason="caller_hung_up",
        caller_turns=3,
        agent_turns=4,
    )
    told = Completion(
        call_id=call_id,
        witness=witness,
        facts=facts,
        verdict=Verdict(Disposition.ANSWERED, Outcome.QUESTION_ANSWERED),
        transcript=(Utterance("agent", "Thank you for calling.", 1.0, latency_ms={"total": 310.5}),),
        usage=(Usage("stt", "deepgram", "nova-3", audio_seconds=60.5),),
        cost_usd=Decimal("0.012345"),
        cost_items={"stt": Decimal("0.012345"), "carrier": None},
        traversal=(Visit("front_desk", "church", "3", "start"), Visit("care", "church", "3", "go_to_care")),
    )
    return replace(told, **changes)


@pytest.fixture
async def world(database: Database, sql: Any) -> World:
    name = uuid.uuid4().hex
    tenant_id = f"00000000-0000-4000-a000-{name[:12]}"
    did = f"+1206{int(name[:8], 16) % 10**7:07d}"
    await sql.execute(
        "insert into tenants (id, name, timezone, facts) values ($1, 'St. Ansgar', 'America/Los_Angeles', $2)",
        tenant_id,
        '{"address": "1 Hill Road"}',
    )
    stage = f"preview-{name[:8]}"
    await sql.execute("delete from numbers where did = $1", did)
    await sql.execute(
        "insert into numbers (did, stage, tenant_id, template) values ($1, $2, $3, 'church')", did, stage, tenant_id
    )
    return World(database, sql, stage, tenant_id, did)
