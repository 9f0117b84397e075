from collections.abc import Sequence

import pytest

from shared.adapters.memory import FixedClock
from shared.calls.consent import record_consent
from shared.domain.language.consent import ConsentAnswer, ConsentRecord, text_hash
from shared.errors import StoreError, StoreUnavailable
from shared.ports import Receipt


class Proofs:
    """Consents, in memory."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.kept: dict[tuple[str, str], ConsentRecord] = {}
        self._failing = failing

    async def record(self, consent: ConsentRecord) -> Receipt:
        if self._failing:
            raise self._failing
        self.kept.setdefault((consent.call_id, consent.key), consent)
        return Receipt.KEPT

    async def of_call(self, call_id: str) -> Sequence[ConsentRecord]:
        return list(self.kept.values())


async def record(proofs: Proofs, clock: FixedClock) -> Receipt:
    return await record_consent(
        proofs,
        clock,
        call_id="call-1",
        key="turn1",
        answer=ConsentAnswer.GRANTED,
        policy_version="2026-11",
        text="Is it all right with you if I record?",
        language="en",
        utterance="Sure, go ahead.",
    )


@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_an_answer_then_the_proof_holds_what_was_asked_and_answered_and_when() -> None:
    proofs, clock = Proofs(), FixedClock()
    assert await record(proofs, clock) is Receipt.KEPT
    (proof,) = proofs.kept.values()
    assert proof == ConsentRecord(
        call_id="call-1",
        key="turn1",
        answer=ConsentAnswer.GRANTED,
        policy_version="2026-11",
        text_hash=text_hash("Is it all right with you if I record?"),
        language="en",
        utterance="Sure, go ahead.",
        at=clock.now(),
    )


@pytest.mark.requirement("OP-80")
@pytest.mark.parametrize(
    ("proofs", "error"),
    [
        (Proofs(StoreError("refused", "23514")), StoreError),
        (Proofs(StoreUnavailable("no answer", "timeout")), StoreUnavailable),
    ],
)
async def test_given_a_proof_that_could_not_be_kept_then_it_is_raised_so_that_nothing_is_recorded(
    proofs: Proofs, error: type[StoreError]
) -> None:
    with pytest.raises(error):
        await record(proofs, FixedClock())
