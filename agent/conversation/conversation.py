"""An admitted call's conversation: answers the line, greets, talks until the end, and closes all that it opened."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any

from livekit.agents import AgentSession, get_job_context

from agent.businesses.business import Business
from agent.businesses.versions import served_version
from agent.conversation.barge_in import BargeIn
from agent.conversation.briefing import brief
from agent.conversation.closing import closed_by
from agent.conversation.consent import Consent, asks_consent
from agent.conversation.dead_air import DeadAir, limits_of
from agent.conversation.ending import until_the_end, within
from agent.conversation.interception import Interception
from agent.conversation.keys import Keys
from agent.conversation.node import MOST_TOOL_ROUNDS, NodeAgent, Respond, silence_spoken_tools
from agent.conversation.phrases import spoken_later
from agent.conversation.responses import respond
from agent.conversation.resumption import bridge_of, resume
from agent.conversation.serving import Serving
from agent.conversation.session import SessionSaver, begun_or_taken_over
from agent.conversation.state import CallState, new_id
from agent.conversation.targets import TargetLoader, lacking_variables, loading, prepare_targets, resumed
from agent.conversation.tenant_servers import TenantServers
from agent.conversation.timeouts import Timeouts
from agent.conversation.transfers import Transfers, dialled
from agent.conversation.turn_detector import TurnDetector
from agent.conversation.vital_signs import VitalSigns
from agent.lines.line import LEFT_QUIETLY, Line
from agent.lines.start import started
from agent.record.account import AgentAccount
from agent.record.journal import Journal
from agent.record.recording import CallRecorder
from agent.record.transcript import Transcript
from agent.record.usage import together, used
from agent.speech.chain import Switch
from agent.speech.engines import Engines, Voices, connect_options, turn_handling, voices_for
from agent.speech.phrases import FixedPhrases
from agent.tools.tool import Result
from shared.calls.admit import Admission
from shared.calls.alerting import CallAlerts
from shared.config import SpeechSettings, needed
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.call import Usage
from shared.domain.conversation import Conversation
from shared.domain.facts import spoken_facts
from shared.domain.questions import ConsentQuestion
from shared.domain.rollout import label, numbered
from shared.domain.routing import Admit
from shared.domain.telephony.numbers import caller_key
from shared.domain.template import Template
from shared.domain.tenant import Tenant, Tier, house
from shared.domain.variables import rendered
from shared.errors import ProviderError
from shared.services import Services
from shared.tasks import Backoff, Tasks

GREETING_SECONDS = 3.0
"""The most that the synthesis of the greeting delays the answer; the phone rings meanwhile."""
CUT_SECONDS = 10.0
"""The most that taking a secret out of the recording delays the record of a call."""
_RESTART = Backoff(longest_seconds=10.0)


async def converse(
    line: Line, services: Services, journal: Journal, account: AgentAccount, business: Business, engines: Engines
) -> None:
    """Talks with the caller from the ringing to the end of the call; closes all that it opened, in reverse order.

    Raises `ProviderError` before the answer when the greeting can't be synthesised.
    """
    admission = account.admission
    assert admission is not None
    settings = services.settings
    # the sales line and the demo line belong to nobody
    tenant = admission.tenant or house(settings.timezone)
    speech, job = needed(settings.speech), get_job_context(required=False)
    begun = await begun_or_taken_over(
        _begun(line.call_id, business.name, _chosen(admission), tenant, admission.caller, services.clock.now()),
        services.sessions,
    )
    # a successor goes on with the version that the call began with
    served = await served_version(business, numbered(begun.began_as.version), services.templates)
    # a caller brings no payload
    payload: dict[str, Any] = {}
    filled = rendered(served.template, payload)
    origin = Serving(business, filled.template.of_tier(_tier(admission)), tenant, served.version)
    caller = caller_key(admission.caller) or line.call_id
    loader = TargetLoader(services.templates, caller, begun.pins, payload, filled.template.voice, _tier(admission))
    serving, begun = await resumed(begun, origin, loader, services)
    template, tenant = serving.template, serving.tenant
    async with AsyncExitStack() as closing:
        voices = await closing.enter_async_context(voices_for(speech, template, engines))
        facts = spoken_facts(tenant)
        folder, others = settings.data_dir / "voices", voices.preparing_others
        fixed = FixedPhrases(voices.preparing, template.voice, folder, facts, TECHNICAL_TROUBLE, others)
        transcript = Transcript(line.ringing_at, journal)
        transcript.answers_as(template.name, line.ringing_at)
        transcript.go_on_from(begun.history)
        account.live = state = CallState(
            services, serving.business, template, tenant, fixed, journal, transcript, begun
        )
        voices.trust.on_switch = lambda switch: _note(switch, journal)
        state.engines_of, state.load_template = voices.of_node, loading(state, loader, voices)
        detector = TurnDetector(template, lambda: state.conversation, lambda: voices.unrecognised)
        session = _session(template, voices, speech, detector)
        detector.follow(session)
        recorder = CallRecorder(line.call_id, job.room.name if job else None, services, journal)
        consent = Consent(state, recorder)
        saver = SessionSaver(state, lambda: together(begun.usage, used(session)))
        left = False
        closed_by(closing, "session saver", lambda: saver.save_for_successor() if left else saver.aclose())
        timeouts = Timeouts(state, session)
        BargeIn(state, session, voices.ears, voices.vad, timeouts)
        signs = VitalSigns(state, session, voices.ears, voices.vad)
        dead_air = DeadAir(state, session, signs, timeouts, limits_of(speech), voices.distrust, line.hand_over)
        closed_by(closing, "dead air", dead_air.aclose)
        closed_by(closing, "timeouts", timeouts.aclose)
        closed_by(closing, "recorder", recorder.stop)
        # a secret may be recognised as late as at the session's close: it is cut before the recording is finished
        cuts = await closing.enter_async_context(Tasks(call_id=line.call_id))
        closed_by(closing, "cuts", lambda: cuts.wait(CUT_SECONDS))
        closed_by(closing, "session", lambda: _close(session, account, state, begun.usage))

        async def respond_here(found: Interception, utterance: str) -> Result | None:
            return await respond(found, utterance, state, session, consent)

        transfers = Transfers(state, session, exchange, consent) if (exchange := line.exchange) else None
        if transfers is not None:
            state.put_through = transfers.begin
            closed_by(closing, "transfers", transfers.aclose)
        servers = TenantServers(state)
        closing.push_async_callback(servers.aclose)
        keys = Keys(state, session, respond_here)
        closed_by(closing, "keys", keys.aclose)

        transcript.follow(session)

        def caller_turn() -> None:
            timeouts.caller_turn()
            signs.caller_turn()

        state.on_caller_turn, state.on_turn_settled, state.on_progress = caller_turn, signs.turn_settled, signs.progress
        state.tool_runs = signs.tool_runs
        silence_spoken_tools(session)
        line.attach(session)
        recorder.wrap(session)

        tasks = await closing.enter_async_context(Tasks(call_id=line.call_id))
        line_ended = tasks.start("end of the line", line.ended)

        def cut(began: float) -> None:
            cuts.start("recording cut", lambda: consent.cut(began))

        state.on_secret = cut
        state.words_began = voices.ears.began_at
        alerts = CallAlerts(line.call_id, services.alerts)
        if served.alert is not None:
            alerts.add(served.alert.key, served.alert.severity, served.alert.title, **(served.alert.fields or {}))
        if filled.lacking:
            lacking = lacking_variables(business.name, filled.lacking)
            alerts.add(lacking.key, lacking.severity, lacking.title, **(lacking.fields or {}))
        tasks.start("alerts about the template", alerts.send)
        if warm := business.warm:
            tasks.start("warming the business", lambda: warm(services.business_rows, services.snapshots, tenant))

        def prepare(begin: Serving) -> None:
            tasks.start("targets", lambda: prepare_targets(state, loader, begin, voices, alerts))

        def taken_over(other: Serving) -> None:
            detector.serve(other.template)
            servers.connect(other)
            if not state.prepared:
                prepare(other)

        state.on_taken_over = taken_over
        servers.connect(serving)
        prepare(origin if origin.tenant.tenant_id == tenant.tenant_id else serving)
        node = begun.node if begun.node in template.nodes else template.start
        fixed.speak_as(template.voice_in(node))
        tasks.start("briefing", lambda: brief(state, node))
        # a caller who was answered before isn't greeted anew
        goes_on = begun.takeovers > 0 and (begun.answered_at is not None or begun.caller_turns > 0)
        opening = bridge_of(state, node) if goes_on else state.phrases.greeting
        if not fixed.ready(opening):
            await within(GREETING_SECONDS, fixed.prepare([opening]))
        if not fixed.ready(opening):
            raise ProviderError("there is no voice to greet with")
        account.reached = "starting"
        if not await started(line, session, NodeAgent(node, state, respond_here), settings.start_seconds):
            return
        account.reached = "started"
        account.answered_at = begun.answered_at or services.clock.now()
        state.change(answered_at=account.answered_at, left_quietly=False)
        if goes_on:
            journal.note("took_over", earlier=begun.takeovers)
        else:
            journal.note("answered", at=account.answered_at, template_version=served.version)
            state.want_result()
        if template.recording != "never":
            tasks.start("consent", consent.follow, restart=_RESTART)
        tasks.start("keys", lambda: keys.follow(line))
        if begun.transferring and transfers is not None:
            transfers.resume()
        else:
            state.change(transferring=False)
            if not begun.left_quietly:
                tasks.start("opening", lambda: _open(state, session, opening, respond_here if goes_on else None))
        tasks.start("fixed phrases", lambda: _prepare(fixed, state))

        account.end_reason = await until_the_end(line, line_ended, state, session, timeouts)
        if line_ended.done() and (left := line_ended.result().taken_over):
            state.change(left_quietly=line_ended.result().reason == LEFT_QUIETLY)


def _note(switch: Switch, journal: Journal) -> None:
    journal.note(
        "failover",
        provider=switch.kind,
        source=switch.source,
        target=switch.target,
        error=switch.error,
        seconds=switch.seconds,
    )


async def _prepare(fixed: FixedPhrases, state: CallState) -> None:
    for voice in fixed.voices:
        await fixed.prepare(spoken_later(state.phrases), voice)


def _chosen(admission: Admission) -> str:
    """The label of the version that was chosen when the call was admitted."""
    decision = admission.decision
    return label(decision.template_version if isinstance(decision, Admit) else None)


def _tier(admission: Admission) -> Tier | None:
    """As it was decided before anything of the tenant's was loaded."""
    return admission.decision.tier if isinstance(admission.decision, Admit) else None


