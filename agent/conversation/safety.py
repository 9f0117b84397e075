"""What code does when a caller is in danger, threatens or abuses; the model has no part in it (PT-69 … PT-73)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from livekit.agents import AgentSession

from agent.conversation.interception import Interception, Kind
from agent.conversation.state import CallState
from shared.domain.conversation import Conversation
from shared.domain.language.safety_lines import LINES
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Alert, SafetyReport


@dataclass(frozen=True)
class DangerResponse:
    """What the agent says, whether it ends the call then, and the conversation that goes on from there."""

    phrases: tuple[str, ...]
    end_reason: str | None
    conversation: Conversation


def response_to_danger(found: Interception, conversation: Conversation) -> DangerResponse:
    """An emergency decides first how the caller is treated, then crisis, threat, abuse, in the caller's language.

    Our side never ends the call of an emergency or a crisis; the conversation is in care from then on.
    """
    # what the caller says next answers these words, not what was asked before
    now, lines = replace(conversation, questions=(), unanswered=""), LINES[found.language]
    match found.kinds[0]:
        case Kind.EMERGENCY:
            also = (lines.crisis,) if Kind.CRISIS in found.kinds else ()
            return DangerResponse((lines.emergency, *also), None, replace(now, crisis=True, in_care=True))
        case Kind.CRISIS:
            return DangerResponse((lines.crisis,), None, replace(now, crisis=True, in_care=True))
        case Kind.THREAT if now.crisis:
            # its line would say that the call ends, and it doesn't
            return DangerResponse((lines.crisis,), None, replace(now, threat=True))
        case Kind.THREAT:
            return DangerResponse((lines.threat,), "threat", replace(now, threat=True))
        case _:
            now = replace(now, abuse_count=now.abuse_count + 1)
            if now.abuse_count == 1 or now.crisis:
                return DangerResponse((lines.abuse_warning,), None, now)
            return DangerResponse((lines.abuse_goodbye,), "abuse", now)


async def respond_to_danger(found: Interception, utterance: str, state: CallState, session: AgentSession[Any]) -> None:
    """Speak first, then store and alert: a threat's alert goes out beside a crisis too."""
    response = response_to_danger(found, state.conversation)
    state.replace(response.conversation)
    for phrase in response.phrases:
        session.say(phrase, audio=state.fixed_phrases.audio(phrase), allow_interruptions=False)
    if response.end_reason:
        state.request_end(response.end_reason)
    for kind in found.kinds:
        state.journal.note("safety", kind_found=kind.value, words=list(found.words))
        if kind is not Kind.ABUSE:
            await _report(kind, found, utterance, state)


async def _report(kind: Kind, found: Interception, utterance: str, state: CallState) -> None:
    services = state.services
    now = services.clock.now()
    try:
        await _store(kind, found, utterance, state, now)
    except StoreError as error:
        # the agent has answered the caller; an operator learns of what can't be stored
        report(error, call_id=state.call_id)


async def _store(kind: Kind, found: Interception, utterance: str, state: CallState, now: datetime) -> None:
    services = state.services
    await services.requests.report(
        SafetyReport(
            call_id=state.call_id,
            key=state.new_id(),
            kind="threat" if kind is Kind.THREAT else "crisis",
            tenant_id=state.tenant.row_id,
            caller=state.conversation.phone_number,
            at=now,
            utterance=utterance,
            fields={
                "matched_words": list(found.words),
                "transcript": [f"{each.speaker}: {each.text}" for each in state.transcript.utterances],
            },
        )
    )
    await services.alerts.raise_(
        Alert(
            key=f"{kind.value}:{state.call_id}",
            severity="page",
            title=f"A caller of {state.tenant.name}: {kind.value}",
            call_id=state.call_id,
            fields={"tenant_id": state.tenant.row_id, "matched_words": list(found.words)},
        )
    )
