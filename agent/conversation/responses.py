"""Acts on what code answers in the model's place: says the phrase, takes consent, carries out what was agreed to."""

import asyncio
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession

from agent.conversation.agreed import carry_out_agreed
from agent.conversation.consent import Consent
from agent.conversation.interception import Interception, Kind
from agent.conversation.safety import respond_to_danger
from agent.conversation.state import CallState
from agent.tools.tool import Result
from shared.domain.language.consent import ConsentAnswer
from shared.domain.language.machines import CHECK
from shared.domain.language.secrets import NOT_TAKEN_LINE
from shared.domain.pin import NOT_SPOKEN_LINE
from shared.domain.questions import ConsentQuestion, informing

CONSENT_HEAD_START_SECONDS = 0.25
"""The recording begins before the agent thanks for it, where the stores are that fast."""


async def respond(
    found: Interception, utterance: str, state: CallState, session: AgentSession[Any], consent: Consent
) -> Result | None:
    """Returns when what follows from the answer is done; the agent may still be speaking.

    What it returns is the result of the tool that it carried out, for the model to know.
    """
    phrases = state.phrases

    def say(phrase: str) -> None:
        session.say(phrase, audio=state.fixed_phrases.audio(phrase))

    def acknowledge(phrase: str) -> None:
        """What the caller asks besides is answered by the model, so that the phrase asks nothing."""
        say(phrase if found.answers_all else informing(phrase))

    match found.kinds[0]:
        case Kind.RECORDING_STOPPED:
            recorded = state.conversation.recording_enabled
            acknowledge(phrases.recording_stopped if recorded else phrases.consent_refused)
            await consent.withdraw(utterance)
        case Kind.UNCLEAR | Kind.ASK_AGAIN:
            _ask_again(found.kinds[0], state, session)
        case Kind.SECRET if state.conversation.pin_question:
            say(NOT_SPOKEN_LINE)
        case Kind.SECRET if pending := state.conversation.consent_question or state.conversation.read_back:
            say(informing(NOT_TAKEN_LINE))
            say(pending.text)
        case Kind.SECRET:
            acknowledge(NOT_TAKEN_LINE)
        case Kind.CONSENT:
            assert found.consent is not None
            taking = asyncio.create_task(consent.take_answer(found.consent, utterance), name="consent taken")
            # a recording contains our answer, but a slow store doesn't delay the answer
            try:
                await asyncio.wait({taking}, timeout=CONSENT_HEAD_START_SECONDS)
                if found.consent is ConsentAnswer.GRANTED:
                    say(phrases.consent_granted)
                elif found.consent is ConsentAnswer.REFUSED:
                    acknowledge(phrases.consent_refused)
            finally:
                await taking
        case Kind.MACHINE:
            _speak_to_a_machine(state, session)
        case Kind.CONFIRMED:
            read_back = state.conversation.read_back
            assert read_back is not None
            return await carry_out_agreed(read_back, state, session)
        case _:
            await respond_to_danger(found, utterance, state, session)
    return None


def _ask_again(kind: Kind, state: CallState, session: AgentSession[Any]) -> None:
    """An answer that may be none to the pending question: say that it wasn't understood, or ask again."""
    pending = state.conversation.consent_question or state.conversation.read_back
    assert pending is not None
    if isinstance(pending, ConsentQuestion):
        state.replace(state.conversation.asking(replace(pending, repeated=True)))
    text = state.phrases.repeat if kind is Kind.UNCLEAR else pending.text
    session.say(text, audio=state.fixed_phrases.audio(text))


def _speak_to_a_machine(state: CallState, session: AgentSession[Any]) -> None:
    """Ask once for a person, then let it speak, and at last say goodbye: each turn of the model would be in vain."""
    found = state.conversation.suspicion
    state.journal.note("machine", turns=found.turns)
    if state.ending:
        return
    if found.gives_up:
        session.say(state.phrases.goodbye, audio=state.fixed_phrases.audio(state.phrases.goodbye))
        state.request_end("machine")
    elif found.turns == 1:
        session.say(CHECK, audio=state.fixed_phrases.audio(CHECK))
