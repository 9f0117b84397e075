"""The caller's consent to recording: takes answers in the call, follows those given elsewhere, keeps the proof."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from agent.conversation.state import CallState
from agent.record.recording import CallRecorder
from shared.calls.consent import record_consent
from shared.domain.conversation import Conversation
from shared.domain.language.consent import NO, ConsentAnswer, ConsentRecord
from shared.domain.template import Template
from shared.errors import StoreError
from shared.observe import report
from shared.tasks import to_its_end

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""How often the store is asked for answers given elsewhere: by a browser's button, the carrier's keys."""
_READ_SECONDS = 3.0


def asks_consent(conversation: Conversation, template: Template) -> bool:
    """Whether the agent asks if it may record: before the caller says anything, in the call or elsewhere."""
    unanswered = conversation.caller_turns == 0 and conversation.consent is None
    return template.recording == "ask" and unanswered and not conversation.recording_announced


class Consent:
    """Acts on one caller's answers about recording, one at a time: starts, stops and deletes the recording."""

    def __init__(self, state: CallState, recorder: CallRecorder) -> None:
        self._state = state
        self._recorder = recorder
        self._one_at_a_time = asyncio.Lock()
        self._paused = False
        self._known: set[str] = set()
        """Keys of the answers that it has acted on."""

    async def take_answer(self, answer: ConsentAnswer, utterance: str) -> None:
        """Keep the proof first; only a proven yes starts the recording."""
        self._answered(answer)
        async with self._one_at_a_time:
            proven = await self._prove(answer, utterance)
            if answer is ConsentAnswer.GRANTED and proven:
                await self._record()
            self._state.journal.note("consent", answer=answer.value)

    async def withdraw(self, utterance: str) -> None:
        """Stop the recording at once, delete what was recorded of this call, keep the proof of the withdrawal."""
        self._answered(ConsentAnswer.WITHDRAWN)
        async with self._one_at_a_time:
            await self._discard()
            await self._prove(ConsentAnswer.WITHDRAWN, utterance)
            self._state.journal.note("consent", answer=ConsentAnswer.WITHDRAWN.value)

    async def cut(self, began: float) -> None:
        """Take what was said since then out of the recording, to its end, whatever becomes of the call meanwhile."""
        await to_its_end("recording cut", self._cut(began))

    async def pause(self) -> None:
        """Record nothing while somebody is in the call who hasn't consented."""
        async with self._one_at_a_time:
            self._paused = True
            if self._recorder.running:
                self._state.change(recording_enabled=False)
                await self._recorder.stop()

    async def resume(self) -> None:
        """They are gone: record again, where the caller's consent stands."""
        async with self._one_at_a_time:
            self._paused = False
            if self._state.conversation.consent is ConsentAnswer.GRANTED:
                await self._record()

    async def follow(self) -> None:
        """Acts on answers given elsewhere, until it is cancelled."""
        while True:
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    answers = await self._state.services.consents.of_call(self._state.call_id)
            except (StoreError, TimeoutError) as error:
                log.warning("consent answers not read", action="consent", error=str(error) or "timeout")
            else:
                # the deletion of a file is finished before the call ends
                await to_its_end("consent followed", self._follow(answers))
            await asyncio.sleep(LOOK_SECONDS)

    async def _follow(self, answers: Sequence[ConsentRecord]) -> None:
        """A new no counts wherever it stands among the answers; a new yes only as the newest."""
        async with self._one_at_a_time:
            new = [answer for answer in answers if answer.key not in self._known]
            said = {answer.answer for answer in new}
            if said & NO:
                await self._discard()
            if new and answers[-1] is new[-1] and new[-1].answer is ConsentAnswer.GRANTED:
                await self._record()
            if said - {ConsentAnswer.UNCLEAR}:
                self._answered(new[-1].answer)
                self._state.journal.note("consent", answer=new[-1].answer.value, given="elsewhere")
            # last: an answer whose handling failed is handled again
            self._known |= {answer.key for answer in new}

    def _answered(self, answer: ConsentAnswer) -> None:
        self._state.replace(replace(self._state.conversation.without_question("consent"), consent=answer))

    async def _cut(self, began: float) -> None:
        async with self._one_at_a_time:
            if self._recorder.running:
                self._state.change(recording_enabled=await self._recorder.cut(began))

    async def _record(self) -> None:
        if self._paused:
            return
        recording = await self._recorder.start()
        self._state.change(recording_enabled=recording)

    async def _discard(self) -> None:
        self._state.change(recording_enabled=False)
        await self._recorder.discard()

    async def _prove(self, answer: ConsentAnswer, utterance: str) -> bool:
        state, template = self._state, self._state.template
        key = state.new_id()
        self._known.add(key)
        try:
            await record_consent(
                state.services.consents,
                state.services.clock,
                call_id=state.call_id,
                key=key,
                answer=answer,
                policy_version=template.policy_version,
                text=state.phrases.consent,
                language=template.language,
                utterance=utterance,
            )
        except StoreError as error:
            # without a proof the call goes on unrecorded
            report(error, call_id=state.call_id)
            return False
        return True
