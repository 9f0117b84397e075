"""The measured load: what it tells is what the server takes for a call's events."""

from datetime import UTC, datetime

from bench.webhooks.story import NOT_ANSWERED_EVERY, PUBLIC_KEY, stories
from webhooks.signatures import verify_telnyx
from webhooks.telnyx import parse


def test_given_the_load_when_it_is_told_then_each_event_is_signed_and_of_its_call() -> None:
    told = stories(NOT_ANSWERED_EVERY)
    now = datetime.now(UTC)
    sessions: set[str] = set()
    for story in told:
        events = []
        for each in story:
            head, _, body = each.request.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            verify_telnyx(body, headers["telnyx-signature-ed25519"], headers["telnyx-timestamp"], PUBLIC_KEY, now)
            _, event = parse(body, now)
            assert event is not None
            assert f"{event.name.removeprefix('call.')} ({event.note.role if event.note else 'caller'})" == each.kind
            events.append(event)
        assert len({event.session_id for event in events}) == 1
        assert [event.of_caller for event in events if event.name == "call.initiated"] == [True, False]
        assert sum(event.name == "call.hangup" and event.of_caller for event in events) == 1
        sessions.add(events[0].session_id)
    assert len(sessions) == len(told)
    assert sum(len(story) == 8 for story in told) == len(told) - 1, "one is answered by nobody"
