"""Consent to recording, in a call: asked, answered in the caller's own words, proven, withdrawn, here or elsewhere."""

import asyncio
import uuid
from collections.abc import Sequence

import structlog

from agent.conversation.state import CallState
from agent.record.recording import CallRecorder
from shared.calls.consent import record_consent
from shared.domain.language.consent import NO, ConsentAnswer, ConsentRecord
from shared.errors import StoreError
from shared.observe import report

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""How often it is looked whether the caller has answered elsewhere: a browser's button, the carrier's keys."""
_READ_SECONDS = 3.0


class Consent:
    """What one call's caller says of being recorded, and the recording that follows from it; one answer at a time."""

    def __init__(self, state: CallState, recorder: CallRecorder) -> None:
        self._state = state
        self._recorder = recorder
        self._one_at_a_time = asyncio.Lock()
        self._known: set[str] = set()
        """Keys of the answers that have been acted on."""
        self.told_elsewhere = False
        """Then the caller needn't be asked."""

    async def take_answer(self, answer: ConsentAnswer, utterance: str) -> None:
        """Keep the proof first; only a proven yes starts the recording."""
        self._state.consent_pending = False
        async with self._one_at_a_time:
            proven = await self._prove(answer, utterance)
            if answer is ConsentAnswer.GRANTED and proven:
                self._state.recording = await self._recorder.start()
            self._state.journal.note("consent", answer=answer.value)

    async def withdraw(self, utterance: str) -> None:
        """Stop at once, delete what was recorded of this call, keep the proof of it."""
        self._state.consent_pending = False
        async with self._one_at_a_time:
            await self._discard()
            await self._prove(ConsentAnswer.WITHDRAWN, utterance)
            self._state.journal.note("consent", answer=ConsentAnswer.WITHDRAWN.value)

    async def follow(self) -> None:
        """Acts on what is answered elsewhere, until it is cancelled."""
        while True:
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    answers = await self._state.services.consents.of_call(self._state.call_id)
            except (StoreError, TimeoutError) as error:
                log.warning("consents unknown", action="consent", error=str(error) or "timeout")
            else:
                heeding = asyncio.create_task(self._heed(answers), name="consent heeded")
                try:
                    await asyncio.shield(heeding)
                except asyncio.CancelledError:
                    # a file that is being deleted is deleted before the call is over
                    await asyncio.wait({heeding})
                    raise
            await asyncio.sleep(LOOK_SECONDS)

    async def _heed(self, answers: Sequence[ConsentRecord]) -> None:
        """A new no counts whenever it was said; a new yes only as the last word."""
        async with self._one_at_a_time:
            new = [answer for answer in answers if answer.key not in self._known]
            said = {answer.answer for answer in new}
            if said & NO:
                await self._discard()
            if new and answers[-1] is new[-1] and new[-1].answer is ConsentAnswer.GRANTED:
                self._state.recording = await self._recorder.start()
            if said - {ConsentAnswer.UNCLEAR}:
                self._state.consent_pending = False
                self.told_elsewhere = True
                self._state.journal.note("consent", answer=new[-1].answer.value, told="elsewhere")
            # at last: an answer that couldn't be acted on is met again
            self._known |= {answer.key for answer in new}

    async def _discard(self) -> None:
        self._state.recording = False
        await self._recorder.discard()

    async def _prove(self, answer: ConsentAnswer, utterance: str) -> bool:
        state, template = self._state, self._state.template
        # by chance, as an agent that took the call over may have counted the same turns
        key = f"turn{state.caller_turns}:{uuid.uuid4().hex[:8]}"
        self._known.add(key)
        try:
            await record_consent(
                state.services.consents,
                state.services.clock,
                call_id=state.call_id,
                key=key,
                answer=answer,
                policy_version=template.policy_version,
                text=state.text(template.phrases.consent),
                language=template.language,
                utterance=utterance,
            )
        except StoreError as error:
            # the call goes on, unrecorded
            report(error, call_id=state.call_id)
            return False
        return True
