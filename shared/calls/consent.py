"""The proof of an answer about recording (OP-85)."""

import asyncio

import structlog

from shared.calls.limits import Limits
from shared.domain.language.consent import ConsentAnswer, ConsentRecord, text_hash
from shared.errors import StoreUnavailable
from shared.ports import Clock, Consents, Receipt

log = structlog.get_logger(__name__)


async def record_consent(
    consents: Consents,
    clock: Clock,
    *,
    call_id: str,
    key: str,
    answer: ConsentAnswer,
    policy_version: str,
    text: str,
    language: str,
    utterance: str,
    limits: Limits | None = None,
) -> Receipt:
    """Keep what was asked (`text`, as a hash) and what was answered. In Postgres or in the spool it is a proof.

    Raises `StoreError` or `StoreUnavailable` when it is in neither: then nothing may be recorded. `key` makes it
    idempotent within its call.
    """
    consent = ConsentRecord(
        call_id=call_id,
        key=key,
        answer=answer,
        policy_version=policy_version,
        text_hash=text_hash(text),
        language=language,
        utterance=utterance,
        at=clock.now(),
    )
    try:
        async with asyncio.timeout((limits or Limits()).write_seconds):
            receipt = await consents.record(consent)
    except TimeoutError as error:
        raise StoreUnavailable(f"the consent of {call_id} was not stored in time", "timeout") from error
    log.info("consent kept", action="consent", call_id=call_id, answer=answer.value, receipt=receipt.value)
    return receipt
