"""Acts on what code answers in the model's place: says the phrase, and takes or withdraws consent to recording."""

import asyncio
from typing import Any

from livekit.agents import AgentSession

from agent.conversation.consent import Consent
from agent.conversation.interception import Interception, Kind
from agent.conversation.safety import respond_to_danger
from agent.conversation.state import CallState
from shared.domain.conversation import ConsentQuestion
from shared.domain.language.consent import ConsentAnswer

CONSENT_HEAD_START_SECONDS = 0.25
"""The recording begins before the agent thanks for it, where the stores are that fast."""


async def respond(
    found: Interception, utterance: str, state: CallState, session: AgentSession[Any], consent: Consent
) -> None:
    """Returns when what follows from the answer is done; the agent may still be speaking."""
    phrases = state.phrases

    def say(phrase: str) -> None:
        session.say(phrase, audio=state.fixed_phrases.audio(phrase))

    match found.kinds[0]:
        case Kind.RECORDING_STOPPED:
            if state.conversation.recording_enabled:
                say(phrases.recording_stopped)
            elif found.answers_all:
                say(phrases.consent_refused)
            await consent.withdraw(utterance)
        case Kind.UNCLEAR:
            state.change(question=ConsentQuestion(repeated=True))
            say(phrases.repeat)
        case Kind.CONSENT:
            assert found.consent is not None
            granted = found.consent is ConsentAnswer.GRANTED
            taking = asyncio.create_task(consent.take_answer(found.consent, utterance), name="consent taken")
            # a recording contains our answer, but a slow store doesn't delay the answer
            try:
                await asyncio.wait({taking}, timeout=CONSENT_HEAD_START_SECONDS)
                if found.answers_all:
                    say(phrases.consent_granted if granted else phrases.consent_refused)
            finally:
                await taking
        case _:
            await respond_to_danger(found, utterance, state, session)
