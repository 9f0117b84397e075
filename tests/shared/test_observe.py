import gzip
import io
import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import sentry_sdk
import structlog

from shared.config import Settings, load_settings
from shared.errors import StoreUnavailable
from shared.observe import init_logs, init_sentry, log, report, scrubbed


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    sentry_sdk.init()


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A DSN, and the events that reach it, as they were on the wire."""
    events: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            lines = body.split(b"\n")
            for head, item in zip(lines[1::2], lines[2::2], strict=False):
                if head and json.loads(head).get("type") == "event":
                    events.append(json.loads(item))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://public@127.0.0.1:{server.server_port}/1", events
    server.shutdown()
    server.server_close()
    thread.join()


def settings(**changes: Any) -> Settings:
    return load_settings(needs=(), stage="preview-blue", release="r1", sentry_dsn=None, **changes)


def fail(message: str) -> Exception:
    try:
        raise StoreUnavailable(message)
    except StoreUnavailable as error:
        return error


def test_when_an_error_is_reported_then_sentry_gets_it_without_personal_data(
    sentry: tuple[str, list[dict[str, Any]]],
) -> None:
    dsn, events = sentry
    init_sentry(settings().model_copy(update={"sentry_dsn": type(settings().openai_api_key)(dsn)}))
    message = "no answer for +1 206-555-0142 with Bearer abcdef123456"
    for _ in range(5):
        report(fail(message), call_id="call-1", action="note", pii={"caller": "+12065550142"})
    report(fail(message), call_id="call-2")
    sentry_sdk.flush(5)
    assert [event["tags"]["call_id"] for event in events] == ["call-1", "call-2"], "a repeated error is told once"
    event = events[0]
    assert (event["environment"], event["release"], event["tags"]["code"]) == (
        "preview-blue",
        "r1",
        "store_unavailable",
    )
    assert event["exception"]["values"][-1]["value"] == "no answer for [phone] with [secret]"
    assert "2065550142" not in json.dumps(events)
    assert "555-0142" not in json.dumps(events)
    assert "abcdef123456" not in json.dumps(events)


def test_when_there_is_no_dsn_then_a_report_is_only_logged(capsys: pytest.CaptureFixture[str]) -> None:
    init_logs(settings(), as_json=True)
    init_sentry(settings())
    with structlog.contextvars.bound_contextvars(call_id="call-9"):
        report(fail("gone"), action="note")
    told = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert (told["event"], told["code"], told["call_id"], told["stage"]) == (
        "error", "store_unavailable", "call-9", "preview-blue",
    )  # fmt: skip


def test_when_logs_are_for_people_then_they_are_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    init_logs(settings(), as_json=False)
    log.info("call answered", action="answer")
    assert "call answered" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("call +12065550142 now", "call [phone] now"),
        ("(206) 555-0142", "[phone]"),
        ("tenant 00000000-0000-4000-a000-000000000001", "tenant 00000000-0000-4000-a000-000000000001"),
        ("at 2026-05-04T12:00:00.123456Z, 2026-05-04 12:00:01", "at 2026-05-04T12:00:00.123456Z, 2026-05-04 12:00:01"),
        ("127.0.0.1:54321", "127.0.0.1:54321"),
        ("Authorization: Bearer eyJhbGciOi.abc", "Authorization: [secret]"),
        ("postgresql://u:pw@h/d", "postgresql[secret]h/d"),
        ({"api_key": "x", "pii": {"caller": "Ann"}, "deep": [{"n": "+442079460018"}]},
         {"api_key": "[secret]", "deep": [{"n": "[phone]"}]}),
        (17, 17),
    ],
)  # fmt: skip
def test_when_something_is_scrubbed_then_only_what_is_personal_or_secret_goes(given: Any, expected: Any) -> None:
    assert scrubbed(given) == expected


def test_when_a_library_warns_then_it_is_a_line_of_json_with_the_call_and_without_its_own_fields() -> None:
    written = io.StringIO()
    init_logs(settings(), file=written, as_json=True)
    with structlog.contextvars.bound_contextvars(call_id="call-1"):
        logging.getLogger("some.library").warning("slow: %s s", 3, extra={"pid": 7, "transcript": "personal"})
    (line,) = written.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("slow: 3 s", "warning", "some.library")
    assert (told["call_id"], told["stage"], told["release"], told["pid"]) == ("call-1", "preview-blue", "r1", 7)
    assert "transcript" not in told