def _begun(
    call_id: str, template: str, version: str, tenant: Tenant, caller: str | None, now: datetime
) -> Conversation:
    return Conversation(
        call_id=call_id,
        agent_id=new_id(),
        tenant_id=tenant.tenant_id,
        template=template,
        template_version=version,
        phone_number=caller,
        created_at=now,
        last_activity=now,
    )


def _session(template: Template, voices: Voices, speech: SpeechSettings, detector: TurnDetector) -> AgentSession[Any]:
    return AgentSession(
        stt=voices.ears,
        llm=voices.mind,
        tts=voices.mouth,
        vad=voices.vad,
        turn_handling=turn_handling(template, detector),
        conn_options=connect_options(speech),
        user_away_timeout=template.patience.silence_seconds,
        # the framework lets it be one round more
        max_tool_steps=MOST_TOOL_ROUNDS - 1,
        transcription_timeout=speech.stt_silence_seconds,
        aec_warmup_duration=None,
        session_close_transcript_timeout=0.2,
    )


async def _open(state: CallState, session: AgentSession[Any], opening: str, respond: Respond | None) -> None:
    """The greeting, then the consent question; a caller who speaks first is answered, and isn't recorded.

    `respond`: of an agent that goes on with the call of an earlier one, and begins with its bridge.
    """
    if respond is not None and await resume(state, session, respond, opening):
        return
    greeting = state.phrases.greeting
    speech = session.say(greeting, audio=state.fixed_phrases.audio(greeting))
    await speech
    if speech.interrupted or not asks_consent(state.conversation, state.template):
        return
    question = state.phrases.consent
    state.replace(replace(state.conversation.asking(ConsentQuestion(question)), recording_announced=True))
    await session.say(question, audio=state.fixed_phrases.audio(question))


async def _close(
    session: AgentSession[Any], account: AgentAccount, state: CallState, earlier: tuple[Usage, ...]
) -> None:
    """`earlier`: what agents before this one have used."""
    try:
        await asyncio.shield(session.aclose())
    finally:
        # when the process ends, the session may break off instead of closing: what was said is recorded all the same
        account.usage = (*together(earlier, used(session)), *dialled(state.conversation.legs))
        state.transcript.finish()
        account.transcript = state.transcript.utterances
