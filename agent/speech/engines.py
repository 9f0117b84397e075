"""Speech engines: clients of the recogniser, the language model, the synthesiser and the VAD, with bounded waits."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
from livekit.agents import APIConnectOptions, TurnHandlingOptions, inference, llm, tts, vad
from livekit.agents.types import NOT_GIVEN
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.turn import EndpointingOptions
from livekit.plugins import deepgram, openai

from agent.speech.chat_client import ChatClient
from agent.speech.foreground import Foreground
from agent.speech.listening import Listening
from shared.config import SpeechSettings
from shared.domain.languages import NAMES, primary, recognised
from shared.domain.template import Template, Voice

ENDPOINTING_MS = 200
"""Quiet after which the recogniser's words are final. It ends no turn: the framework joins a turn's pieces."""
VAD_SILENCE_SECONDS = 0.15
"""Quiet after which the VAD takes speech for ended. It notices quiet 60 ms late, so it is in time."""
STT_CONNECT_SECONDS = 3.0
INTERRUPTION_SECONDS = 0.16
"""Voice of the caller after which the agent pauses: five windows of the detector."""
RESUME_SECONDS = 0.5
"""From the end of that sound until the agent goes on where no words came: longer than the recogniser takes."""
TEMPERATURE = 0.3
"""Low: a receptionist says what the facts say, and calls the same tool for the same wish."""
INSTRUCTED = "gpt-4o-mini-tts"
"""The synthesiser's model that takes instructions."""
MOST_TOKENS = 600
"""Of one answer: two sentences, or a tool call with the longest text that a tool takes."""


def connect_options(speech: SpeechSettings) -> SessionConnectOptions:
    """How long a session waits for its providers, and how often it retries."""
    return SessionConnectOptions(
        stt_conn_options=APIConnectOptions(max_retry=2, retry_interval=0.5, timeout=STT_CONNECT_SECONDS),
        llm_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.2, timeout=speech.llm_silence_seconds),
        tts_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.1, timeout=speech.tts_silence_seconds),
    )


@dataclass(frozen=True)
class Engines:
    """Shared by all calls of a process: the VAD, and warm connections to the providers."""

    ear: vad.VAD
    talking: httpx2.AsyncClient
    """For speech that a caller waits for: a synthesiser that is silent for `tts_silence_seconds` has failed."""
    preparing: httpx2.AsyncClient
    """For fixed phrases that are synthesised ahead."""


@asynccontextmanager
async def open_engines(speech: SpeechSettings, ear: vad.VAD | None = None) -> AsyncIterator[Engines]:
    """Opened once a process, around all its calls; `ear`: a VAD that is already loaded."""

    async def bound_the_wait(request: httpx2.Request) -> None:
        if request.url.path.endswith("/audio/speech"):
            # the plugin waits 30 s for a request, longer than any caller
            silence = speech.tts_silence_seconds
            timeouts = request.extensions.get("timeout", {})
            request.extensions["timeout"] = {**timeouts, "read": silence, "connect": silence}

    async with (
        httpx2.AsyncClient(verify=trust(), event_hooks={"request": [bound_the_wait]}, follow_redirects=True) as talking,
        httpx2.AsyncClient(verify=trust(), follow_redirects=True) as preparing,
    ):
        yield Engines(ear or await asyncio.to_thread(load_ear), talking, preparing)


@dataclass(frozen=True)
class Voices:
    """The engines of one call: recogniser (`ears`), language model (`mind`), synthesiser (`mouth`) and VAD."""

    ears: Listening
    mind: llm.LLM
    mouth: tts.TTS
    vad: Foreground
    preparing: tts.TTS
    """The same voice for fixed phrases; its failures don't fail the call."""
    voice: Voice
    """Of `mouth`."""
    speech: SpeechSettings
    engines: Engines
    minds: dict[str, llm.LLM] = field(default_factory=dict[str, llm.LLM])
    """Of nodes with a model of their own."""
    mouths: dict[Voice, tts.TTS] = field(default_factory=dict[Voice, tts.TTS])
    """Of nodes and templates with a voice of their own."""
    preparing_others: dict[Voice, tts.TTS] = field(default_factory=dict[Voice, tts.TTS])
    """The same voices for fixed phrases."""

    def add(self, template: Template) -> None:
        """Make the clients that this template needs besides: none is made when it begins to speak (OT-25)."""
        for voice in {*template.voices} - {self.voice} - self.mouths.keys():
            self.mouths[voice] = mouth_of(self.speech, voice, self.engines.talking)
            self.preparing_others[voice] = mouth_of(self.speech, voice, self.engines.preparing)
        for model in {node.model for node in template.nodes.values() if node.model} - self.minds.keys():
            self.minds[model] = _mind_of(self.speech, model, self.engines)

    def of_node(self, template: Template, node: str) -> dict[str, Any]:
        """What an agent of the framework takes in the place of the session's."""
        own: dict[str, Any] = {}
        if mouth := self.mouths.get(template.voice_in(node)):
            own["tts"] = mouth
        if mind := self.minds.get(template.nodes[node].model or ""):
            own["llm"] = mind
        return own

    @property
    def unrecognised(self) -> bool:
        """Whether the caller has spoken since the newest words that are recognised."""
        return self.ears.recognised_until < self.vad.voice_began_at


