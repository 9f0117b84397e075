"""Faults: how they are counted, and what is refused."""

import httpx
import pytest

from lab.providers.control import LabControl
from lab.providers.faults import Fault, Faults

BODY = {"model": "any", "messages": [{"role": "user", "content": "hello"}]}
KEY = {"authorization": "Bearer any"}


def test_given_times_then_a_fault_is_used_up() -> None:
    faults = Faults()
    faults.add(Fault("llm", "status", times=2))
    assert [faults.take("llm") is not None for _ in range(3)] == [True, True, False]


def test_given_after_then_so_many_requests_go_well_first() -> None:
    faults = Faults()
    faults.add(Fault("tts", "refuse", times=1, after=2))
    assert [faults.take("tts") is not None for _ in range(4)] == [False, False, True, False]


def test_given_another_target_then_it_is_not_touched() -> None:
    faults = Faults()
    faults.add(Fault("tts", "refuse"))
    assert faults.take("llm") is None
    faults.clear("llm")
    assert faults.take("tts") is not None
    faults.clear()
    assert faults.take("tts") is None


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"target": "nobody", "kind": "cut"},
        {"target": "tts", "kind": "explode"},
        {"target": "tts", "kind": "status", "status": 200},
        {"target": "tts", "kind": "hang", "seconds": "long"},
        {"target": "tts", "kind": "hang", "seconds": 1e9},
        {"target": "tts", "kind": "hang", "times": 0},
        {"target": "tts", "kind": "hang", "colour": "red"},
        {"target": "llm", "kind": "zeros"},
        {"target": "sentry", "kind": "silent"},
    ],
)
def test_given_a_malformed_fault_then_it_is_refused(body: object) -> None:
    with pytest.raises(ValueError, match=r"must|unknown|object"):
        Fault.parse(body)


async def test_given_a_malformed_fault_then_the_desk_says_why(lab: LabControl) -> None:
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        answer = await client.post("/lab/faults", json={"target": "nobody"})
        assert answer.status_code == 400
        assert "target" in answer.json()["error"]["message"]
        assert (await client.post("/lab/faults", content=b"{")).status_code == 400


async def test_given_requests_then_they_are_counted_and_kept(lab: LabControl) -> None:
    await lab.forget_requests()
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False, headers=KEY) as client:
        await client.post("/v1/chat/completions", json=BODY)
    asked = await lab.requests()
    assert asked["counts"] == {"stt": 0, "llm": 1, "tts": 0, "sentry": 0}
    assert asked["last"]["llm"] == [BODY]


async def test_given_a_body_that_is_too_large_then_it_is_refused(lab: LabControl) -> None:
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False, headers=KEY) as client:
        answer = await client.post("/v1/chat/completions", content=b" " * (9 * 1024 * 1024))
    assert answer.status_code == 413


async def test_given_a_lifeless_provider_then_it_answers_well_and_gives_nothing(lab: LabControl) -> None:
    speak = {"model": "tts-1", "input": "Hello there.", "voice": "alloy", "response_format": "pcm"}
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False, headers=KEY) as client:
        whole = await client.post("/v1/audio/speech", json=speak)
        assert any(whole.content)
        for kind in ("silent", "zeros"):
            await lab.fault("tts", kind, times=1)
            lifeless = await client.post("/v1/audio/speech", json=speak)
            sound = len(whole.content) if kind == "zeros" else 0
            assert (lifeless.status_code, lifeless.content) == (200, bytes(sound)), kind
        for kind, blanks in (("blank", True), ("silent", False)):
            await lab.fault("llm", kind, times=1, seconds=0.3)
            lifeless = await client.post("/v1/chat/completions", json=BODY | {"stream": True})
            assert lifeless.status_code == 200 and lifeless.text.endswith("data: [DONE]\n\n"), kind
            assert ('"content": " "' in lifeless.text) is blanks, kind
