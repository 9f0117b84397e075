"""What the tests of stages stand on: roles of stages, and rows of other ones that they are not to get at."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import business_tables
import pytest
from stores_world import NOON

from lab.stack.operator import stage_dsn

GRACE, HARBOR = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"
REAL = "00000000-0000-4000-b000-00000000beef"
DIDS = {"production": "+13125550171", "local": "+13125550172", "preview-b": "+13125550173", "preview-a": "+13125550174"}
SECRET = "Sixpence"
"""Stands in every row of another stage."""


@pytest.fixture
async def operator(database_url: str) -> AsyncIterator[Any]:
    """A superuser's connection to the test's own database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def as_stage(database_url: str, operator: Any) -> AsyncIterator[Callable[[str], Any]]:
    """The DSN of a stage's own role; the server's databases share its roles."""
    made: list[str] = []

    async def dsn(stage: str) -> str:
        made.append(stage)
        return await stage_dsn(database_url, stage)

    yield dsn
    for stage in made:
        await operator.execute("select pickup.dismiss_stage($1)", stage)


@pytest.fixture
def stage() -> str:
    """A preview of the test's own."""
    return f"preview-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def preview(as_stage: Any, stage: str) -> AsyncIterator[Any]:
    """A connection by the preview's own role."""
    connection = await asyncpg.connect(await as_stage(stage))
    yield connection
    await connection.close()


async def told(connection: Any, function: str, payload: dict[str, Any]) -> Any:
    answer = await connection.fetchval(f"select public.{function}($1::text::jsonb)::text", json.dumps(payload))
    return None if answer is None else json.loads(answer)


WANTED = {"fields": {"fields": [{"name": "x", "type": "text", "description": SECRET}]}}
ALERTS: dict[str, str] = {}
"""The id of each filled call's alert."""
ITEMS: dict[tuple[str, str], dict[str, str]] = {}
"""The id and the reference of each filled stock's item, by stage and tenant."""


async def fill(operator: Any, stage: str, tenant_id: str, did: str) -> str:
    """A row in every table, by the functions themselves; gives the id of its call."""
    written = {
        "call_id": SECRET + uuid.uuid4().hex,
        "stage": stage,
        "release": "r1",
        "tenant_id": tenant_id,
        "key": SECRET,
    }
    at = NOON.isoformat()
    await operator.execute(
        "insert into tenants (id, name, timezone) values ($1, $2, 'UTC') on conflict do nothing", tenant_id, SECRET
    )
    await operator.execute(
        "insert into blocked_callers (tenant_id, caller, reason) values ($1, '1', $2) on conflict do nothing",
        tenant_id,
        SECRET,
    )
    await told(operator, "bind_number_v1", written | {"did": did, "template": SECRET})
    await told(operator, "take_place_v1", written | {"at": at})
    opening = {"medium": "phone", "ringing_at": at, "did": did, "template": SECRET, "room_id": uuid.uuid4().hex}
    await told(operator, "open_call_v1", written | opening)
    await told(operator, "note_event_v1", written | {"kind": SECRET, "at": at})
    await told(operator, "call_numbers_v1", written | {"reader": SECRET})
    words = {"answer": "GRANTED", "policy_version": "v1", "text_hash": "a" * 64, "language": "en"}
    await told(operator, "record_consent_v1", written | words | {"utterance": SECRET, "at": at})
    await told(
        operator, "put_recording_v1", written | {"recording_id": SECRET + stage, "path": SECRET, "started_at": at}
    )
    voicemail = {"recording_id": f"{SECRET}-v-{stage}", "kind": "voicemail", "source_url": SECRET, "started_at": at}
    await told(operator, "put_recording_v1", written | voicemail)
    for function in ("submit_callback_v1", "report_crisis_v1", "report_threat_v1"):
        await told(operator, function, written | {"at": at, "utterance": SECRET})
    await business_tables.insert_rows(
        operator, tenant_id=tenant_id, call_id=written["call_id"], stage=stage, text=SECRET
    )
    item = await operator.fetchrow(
        "select equipment_id::text, reference from equipment where stage = $1 and tenant_id = $2", stage, tenant_id
    )
    ITEMS[stage, tenant_id] = dict(item)
    alert = {"raise_id": SECRET + stage, "severity": "page", "title": SECRET, "at": at}
    await told(operator, "raise_alert_v1", written | alert)
    ALERTS[written["call_id"]] = alert_id = str(
        await operator.fetchval("select id from alerts where stage = $1 and key = $2", stage, SECRET)
    )
    notice = {"alert_id": alert_id, "channel": "chat", "kind": "opened", "round": 0, "raised": 1, "cause": SECRET}
    # a template is every stage's, its rollout isn't
    await told(operator, "put_template_v1", {"name": "filled", "body": {"name": "filled"}})
    await told(operator, "publish_template_v1", written | {"name": "filled", "version": 1, "share": 100})
    await told(operator, "claim_notice_v1", notice | {"at": at, "next_at": at})
    await told(operator, "note_event_v1", written | {"key": "wanted", "kind": "result_wanted", "at": at} | WANTED)
    webhook = {"url": f"https://{SECRET}.example", "secret": f"whsec_{SECRET}", "with_transcript": True}
    await told(operator, "set_webhook_v1", written | webhook)
    # what a demo tenant has is every stage's, as its facts are
    kept = SECRET if tenant_id == REAL else "of a demo tenant"
    await told(operator, "put_person_v1", written | {"name": kept, "number": "204", "place": 1, "cold": False})
    passages = [{"heading": kept, "text": kept}]
    await told(operator, "put_document_v1", written | {"name": kept, "title": kept, "passages": passages})
    await told(operator, "allow_host_v1", written | {"host": f"{SECRET}.example".lower()})
    await told(operator, "set_tenant_secret_v1", written | {"name": "crm", "value": SECRET})
    await told(operator, "set_pin_v1", written | {"hash": f"scrypt${'0a' * 16}${'1b' * 32}"})
    await operator.execute(
        "insert into deliveries (event_id, endpoint_id, kind, call_id, created_at, since, next_at, stage) "
        "select 'call_completed_' || $1, endpoint_id, 'call.completed', $1, $3, $3, $3, stage "
        "from webhook_endpoints where stage = $2",
        written["call_id"],
        stage,
        NOON,
    )
    tried = {"event_id": f"call_completed_{written['call_id']}", "attempt": 0, "follows": "retry", "error": SECRET}
    await told(operator, "note_delivery_v1", tried | {"at": at, "seconds": 1, "next_at": at, "holds_line": True})
    event = {"event_id": SECRET + stage, "worker_id": "w1", "name": "voice.worker.error", "at": at}
    await told(operator, "note_worker_event_v1", written | event | {"fields": {"message": SECRET}})
    return written["call_id"]


