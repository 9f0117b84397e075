"""An admitted call: answered, greeted, talked with, and brought to an end."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any

import structlog
from livekit.agents import AgentSession, get_job_context

from agent.conversation.consent import Consent
from agent.conversation.interception import Interception, Kind
from agent.conversation.node import NodeAgent, silence_spoken_tools
from agent.conversation.prompt import spoken_facts
from agent.conversation.safety import respond_to_danger
from agent.conversation.session import SessionSaver
from agent.conversation.state import CallState, new_id
from agent.conversation.timeouts import Timeouts
from agent.lines.line import Ending, Line
from agent.record.account import AgentAccount
from agent.record.journal import Journal
from agent.record.recording import CallRecorder
from agent.record.transcript import Transcript
from agent.record.usage import used
from agent.speech.engines import Engines, Voices, connect_options, turn_handling, voices_for
from agent.speech.phrases import FixedPhrases
from agent.tools.request import callback_store, submit
from shared.config import SpeechSettings, needed
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.conversation import ConsentQuestion, Conversation
from shared.domain.language.consent import ConsentAnswer
from shared.domain.language.safety import ABUSE_GOODBYE, ABUSE_WARNING, CRISIS_LINE, THREAT_LINE
from shared.domain.template import Phrases, Template
from shared.errors import ProviderError
from shared.services import Services
from shared.tasks import Backoff, Tasks, cancelled

log = structlog.get_logger(__name__)

GREETING_SECONDS = 3.0
"""The greeting is waited for this long at most; the phone rings meanwhile."""
LAST_WORDS_SECONDS = 25.0
CONSENT_HEAD_START_SECONDS = 0.25
_RESTART = Backoff(longest_seconds=10.0)


async def converse(
    line: Line, services: Services, journal: Journal, course: AgentAccount, template: Template, engines: Engines
) -> None:
    """From the ringing of an admitted call to its end; all that it opened is closed again, in reverse order.

    Raises `ProviderError` before the answer when there is no voice to greet with.
    """
    admission = course.admission
    assert admission is not None and admission.tenant is not None, "admitted to a template without a tenant"
    tenant, settings, job = admission.tenant, services.settings, get_job_context(required=False)
    speech = needed(settings.speech)
    async with AsyncExitStack() as closing:
        voices = await closing.enter_async_context(voices_for(speech, template, engines))
        facts = spoken_facts(tenant)
        spoken = FixedPhrases(voices.preparing, template.voice, settings.data_dir / "voices", facts, TECHNICAL_TROUBLE)
        transcript = Transcript(line.ringing_at, journal)
        now = services.clock.now()
        begun = Conversation(
            call_id=line.call_id,
            agent_id=new_id(),
            tenant_id=tenant.tenant_id,
            template=template.name,
            phone_number=admission.caller,
            created_at=now,
            last_activity=now,
        )
        course.state = state = CallState(
            services, admission, template, tenant, spoken, journal, transcript, conversation=begun
        )
        session = _session(template, voices, speech)
        recorder = CallRecorder(line.call_id, job.room.name if job else None, services, journal)
        consent = Consent(state, recorder)
        saver = SessionSaver(state)
        closing.push_async_callback(saver.aclose)
        timeouts = Timeouts(state, session)
        closing.push_async_callback(timeouts.aclose)
        closing.push_async_callback(recorder.stop)
        closing.push_async_callback(_close, session, course, state)

        async def respond(found: Interception, utterance: str) -> None:
            await _respond(found, utterance, state, session, consent)

        transcript.follow(session)

        state.on_caller_turn = timeouts.caller_turn
        silence_spoken_tools(session)
        line.attach(session)
        recorder.wrap(session)

        greeting = state.phrases.greeting
        tasks = await closing.enter_async_context(Tasks(call_id=line.call_id))
        gone = tasks.start("end of the line", line.ended)
        await _within(GREETING_SECONDS, spoken.prepare([greeting]))
        if not spoken.ready(greeting):
            raise ProviderError("there is no voice to greet with")
        if not await line.answer(session, NodeAgent(template.start, state, respond)):
            return
        course.answered_at = services.clock.now()
        journal.note("answered")
        if template.recording != "never":
            tasks.start("consent", consent.follow, restart=_RESTART)
        tasks.start("opening", lambda: _open(state, session, greeting))
        tasks.start("fixed phrases", lambda: spoken.prepare(_fixed_phrases(state.phrases)))

        course.end_reason = await _until_the_end(line, gone, state, session, timeouts)


def _session(template: Template, voices: Voices, speech: SpeechSettings) -> AgentSession[Any]:
    return AgentSession(
        stt=voices.ears,
        llm=voices.mind,
        tts=voices.mouth,
        vad=voices.vad,
        turn_handling=turn_handling(template),
        conn_options=connect_options(speech),
        user_away_timeout=template.patience.silence_seconds,
        transcription_timeout=speech.stt_silence_seconds,
        aec_warmup_duration=None,
        session_close_transcript_timeout=0.2,
    )


async def _open(state: CallState, session: AgentSession[Any], greeting: str) -> None:
    """The greeting, then the consent question; a caller who speaks first is answered, and isn't recorded."""
    hello = session.say(greeting, audio=state.spoken.audio(greeting))
    await hello
    if hello.interrupted or not asks_consent(state.conversation, state.template):
        return
    state.change(recording_announced=True, question=ConsentQuestion())
    question = state.phrases.consent
    await session.say(question, audio=state.spoken.audio(question))


