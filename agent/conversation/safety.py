"""What is said and done when a caller is in danger, threatens or abuses: in code, not by the model (PT-69 … PT-73)."""

from datetime import datetime
from typing import Any

from livekit.agents import AgentSession

from agent.conversation.interception import Interception, Kind
from agent.conversation.state import CallState
from shared.domain.language.safety import ABUSE_GOODBYE, ABUSE_WARNING, CRISIS_LINE, THREAT_LINE
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Alert, SafetyReport


async def respond_to_danger(found: Interception, utterance: str, state: CallState, session: AgentSession[Any]) -> None:
    """Speak first, then store. Crisis decides how the caller is treated; a threat's alert goes out as well."""
    treatment = found.kinds[0]
    # what is said next answers these words, not the question of recording
    state.consent_pending = False
    state.unanswered = ""
    match treatment:
        case Kind.CRISIS:
            state.crisis = True
            _say(session, state, CRISIS_LINE)
        case Kind.THREAT:
            state.threat = True
            _say(session, state, THREAT_LINE)
            state.request_end("threat")
        case _:
            state.abuse_count += 1
            if state.abuse_count == 1 or state.crisis:
                _say(session, state, ABUSE_WARNING)
            else:
                _say(session, state, ABUSE_GOODBYE)
                state.request_end("abuse")
    for kind in found.kinds:
        state.journal.note("safety", kind_found=kind.value, words=list(found.words))
        if kind in (Kind.CRISIS, Kind.THREAT):
            await _report(kind, found, utterance, state)


def _say(session: AgentSession[Any], state: CallState, line: str) -> None:
    session.say(line, audio=state.spoken.audio(line), allow_interruptions=False)


async def _report(kind: Kind, found: Interception, utterance: str, state: CallState) -> None:
    services = state.services
    now = services.clock.now()
    try:
        await _store(kind, found, utterance, state, now)
    except StoreError as error:
        # the caller has been spoken to; what can't be stored is told to the operator
        report(error, call_id=state.call_id)


async def _store(kind: Kind, found: Interception, utterance: str, state: CallState, now: datetime) -> None:
    services = state.services
    await services.requests.report(
        SafetyReport(
            call_id=state.call_id,
            key=f"{kind.value}:turn{state.caller_turns}",
            kind="crisis" if kind is Kind.CRISIS else "threat",
            tenant_id=state.tenant.tenant_id,
            caller=state.caller,
            at=now,
            utterance=utterance,
            fields={
                "matched_words": list(found.words),
                "transcript": [f"{line.speaker}: {line.text}" for line in state.transcript.utterances],
            },
        )
    )
    await services.alerts.raise_(
        Alert(
            key=f"{kind.value}:{state.call_id}",
            severity="page",
            title=f"A caller of {state.tenant.name}: {kind.value}",
            call_id=state.call_id,
            fields={"tenant_id": state.tenant.tenant_id, "matched_words": list(found.words)},
        )
    )
