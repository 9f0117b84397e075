"""`POST /consent` over HTTP: who may answer, what is kept, and that a no is never lost."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from webhooks_world import SECRET, SIGNING_KEY, TOKENS, Process, Webhooks, environment_of

from shared.domain.language.consent import ConsentAnswer, text_hash
from shared.ports import RecordingEntry
from shared.services import Services
from shared.tokens import LIFETIMES, StageTokens

QUESTION = "May we record this call?"


def a_call() -> str:
    return str(uuid.uuid4())


def token(call_id: str, tokens: StageTokens = TOKENS, *, age: timedelta = timedelta()) -> str:
    return tokens.sign_consent(call_id, datetime.now(UTC) - age)


def answer(**changes: Any) -> dict[str, Any]:
    told = {"answer": "granted", "text": QUESTION, "policy_version": "2026-11", "language": "en", "key": "dialog-1"}
    return {name: value for name, value in (told | changes).items() if value is not None}


async def tell(webhooks: Webhooks, bearer: str | None, told: Any = None, **changes: Any) -> httpx.Response:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    if isinstance(told, bytes):
        return await webhooks.client.post("/consent", content=told, headers=headers)
    return await webhooks.client.post("/consent", json=answer(**changes), headers=headers)


@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"answer": "granted"}, "GRANTED"),
        ({"answer": "refused"}, "REFUSED"),
        ({"answer": "withdrawn"}, "WITHDRAWN"),
        ({"answer": None, "digits": "1"}, "GRANTED"),
        ({"answer": None, "digits": "2#"}, "REFUSED"),
        ({"answer": None, "digits": "9"}, "WITHDRAWN"),
        ({"answer": None, "digits": "5"}, "UNCLEAR"),
        ({"answer": None, "digits": ""}, "UNCLEAR"),
    ],
)
async def test_given_an_answer_when_it_is_told_then_its_proof_is_kept(
    webhooks: Webhooks, services: Services, said: dict[str, Any], kept: str
) -> None:
    call_id = a_call()
    told = await tell(webhooks, token(call_id), **said)
    assert (told.status_code, told.json()) == (200, {"call_id": call_id, "answer": kept})
    (proof,) = await services.consents.of_call(call_id)
    assert proof.answer.value == kept
    assert (proof.text_hash, proof.policy_version, proof.language) == (text_hash(QUESTION), "2026-11", "en")
    assert proof.utterance == (said.get("digits") or "")


async def test_given_fifty_duplicates_at_once_then_there_is_one_proof(webhooks: Webhooks, services: Services) -> None:
    call_id = a_call()
    bearer = token(call_id)
    answers = await asyncio.gather(*(tell(webhooks, bearer) for _ in range(50)))
    assert {one.status_code for one in answers} == {200}
    assert len(await services.consents.of_call(call_id)) == 1


async def test_given_a_yes_and_a_no_under_one_key_then_neither_is_lost(webhooks: Webhooks, services: Services) -> None:
    call_id = a_call()
    for said in ("granted", "withdrawn", "granted"):
        assert (await tell(webhooks, token(call_id), answer=said)).status_code == 200
    assert [proof.answer.value for proof in await services.consents.of_call(call_id)] == ["GRANTED", "WITHDRAWN"]


@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_one_token_that_writes_and_writes_then_few_rows_are_kept_and_a_no_is_always_taken(
    webhooks: Webhooks, services: Services
) -> None:
    call_id = a_call()
    bearer = token(call_id)
    yeses: list[httpx.Response] = []
    # a few at once: more would wait for each other longer than a write may take on a busy machine, and be spooled
    for n in range(6):
        answers = (tell(webhooks, bearer, key=f"k{4 * n + each}") for each in range(4))
        yeses += await asyncio.gather(*answers, tell(webhooks, bearer, key=f"d{n}", answer=None, digits="5"))
    assert sorted(one.status_code for one in yeses) == [200] * 20 + [429] * 10
    (code,) = {one.json()["code"] for one in yeses if one.status_code == 429}
    assert code == "limit_reached"
    kept = {proof.key for proof in await services.consents.of_call(call_id)}
    assert len(kept) == 20
    for n in range(9):
        said = ("withdrawn", "granted", "refused")[n % 3]
        status = 429 if said == "granted" else 200
        assert (await tell(webhooks, bearer, key=f"later{n}", answer=said)).status_code == status
    proofs = await services.consents.of_call(call_id)
    assert (len(proofs), proofs[-1].answer) == (21, ConsentAnswer.WITHDRAWN)
    # an answer that is kept may come again
    again = next(n for n in range(20) if f"told:k{n}:GRANTED" in kept)
    assert (await tell(webhooks, bearer, key=f"k{again}")).status_code == 200


@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_a_call_that_takes_no_more_answers_when_it_is_recorded_again_then_the_next_no_counts(
    webhooks: Webhooks, services: Services
) -> None:
    call_id = a_call()
    bearer = token(call_id)
    for n in range(20):
        assert (await tell(webhooks, bearer, key=f"k{n}", answer="refused")).status_code == 200
    begun = datetime.now(UTC)
    path = await services.files.write(f"{call_id}-12345678.ogg", b"sound")
    await services.recordings.put(RecordingEntry(f"{call_id}-12345678", call_id, path, begun, begun))
    assert await services.recordings.withdrawn(datetime.now(UTC)) == []
    assert (await tell(webhooks, bearer, key="after", answer="withdrawn")).status_code == 200
    (entry,) = await services.recordings.withdrawn(datetime.now(UTC))
    assert entry.call_id == call_id
    # and once it counts, it isn't written again and again
    for n in range(3):
        assert (await tell(webhooks, bearer, key=f"more{n}", answer="withdrawn")).status_code == 200
    assert len(await services.consents.of_call(call_id)) == 21


@pytest.mark.parametrize(
    "bearer",
    [
        lambda call_id: None,
        lambda call_id: "not a token",
        lambda call_id: TOKENS.sign_call(call_id, datetime.now(UTC)),
        lambda call_id: token(call_id, StageTokens("production", (SIGNING_KEY,))),
        lambda call_id: token(call_id, StageTokens("local", ("another",))),
        lambda call_id: token(call_id, StageTokens("local", (SECRET,))),
        lambda call_id: token(call_id, age=LIFETIMES["consent"] + timedelta(seconds=2)),
        lambda call_id: token(call_id)[:-1] + "~",
    ],
    ids=["none", "malformed", "the header's", "another stage's", "forged", "by LiveKit's secret", "too old", "changed"],
)
async def test_given_a_token_that_is_not_for_this_then_nothing_is_read_or_kept(
    webhooks: Webhooks, services: Services, bearer: Callable[[str], str | None]
) -> None:
    call_id = a_call()
    for told in (None, b"{"):
        assert (await tell(webhooks, bearer(call_id), told)).status_code == 401
    assert await services.consents.of_call(call_id) == []


@pytest.mark.parametrize(
    "told",
    [
        {"answer": "maybe"},
        {"answer": None},
        {"digits": "1"},
        {"answer": None, "digits": "yes"},
        {"text": ""},
        {"text": "x" * 2001},
        {"utterance": "x" * 501},
        {"language": "english please"},
        {"key": ""},
        {"key": "a b"},
        {"more": 1},
    ],
)
async def test_given_a_malformed_answer_then_it_is_said_what_is_wrong_and_nothing_is_kept(
    webhooks: Webhooks, services: Services, told: dict[str, Any]
) -> None:
    call_id = a_call()
    refused = await tell(webhooks, token(call_id), **told)
    assert refused.status_code == 400
    assert "not an answer of consent" in refused.json()["message"]
    assert await services.consents.of_call(call_id) == []


@pytest.mark.parametrize("told", [b"", b"null", b"[]", b"{", b"\xff", b'"granted"', b"{}"])
async def test_given_a_body_that_is_no_answer_then_it_is_refused(webhooks: Webhooks, told: bytes) -> None:
    assert (await tell(webhooks, token(a_call()), told)).status_code == 400


async def test_given_a_body_without_an_end_then_it_is_too_large(webhooks: Webhooks) -> None:
    assert (await tell(webhooks, token(a_call()), b"x" * 300_000)).status_code == 413


@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_a_database_that_is_away_when_a_withdrawal_is_told_then_it_is_kept_or_asked_for_again(
    serve: Callable[..., Process], services: Services
) -> None:
    process = serve(PICKUP_DATABASE_URL="postgresql://nobody:nothing@127.0.0.1:1/none")
    call_id = a_call()
    async with httpx.AsyncClient(base_url=process.ready["url"], timeout=20, trust_env=False) as client:
        told = await tell(Webhooks(process, client), token(call_id), answer="withdrawn")
    assert told.status_code in (200, 503)
    process.stop()
    if told.status_code == 200:
        spooled = list(services.settings.data_dir.rglob("*"))
        assert any(call_id in path.read_text(errors="replace") for path in spooled if path.is_file())


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_withdrawal_after_the_call_when_the_watchdog_goes_round_then_the_recording_is_deleted(
    webhooks: Webhooks, services: Services, started: Callable[..., Process]
) -> None:
    call_id, now = a_call(), datetime.now(UTC)
    path = await services.files.write(f"{call_id}.ogg", b"sound")
    entry = RecordingEntry(f"{call_id}-12345678", call_id, path, now - timedelta(seconds=60), now)
    await services.recordings.put(entry)
    assert (await tell(webhooks, token(call_id), answer="withdrawn")).status_code == 200
    started("background.watchdog", environment_of(services.settings), "--every", "0.2")
    async with asyncio.timeout(25):
        while (row := (await services.recordings.of_call(call_id))[0]).deleted_at is None:
            await asyncio.sleep(0.2)
    assert not Path(path).exists()
    assert row.path == path
