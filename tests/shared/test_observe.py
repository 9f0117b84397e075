import io
import json
import logging
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_world import Receiver, report_and_leave, sentry

from shared.config import Settings, load_settings
from shared.errors import StoreUnavailable
from shared.observe import _Throttle, init_logs, init_sentry, log, report, reporting
from shared.redaction import scrubbed

__all__ = ["sentry"]


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    hook = sys.excepthook
    yield
    sys.excepthook = hook
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    sentry_sdk.get_global_scope().clear()
    sentry_sdk.init()


def settings(**changes: Any) -> Settings:
    return load_settings(needs=(), **({"stage": "preview-blue", "release": "r1", "sentry_dsn": None} | changes))


@pytest.fixture
def told(sentry: Receiver) -> Callable[[], list[dict[str, Any]]]:
    """This process tells Sentry; gives what it told so far."""
    init_sentry(settings(sentry_dsn=sentry.dsn))

    def events() -> list[dict[str, Any]]:
        sentry_sdk.flush(5)
        return sentry.events

    return events


def fail(message: str) -> Exception:
    try:
        raise StoreUnavailable(message)
    except StoreUnavailable as error:
        return error


def test_when_an_error_is_reported_then_sentry_gets_it_without_personal_data(
    told: Callable[[], list[dict[str, Any]]], sentry: Receiver
) -> None:
    message = (
        "no answer for +1 206-555-0142 in preview-blue._+12065550142_x from sip:12065550142@host "
        "with Bearer abcdef123456, password=hunter22 at postgresql://pickup:hunter22@host/db"
    )
    report(fail(message), call_id="call-1", action="note", pii={"caller": "+12065550142"})
    (event,) = told()
    assert (event["environment"], event["release"]) == ("preview-blue", "r1")
    assert event["tags"] == {
        "stage": "preview-blue", "release": "r1", "call_id": "call-1", "action": "note", "code": "store_unavailable",
    }  # fmt: skip
    assert event["exception"]["values"][-1]["value"] == (
        "no answer for [phone] in preview-blue._[phone]_x from sip:[phone]@host "
        "with [secret], [secret] at postgresql[secret]host/db"
    )
    for leak in ("2065550142", "555-0142", "abcdef123456", "hunter22"):
        assert leak not in sentry.wire


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
def test_when_an_error_repeats_then_it_is_told_once_a_minute_with_how_many_were_held_back(
    told: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        report(fail(f"no answer after {number} s"), call_id="call-1")
    report(fail("no answer after 9 s"), call_id="call-2")
    assert [(event["tags"]["call_id"], event["extra"]["held_back"]) for event in told()] == [
        ("call-1", 0),
        ("call-2", 0),
    ]
    # as if the minute were over
    monkeypatch.setattr("shared.observe.REPEAT_SECONDS", 0.0)
    report(fail("no answer after 10 s"), call_id="call-1")
    assert (told()[-1]["tags"]["call_id"], told()[-1]["extra"]["held_back"]) == ("call-1", 4)


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
def test_when_an_error_repeats_for_long_then_it_passes_once_a_minute_and_its_count_is_kept_for_an_hour() -> None:
    throttle = _Throttle()
    assert throttle.passes("e", 0.0) == 0
    assert [throttle.passes("e", at) for at in (0.1, 30.0, 59.9)] == [None, None, None]
    assert throttle.passes("e", 60.0) == 3
    assert throttle.passes("e", 100.0) is None
    assert throttle.passes("another", 3659.0) == 0
    assert throttle.passes("e", 3659.9) == 1, "nearly an hour after it was told last"
    assert throttle.passes("e", 3700.0) is None
    assert throttle.passes("e", 3659.9 + 3601.0) == 0, "an hour without a word: forgotten"


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
def test_when_libraries_log_errors_in_a_call_then_sentry_knows_the_call_and_keeps_them_apart(
    told: Callable[[], list[dict[str, Any]]],
) -> None:
    with structlog.contextvars.bound_contextvars(call_id="call-7"):
        for reason in ("one", "other"):
            for _ in range(2):
                logging.getLogger("some.library").error(f"stopped for {reason} reason", extra={"pii": "Ann"})
    assert [event["tags"]["call_id"] for event in told()] == ["call-7", "call-7"]


def test_when_the_work_of_a_process_fails_then_it_is_told_as_that_kind_s_before_the_process_goes_on(
    sentry: Receiver,
) -> None:
    with pytest.raises(StoreUnavailable), reporting(settings(sentry_dsn=sentry.dsn), "watchdog"):
        raise StoreUnavailable("gone")
    (event,) = sentry.events
    assert (event["tags"]["process"], event["tags"]["action"]) == ("watchdog", "watchdog")


def test_when_processes_of_a_kind_follow_each_other_in_one_container_then_none_leaves_a_thread(
    sentry: Receiver,
) -> None:
    before = set(threading.enumerate())
    for number in range(3):
        with reporting(settings(sentry_dsn=sentry.dsn), "watchdog"):
            report(fail(f"number {'x' * number}"))
    deadline = time.monotonic() + 5
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        time.sleep(0.01)  # they end by themselves, a moment after they were told to
    assert left == set()
    assert len(sentry.events) == 3


def test_when_a_job_process_reports_and_leaves_at_once_then_its_last_error_arrives(sentry: Receiver) -> None:
    # as a job process begins and ends: a fork that runs no `atexit`
    process = multiprocessing.get_context("forkserver").Process(
        target=report_and_leave, args=(settings(sentry_dsn=sentry.dsn), "call-8")
    )
    process.start()
    process.join(30)
    (event,) = sentry.events
    tags = event["tags"]
    assert (tags["process"], tags["call_id"], tags["stage"], tags["release"]) == ("job", "call-8", "preview-blue", "r1")


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
        ("?token=abcd1234&x=1", "?[secret]&x=1"),
        ("eyJhbGciOi.eyJzdWIi.c2ln, and so on", "[secret], and so on"),
        ("a password is missing: set PICKUP_REDIS_URL", "a password is missing: set PICKUP_REDIS_URL"),
        ("tel:12065550142", "tel:[phone]"),
        ({"api_key": "x", "pii": {"caller": "Ann"}, "deep": [{"n": "+442079460018"}]},
         {"api_key": "[secret]", "deep": [{"n": "[phone]"}]}),
        (17, 17),
    ],
)  # fmt: skip
def test_when_something_is_scrubbed_then_only_what_is_personal_or_secret_goes(given: Any, expected: Any) -> None:
    assert scrubbed(given) == expected


