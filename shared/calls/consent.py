"""The proof of an answer about recording (OP-85)."""

import structlog

from shared.domain.language.consent import ConsentAnswer, ConsentRecord, text_hash
from shared.errors import LimitReached, StoreError
from shared.ports import Clock, Consents, Receipt

log = structlog.get_logger(__name__)

_PROGRAM_LIMIT_EXCEEDED = "54000"
"""SQL state of an answer by a token beyond those that a call may have."""


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
) -> Receipt:
    """Store the question (`text`, as a hash) and the answer. In Postgres or in the spool they are a proof.

    Raises `StoreError` or `StoreUnavailable` when it is in neither: then nothing may be recorded. `key` makes it
    idempotent within its call. Where its tokens have written as many answers as a call may have, a yes is
    `LimitReached`; a no is kept all the same.
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
        receipt = await consents.record(consent)
    except StoreError as error:
        if error.cause_code == _PROGRAM_LIMIT_EXCEEDED:
            raise LimitReached(str(error), error.cause_code) from error
        raise
    log.info("consent kept", action="consent", call_id=call_id, answer=answer.value, receipt=receipt.value)
    return receipt