def asks_consent(conversation: Conversation, template: Template) -> bool:
    """Whether the agent asks if it may record: before the caller says anything, in the call or elsewhere."""
    unanswered = conversation.caller_turns == 0 and conversation.consent is None
    return template.recording == "ask" and unanswered and not conversation.recording_announced


async def _respond(
    found: Interception, utterance: str, state: CallState, session: AgentSession[Any], consent: Consent
) -> None:
    phrases = state.phrases

    def say(phrase: str) -> None:
        session.say(phrase, audio=state.spoken.audio(phrase))

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
            # a recording has our answer in it, but a slow store doesn't hold the answer up
            try:
                await asyncio.wait({taking}, timeout=CONSENT_HEAD_START_SECONDS)
                if found.answers_all:
                    say(phrases.consent_granted if granted else phrases.consent_refused)
            finally:
                await taking
        case _:
            await respond_to_danger(found, utterance, state, session)


async def _until_the_end(
    line: Line, gone: asyncio.Task[Ending], state: CallState, session: AgentSession[Any], timeouts: Timeouts
) -> str | None:
    """Waits for whoever ends the call first, ends it politely where it is ours to end; the reason, None: the caller."""
    await asyncio.wait({gone, state.end_requested, timeouts.failed}, return_when=asyncio.FIRST_COMPLETED)
    if gone.done():
        return None
    if timeouts.failed.done():
        await _apologise(state, session, timeouts.failed.result())
        reason = "provider_failed"
    else:
        reason = state.end_requested.result()
        last_words = asyncio.create_task(_finish_speaking(session), name="last words")
        await asyncio.wait({gone, last_words}, return_when=asyncio.FIRST_COMPLETED)
        await cancelled(last_words)
    if state.conversation.crisis:
        # nobody hangs up on a caller in danger, told over our goodbye perhaps
        await gone
    if gone.done():
        return None
    await line.hang_up(reason)
    return reason


async def _apologise(state: CallState, session: AgentSession[Any], provider: str) -> None:
    state.change(provider_failed=True)
    state.journal.note("provider_failed", provider=provider)
    await session.interrupt(force=True)
    phrases = [CRISIS_LINE] if state.conversation.crisis else []
    for phrase in [*phrases, state.phrases.apology]:
        speech = session.say(phrase, audio=state.spoken.audio(phrase), allow_interruptions=False)
        await _within(LAST_WORDS_SECONDS, speech)
    await submit(
        state,
        state.new_id(),
        "callback",
        {
            "caller_name": None,
            "callback_number": state.conversation.phone_number,
            "reason": f"The call broke off through a technical fault ({provider}).",
            "preferred_time": None,
        },
        callback_store(state),
        stored="",
    )


async def _finish_speaking(session: AgentSession[Any]) -> None:
    async with asyncio.timeout(LAST_WORDS_SECONDS):
        while (speech := session.current_speech) is not None:
            await speech
            await asyncio.sleep(0)


async def _close(session: AgentSession[Any], course: AgentAccount, state: CallState) -> None:
    try:
        await asyncio.shield(session.aclose())
    finally:
        # where its process ends a session may break off instead of closing: what was said was said all the same
        course.usage = used(session)
        course.transcript = state.transcript.utterances


def _fixed_phrases(phrases: Phrases) -> list[str]:
    own = [
        phrases.consent,
        phrases.consent_granted,
        phrases.consent_refused,
        phrases.recording_stopped,
        *phrases.still_there,
        phrases.silence_goodbye,
        phrases.apology,
        phrases.goodbye,
        phrases.repeat,
    ]
    return [CRISIS_LINE, *own, THREAT_LINE, ABUSE_WARNING, ABUSE_GOODBYE]


async def _within(seconds: float, work: Awaitable[Any]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("not in time", action="call_bound", seconds=seconds)