def foreign(call_id: str, stage: str, tenant_id: str, did: str) -> dict[str, Any]:
    """What makes any function do something: to a call, a number and a tenant of another stage."""
    at = (NOON + timedelta(seconds=1)).isoformat()
    return {
        "call_id": call_id, "stage": stage, "release": "r2", "tenant_id": tenant_id, "did": did, "caller": "1",
        "key": SECRET, "kind": "call", "at": at, "before": "infinity", "since": "-infinity", "limit": 100,
        "fields": {"did": did}, "prayer_request_text": "Mine", "reason": "mine", "template": "mine", "medium": "phone",
        "room_id": uuid.uuid4().hex, "ringing_at": at, "witness": "agent", "facts": {"ended_by": "agent"},
        "verdict": {"disposition": "FAILED", "outcome": "MINE"}, "answer": "WITHDRAWN", "policy_version": "v9",
        "text_hash": "b" * 64, "language": "en", "utterance": "mine", "recording_id": SECRET + stage, "path": "mine",
        "started_at": at, "deleted_at": at, "source_url": "mine", "raise_id": uuid.uuid4().hex, "severity": "notice",
        "title": "mine", "reader": "mine", "recording_ids": [SECRET + stage], "after": "", "by": "mine",
        "alert_id": ALERTS.get(call_id, str(uuid.uuid4())),
        "channel": "chat", "round": 0, "raised": 9, "cause": "mine", "next_at": at, "until": at, "state": "waiting",
        "event_id": f"call_completed_{call_id}", "attempt": 1, "follows": "delivered", "seconds": 1, "url": "http://mine",
        "secret": "whsec_mine", "with_transcript": True, "previous_until": at,
        "sent_at": at, "silenced_until": at,
        "name": "filled", "version": 1, "share": 50, "body": {"name": "filled", "of": 2},
        **ITEMS.get((stage, tenant_id), {"reference": SECRET, "equipment_id": str(uuid.uuid4())}), "operator": "mine",
        "customer_name": "mine", "starts_on": "2026-05-04", "ends_on": "2026-05-05", "daily_price": "9",
        "rows": [{"reference": SECRET, "name": "mine", "category": "mine", "daily_rate": "2"}],
        "statuses": [{"reference": SECRET, "status": "AVAILABLE"}],
        "words": SECRET, "passages": [{"heading": "mine", "text": "mine"}],
    }  # fmt: skip


async def functions(operator: Any) -> list[str]:
    rows = await operator.fetch("select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1")
    return [row["proname"] for row in rows]


async def tables(operator: Any) -> list[str]:
    rows = await operator.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1"
    )
    return [row["relname"] for row in rows]


async def rows(operator: Any) -> dict[str, list[str]]:
    """All that there is."""
    return {
        table: [row[0] for row in await operator.fetch(f"select to_jsonb(t)::text from {table} t order by 1")]
        for table in await tables(operator)
    }
