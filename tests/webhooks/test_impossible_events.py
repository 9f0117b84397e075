"""Events that are signed and can't be, to a real process: refused and logged, and never an error of ours."""

import json
import time
from collections.abc import Iterator
from typing import Any

from attacked_world import Server
from telnyx_world import Legs, signature_of
from webhooks_world import Webhooks, event, room_name, token_for


def telnyx_event(**changes: Any) -> dict[str, Any]:
    return {"data": Legs().initiated()["data"] | changes}


def events() -> Iterator[tuple[str, str, bytes]]:
    """(name, path, body)."""
    now = int(time.time())

    def livekit(**changes: Any) -> bytes:
        return json.dumps(event("participant_joined", room_name()) | changes).encode()

    def participant(**changes: Any) -> dict[str, Any]:
        return {"identity": "sip_1", "kind": "SIP", **changes}

    def egress(**changes: Any) -> bytes:
        told = {"egressId": "EG_1", "roomName": room_name(), "status": "EGRESS_COMPLETE"}
        file = {"filepath": "00000000-0000-4000-a000-000000000001-12345678.ogg", "s3": {"bucket": "b"}}
        return livekit(egressInfo=told | {"roomComposite": {"fileOutputs": [file]}} | changes)

    year_8000, huge, many = 190_288_396_800, 10**40, b"9" * 5000
    absurd: dict[str, bytes] = {
        "a time in the year 8000": livekit(createdAt=str(year_8000)),
        "a time in 1970": livekit(createdAt="1"),
        "a negative time": livekit(createdAt="-5"),
        "a huge time": livekit(createdAt=str(huge)),
        "a time that is no number": livekit(createdAt="NaN"),
        "a bare NaN": livekit().replace(b'"createdAt": "', b'"createdAt": NaN, "x": "'),
        "a bare Infinity": livekit().replace(b'"createdAt": "', b'"createdAt": Infinity, "x": "'),
        "a number of thousands of digits": livekit().replace(b'"createdAt": "', b'"createdAt": ' + many + b', "x": "'),
        "a participant of the year 8000": livekit(participant=participant(joinedAtMs=str(year_8000 * 1000))),
        "a NUL in an identity": livekit(participant=participant(identity="sip_\0")),
        "a NUL in an attribute": livekit(participant=participant(attributes={"a": "b\0"})),
        "a NUL in an attribute's name": livekit(participant=participant(attributes={"a\0": "b"})),
        "a NUL in the id": livekit(id="EV_\0"),
        "a lone surrogate": livekit(id="EV_\ud800"),
        "an id without end": livekit(id="\U0001f600" * 1000),
        "an event's name without end": livekit(event="\U0001f600" * 1000),
        "deep nesting": livekit().replace(b'"createdAt": "', b'"room": ' + b"[" * 20_000 + b', "x": "'),
        "an egress that ends before it starts": egress(startedAt=str(now * 10**9), endedAt=str((now - 3600) * 10**9)),
        "an egress of a month": egress(startedAt=str((now - 29 * 86400) * 10**9), endedAt=str(now * 10**9)),
        "an egress of the year 8000": egress(startedAt=str(now * 10**9), endedAt=str(year_8000 * 10**9)),
    }  # fmt: skip
    yield from ((name, "/livekit", body) for name, body in absurd.items())

    def saved(began: str, ended: str) -> bytes:
        told = Legs().initiated()["data"]
        payload = told["payload"] | {
            "recording_started_at": began, "recording_ended_at": ended,
            "recording_urls": {"wav": "https://files.example/1.wav"},
        }  # fmt: skip
        return json.dumps({"data": told | {"event_type": "call.recording.saved", "payload": payload}}).encode()

    def days_ago(days: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - days * 86400))

    absurd = {
        "a recording of millennia": saved(days_ago(0), "8999-12-31T23:59:59Z"),
        "a recording that ends before it starts": saved(days_ago(0), days_ago(1)),
        "a recording of twenty days": saved(days_ago(20), days_ago(0)),
        "an event of the year 8000": json.dumps(telnyx_event(occurred_at="8000-01-01T00:00:00Z")).encode(),
        "an event of the year 9999": json.dumps(telnyx_event(occurred_at="9999-12-31T23:59:59-12:00")).encode(),
        "an event of 2001": json.dumps(telnyx_event(occurred_at="2001-01-01T00:00:00Z")).encode(),
        "a NUL in the id": json.dumps(telnyx_event(id="a\0b")).encode(),
        "an id without end": json.dumps(telnyx_event(id="\U0001f600" * 1000)).encode(),
        "a NUL in a number": json.dumps(telnyx_event()).replace("+12065550142", "+1\\u0000").encode(),
    }  # fmt: skip
    yield from ((name, "/telnyx", body) for name, body in absurd.items())


async def test_given_signed_events_that_can_t_be_when_told_then_they_are_refused_and_logged(
    server: Server, client: Webhooks
) -> None:
    wrong: dict[str, Any] = {}
    before = server.process.log.read_text().count('"event": "request refused"')
    for name, path, body in events():
        headers = {"Authorization": token_for(body)} | signature_of(body)
        answer = await client.client.post(path, content=body, headers=headers)
        if (answer.status_code, answer.json().get("code")) != (400, "input_invalid"):
            wrong[f"{path}: {name}"] = (answer.status_code, answer.text[:200])
    assert wrong == {}
    refused = server.process.log.read_text().count('"event": "request refused"')
    assert refused - before >= len(list(events()))


async def test_given_keys_twice_when_told_then_the_last_one_counts_and_nothing_breaks(
    client: Webhooks,
) -> None:
    body = json.dumps(event("room_started", room_name())).encode().replace(b'"event":', b'"event": "x", "event":')
    answer = await client.tell(body)
    assert (answer.status_code, answer.json()["event"]) == (200, "room_started")
    escaped = event("participant_joined", room_name(), participant={"identity": "a\\u0000b"})
    assert (await client.tell(escaped)).status_code == 200, "a backslash and u0000 are text that Postgres keeps"
