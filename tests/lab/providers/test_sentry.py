"""What reaches Sentry, on the wire."""

import asyncio
import gzip
import json

import httpx
import pytest
import sentry_sdk
from sentry_sdk.utils import event_from_exception

from lab.providers.control import LabControl
from lab.providers.sentry import parse_envelope


def _report(dsn: str) -> None:
    """In a thread: the SDK's transport blocks while it flushes."""
    client = sentry_sdk.Client(dsn=dsn, release="abc123", default_integrations=False)
    try:
        raise ValueError("the tool broke")
    except ValueError as error:
        event, hint = event_from_exception(error, client_options=client.options)
    client.capture_event({**event, "tags": {"call_id": "c-1"}}, hint=hint)
    client.close(timeout=5)


async def test_given_the_real_sdk_when_it_reports_then_the_event_is_received(lab: LabControl) -> None:
    await lab.clear_sentry()
    await asyncio.to_thread(_report, lab.url.replace("http://", "http://public@") + "/1")
    [event] = await lab.sentry_events()
    assert event["exception"]["values"][0]["value"] == "the tool broke"
    assert event["release"] == "abc123"
    assert event["tags"] == {"call_id": "c-1"}
    await lab.clear_sentry()
    assert await lab.sentry_events() == []


async def test_given_a_fault_then_nothing_is_received(lab: LabControl) -> None:
    await lab.clear_sentry()
    async with lab.faulty("sentry", "status", status=503):
        await asyncio.to_thread(_report, lab.url.replace("http://", "http://public@") + "/1")
    assert await lab.sentry_events() == []


def test_given_items_with_and_without_length_then_both_are_read() -> None:
    payload = b'{"message": "a\\nb"}'
    raw = b'{"event_id": "e"}\n{"type": "event", "length": %d}\n%s\n{"type": "session"}\n{"sid": 1}\n' % (
        len(payload),
        payload,
    )
    assert [(i["type"], i["payload"]) for i in parse_envelope(raw)] == [
        ("event", {"message": "a\nb"}),
        ("session", {"sid": 1}),
    ]


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"not json", ""), (b"", ""), (b'{"a":1}\n[]\n', ""), (b"not gzip", "gzip"), (b"{}", "br")],
)
async def test_given_a_malformed_envelope_then_a_400(lab: LabControl, body: bytes, encoding: str) -> None:
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        headers = {"content-encoding": encoding} if encoding else {}
        assert (await client.post("/api/1/envelope/", content=body, headers=headers)).status_code == 400


async def test_given_a_bomb_then_it_is_not_unpacked(lab: LabControl) -> None:
    bomb = gzip.compress(json.dumps({"a": " " * 50_000_000}).encode())
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        answer = await client.post("/api/1/envelope/", content=bomb, headers={"content-encoding": "gzip"})
    assert answer.status_code == 400
