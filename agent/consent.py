"""Consent to recording, in a call: asked, answered in the caller's own words, proven, withdrawn."""

from agent.recording import CallRecorder
from agent.state import CallState
from shared.calls.consent import record_consent
from shared.domain.consent import ConsentAnswer
from shared.errors import StoreError
from shared.observe import report


async def take_answer(state: CallState, recorder: CallRecorder, answer: ConsentAnswer, utterance: str) -> None:
    """Keep the proof first; only a proven yes starts the recording."""
    state.consent_pending = False
    proven = await _prove(state, answer, utterance)
    if answer is ConsentAnswer.GRANTED and proven:
        await recorder.start()
        state.recording = True
    state.journal.note("consent", answer=answer.value)


async def withdraw(state: CallState, recorder: CallRecorder, utterance: str) -> None:
    """Stop at once, delete what was recorded of this call, keep the proof of it."""
    state.consent_pending = False
    state.recording = False
    await recorder.discard()
    await _prove(state, ConsentAnswer.WITHDRAWN, utterance)
    state.journal.note("consent", answer=ConsentAnswer.WITHDRAWN.value)


async def _prove(state: CallState, answer: ConsentAnswer, utterance: str) -> bool:
    template = state.template
    try:
        await record_consent(
            state.services.consents,
            state.services.clock,
            call_id=state.call_id,
            key=f"turn{state.caller_turns}",
            answer=answer,
            policy_version=template.policy_version,
            text=state.text(template.lines.consent),
            language=template.language,
            utterance=utterance,
        )
    except StoreError as error:
        # the call goes on, unrecorded
        report(error, call_id=state.call_id)
        return False
    return True