@pytest.mark.requirement("DU-49")
@pytest.mark.parametrize("stage", ["production", "preview-blue"])
@pytest.mark.parametrize("as_json", [True, False])
def test_given_a_deployed_stage_when_anything_is_logged_then_no_line_holds_a_number_in_full(
    stage: str, as_json: bool
) -> None:
    written = io.StringIO()
    init_logs(settings(stage=stage), file=written, as_json=as_json)
    number = "+12065550142"
    with structlog.contextvars.bound_contextvars(identity=f"sip_{number}"):
        log.info(
            f"call from {number}", action="admit", did=number, pii={"caller_raw": f"tel:{number}", "list": [number]}
        )
        report(fail(f"no row of {number}"), call_id="call-1", room=f"{stage}._{number}_x")
        try:
            raise ValueError(f"sip:{number}@host")
        except ValueError:
            log.exception("call broke off")
            logging.getLogger("some.library").exception("lost %s", number, extra={"room": number})
        logging.getLogger("some.library").warning("slow: %s", b"12065550142")
    lines = written.getvalue()
    assert "5550142" not in lines and lines.count("42~") >= 10
    if as_json:
        assert all(json.loads(line)["stage"] == stage for line in lines.splitlines())


@pytest.mark.requirement("DU-49")
def test_given_a_deployed_stage_when_a_process_ends_by_an_error_then_its_last_words_hold_no_number_in_full() -> None:
    program = (
        "from shared.config import load_settings; from shared.observe import init_logs;"
        "init_logs(load_settings((), stage='production', release='r1'));"
        "raise ValueError('no answer from +12065550142')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "5550142" not in done.stderr and "42~" in done.stderr and "ValueError" in done.stderr


def test_given_the_developers_own_stage_when_a_number_is_logged_then_it_is_there_in_full() -> None:
    written = io.StringIO()
    init_logs(settings(stage="local"), file=written, as_json=True)
    log.info("call decided", action="admit", pii={"caller": "+12065550142"})
    assert json.loads(written.getvalue())["pii"] == {"caller": "+12065550142"}


def test_given_the_stages_key_when_a_number_is_logged_then_its_hash_is_the_stages_own() -> None:
    def line(stage: str, keys: str) -> str:
        written = io.StringIO()
        init_logs(settings(stage=stage, signing_keys=keys), file=written, as_json=True)
        log.info("call decided", did="+12065550142")
        return json.loads(written.getvalue())["did"]

    keys = ("a9f0c3d2e1b4857690aabbccddeeff00", "0123456789abcdef0123456789abcdef")
    assert line("production", keys[0]) == line("production", f"{keys[0]},{keys[1]}")
    assert len({line("production", keys[0]), line("production", keys[1]), line("preview-blue", keys[0])}) == 3


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