@asynccontextmanager
async def voices_for(speech: SpeechSettings, template: Template, engines: Engines) -> AsyncIterator[Voices]:
    """Clients for one call, by the addresses and keys of the settings."""
    listening: dict[str, Any] = {"base_url": speech.deepgram_base_url} if speech.deepgram_base_url else {}
    ears = deepgram.STT(
        model="nova-3",
        language=recognised(template.language),
        api_key=speech.deepgram_api_key.get_secret_value(),
        endpointing_ms=ENDPOINTING_MS,
        **listening,
    )
    voices = Voices(
        ears=Listening(ears, lambda h: ears.update_options(language=h.language, keyterm=list(h.keyterms))),
        mind=_mind_of(speech, speech.llm_model, engines),
        mouth=mouth_of(speech, template.voice, engines.talking),
        vad=Foreground(engines.ear),
        preparing=mouth_of(speech, template.voice, engines.preparing),
        voice=template.voice,
        speech=speech,
        engines=engines,
    )
    voices.add(template)
    try:
        yield voices
    finally:
        others_of_call = (*voices.preparing_others.values(), *voices.mouths.values(), *voices.minds.values())
        for voice in (*others_of_call, voices.preparing, voices.mouth, voices.mind, voices.ears):
            await voice.aclose()


class _Mind(openai.LLM):
    """Calls one tool at a time. OpenAI refuses that setting in a request without tools."""

    def chat(self, *, tools: list[llm.Tool] | None = None, **more: Any) -> Any:
        one_at_a_time: dict[str, Any] = {"parallel_tool_calls": False} if tools else {}
        return super().chat(tools=tools, **(one_at_a_time | more))


def _mind_of(speech: SpeechSettings, model: str, engines: Engines) -> llm.LLM:
    return _Mind(
        model=model,
        client=_openai(speech, engines.talking),
        temperature=TEMPERATURE,
        max_completion_tokens=MOST_TOKENS,
    )


def mouth_of(speech: SpeechSettings, voice: Voice, http: httpx2.AsyncClient) -> tts.TTS:
    """The synthesiser of one voice. Its owner closes it, which leaves `http` open."""
    spoken = NAMES.get(primary(voice.language or ""))
    # the other models go by the words alone
    instructions = f"Speak {spoken}." if spoken and voice.tts_model == INSTRUCTED else NOT_GIVEN
    client = _openai(speech, http)
    return openai.TTS(
        model=voice.tts_model, voice=voice.voice, response_format="pcm", client=client, instructions=instructions
    )


@asynccontextmanager
async def preparing_mouth(speech: SpeechSettings, voice: Voice) -> AsyncIterator[tts.TTS]:
    """A synthesiser beside all calls, for phrases that calls will need."""
    async with httpx2.AsyncClient(verify=trust(), follow_redirects=True) as http:
        mouth = mouth_of(speech, voice, http)
        try:
            yield mouth
        finally:
            await mouth.aclose()


def _openai(speech: SpeechSettings, http: httpx2.AsyncClient) -> ChatClient:
    return ChatClient(
        api_key=speech.openai_api_key.get_secret_value(),
        base_url=speech.openai_base_url,
        http_client=http,
        max_retries=0,
    )


def turn_detection(template: Template, detector: Any = None) -> Any:
    """`detector`: a turn detector of the framework's protocol, for `meaning`; without one the VAD decides."""
    detection = template.turn.detection
    return (detector or "vad") if detection == "meaning" else detection


def endpointing(template: Template) -> EndpointingOptions:
    return {"min_delay": template.turn.min_delay_seconds, "max_delay": template.turn.max_delay_seconds}


def turn_handling(template: Template, detector: Any = None) -> TurnHandlingOptions:
    """The template's end-of-turn and interruption settings in the framework's terms; see `turn_detection`."""
    return {
        "turn_detection": turn_detection(template, detector),
        "endpointing": endpointing(template),
        # the reply to words that are final is synthesised while the agent still waits for more of them
        "preemptive_generation": {"enabled": True, "preemptive_tts": True},
        "interruption": {
            "enabled": template.turn.interruptions,
            "mode": "vad",
            # a pause, until the words are there; without words that are meant for the agent its speech goes on
            "min_duration": INTERRUPTION_SECONDS,
            "resume_false_interruption": True,
            "false_interruption_timeout": RESUME_SECONDS,
            # speech during a phrase that can't be interrupted is recognised all the same: it may be a cry for help
            "discard_audio_if_uninterruptible": False,
        },
    }


def connections() -> AbstractAsyncContextManager[Any]:
    """The plugins' HTTP session: needed around calls outside a LiveKit job, which has its own."""
    return http_context.open()


def load_ear() -> vad.VAD:
    """The voice-activity detector: loaded once a process, it serves any number of calls."""
    return inference.VAD(model="silero", min_silence_duration=VAD_SILENCE_SECONDS)


@cache
def trust() -> ssl.SSLContext:
    """The trusted certificate authorities. Loading them takes 30 ms and more: once a process, or before its fork."""
    return httpx2.create_ssl_context()
