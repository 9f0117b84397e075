"""A provider fails in the middle of a call: the caller hears so, and is called back."""

from typing import Any

import asyncpg
import pytest

from lab.providers.control import LabControl
from shared.domain.call import CallEvent
from shared.services import Services

FAULTS = [
    pytest.param(kind, target, id=f"{kind}-{target}", marks=marks)
    for kind, target, marks in (
        ("refuse", "llm", [pytest.mark.long]),
        ("refuse", "tts", []),
        ("hang", "llm", []),
        ("hang", "tts", [pytest.mark.long]),
        ("status", "llm", [pytest.mark.long]),
        ("status", "tts", []),
        ("cut", "llm", []),
        ("cut", "tts", [pytest.mark.long]),
    )
]


async def rows(url: str, table: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(f"select * from {table}")
    finally:
        await connection.close()


@pytest.mark.requirement("OP-98")
@pytest.mark.parametrize(("kind", "target"), FAULTS)
async def test_given_a_reply_that_fails_then_the_caller_hears_an_apology_and_is_called_back(
    kind: str, target: str, telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    async def break_it(_: CallEvent) -> None:
        await lab.fault(target, kind, status=429, seconds=30.0)  # type: ignore[arg-type]

    telephone.when("consent", break_it)
    call = await telephone.call("hours")

    assert "technical trouble" in call.agent_words, call.story
    assert "will call you back" in call.agent_words
    (callback,) = await rows(database_url, "voice_callback_requests")
    assert callback["call_id"] == call.call_id
    record = await services.records.find(call.call_id)
    assert record is not None
    assert (record.disposition, record.outcome) == ("ANSWERED", "PROVIDER_FAILED")
    assert record.end_reason == "provider_failed"
    heard = await lab.hear(call.agent_sound_at_the_end(7.0))
    assert "technical" in heard.lower() or "call you back" in heard.lower(), heard


@pytest.mark.requirement("OP-98")
@pytest.mark.parametrize("kind", ["refuse", "status"])
async def test_given_a_recogniser_that_never_connects_then_the_caller_hears_an_apology_and_is_called_back(
    kind: str, telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    await lab.fault("stt", kind, status=429)  # type: ignore[arg-type]
    call = await telephone.call("hours")

    assert "technical trouble" in call.agent_words, call.story
    assert len(await rows(database_url, "voice_callback_requests")) == 1
    assert "text_message" in [event.kind for event in call.events], call.story
    assert "voice_lost:stt" in [alert.key for alert in await services.alerts.open_alerts()]
    record = await services.records.find(call.call_id)
    assert record is not None and record.outcome == "PROVIDER_FAILED"


@pytest.mark.requirement("OP-98")
async def test_given_a_recogniser_that_hears_nothing_then_the_caller_is_asked_again_and_then_called_back(
    telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    await lab.fault("stt", "hang", seconds=120.0)
    call = await telephone.call("hours")

    assert "technical trouble" in call.agent_words, call.story
    assert len(await rows(database_url, "voice_callback_requests")) == 1
    record = await services.records.find(call.call_id)
    assert record is not None and record.outcome == "PROVIDER_FAILED"


async def test_given_a_recogniser_cut_off_in_mid_sentence_then_the_caller_repeats_and_the_call_goes_on(
    telephone: Any, lab: LabControl, services: Services
) -> None:
    async def cut(_: CallEvent) -> None:
        await lab.fault("stt", "cut", times=1, now=True)

    telephone.when("consent", cut)
    call = await telephone.call("hours")

    record = await services.records.find(call.call_id)
    assert record is not None and record.outcome == "QUESTION_ANSWERED", call.story
    assert "nine and eleven" in call.agent_words


async def test_given_one_refusal_of_the_model_then_it_is_asked_again_and_nobody_notices(
    telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    async def stumble(_: CallEvent) -> None:
        await lab.fault("llm", "status", status=503, times=1)

    telephone.when("consent", stumble)
    call = await telephone.call("hours")

    record = await services.records.find(call.call_id)
    assert record is not None and record.outcome == "QUESTION_ANSWERED", call.story
    assert not await rows(database_url, "voice_callback_requests")


@pytest.mark.requirement("PT-74")
@pytest.mark.requirement("OP-98")
async def test_given_everything_down_then_a_caller_in_crisis_still_hears_the_lifeline(
    telephone: Any, lab: LabControl, services: Services
) -> None:
    async def break_all(_: CallEvent) -> None:
        await lab.fault("llm", "refuse")
        await lab.fault("tts", "refuse")

    telephone.when("answered", break_all)
    call = await telephone.call("crisis")

    assert "988" in call.agent_words, call.story
    record = await services.records.find(call.call_id)
    assert record is not None and record.outcome == "CRISIS"
    assert record.ended_by == "caller", "nobody hangs up on a caller in crisis"


@pytest.mark.requirement("OP-98")
async def test_given_no_voice_from_the_start_then_a_recorded_apology_answers_and_a_call_back_is_written(
    telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    await lab.fault("tts", "refuse")
    call = await telephone.call("hours")

    record = await services.records.find(call.call_id)
    assert record is not None
    assert (record.disposition, record.outcome) == ("ANSWERED", "PROVIDER_FAILED"), call.story
    assert len(await rows(database_url, "voice_callback_requests")) == 1
    heard = await lab.hear(call.agent_sound_at_the_end(9.0))
    assert "call you back" in heard.lower(), heard
