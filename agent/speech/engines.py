"""The ears, mind and mouth of a call: provider clients with every wait bounded."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
import openai as openai_client
from livekit.agents import APIConnectOptions, TurnHandlingOptions, inference, llm, stt, tts, vad
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.plugins import deepgram, openai

from shared.config import SpeechSettings
from shared.domain.template import Template, Voice

ENDPOINTING_MS = 200
STT_CONNECT_SECONDS = 3.0


def connect_options(speech: SpeechSettings) -> SessionConnectOptions:
    """How long a session waits for its providers, and how often it asks again."""
    return SessionConnectOptions(
        stt_conn_options=APIConnectOptions(max_retry=2, retry_interval=0.5, timeout=STT_CONNECT_SECONDS),
        llm_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.2, timeout=speech.llm_silence_seconds),
        tts_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.1, timeout=speech.tts_silence_seconds),
    )


@dataclass(frozen=True)
class Engines:
    """What all calls of a process share: the ear, and warm connections to the providers."""

    ear: vad.VAD
    talking: httpx2.AsyncClient
    """For what a caller waits for: a synthesiser that is silent for `tts_silence_seconds` has failed."""
    preparing: httpx2.AsyncClient
    """For sentences that are wanted later."""


@asynccontextmanager
async def open_engines(speech: SpeechSettings, ear: vad.VAD | None = None) -> AsyncIterator[Engines]:
    """Once a process, around all its calls; `ear` is a VAD that is loaded already."""

    async def bound_the_wait(request: httpx2.Request) -> None:
        if request.url.path.endswith("/audio/speech"):
            # the plugin asks for 30 s a request, which no caller waits for
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
    """What one call hears, thinks and speaks with."""

    ears: stt.STT
    mind: llm.LLM
    mouth: tts.TTS
    vad: vad.VAD
    preparing: tts.TTS
    """The same voice for fixed sentences; its failures aren't the call's."""


@asynccontextmanager
async def voices_for(speech: SpeechSettings, template: Template, engines: Engines) -> AsyncIterator[Voices]:
    """Provider clients for one call by the settings' addresses and keys."""
    listening: dict[str, Any] = {"base_url": speech.deepgram_base_url} if speech.deepgram_base_url else {}
    voices = Voices(
        ears=deepgram.STT(
            model="nova-3",
            language="en-US",
            api_key=speech.deepgram_api_key.get_secret_value(),
            endpointing_ms=ENDPOINTING_MS,
            **listening,
        ),
        mind=openai.LLM(model=speech.llm_model, client=_openai(speech, engines.talking)),
        mouth=mouth_of(speech, template.voice, engines.talking),
        vad=engines.ear,
        preparing=mouth_of(speech, template.voice, engines.preparing),
    )
    try:
        yield voices
    finally:
        for voice in (voices.preparing, voices.mouth, voices.mind, voices.ears):
            await voice.aclose()


def mouth_of(speech: SpeechSettings, voice: Voice, http: httpx2.AsyncClient) -> tts.TTS:
    """The synthesiser of one voice; to be closed, which leaves `http` open."""
    return openai.TTS(model=voice.tts_model, voice=voice.voice, response_format="pcm", client=_openai(speech, http))


def _openai(speech: SpeechSettings, http: httpx2.AsyncClient) -> openai_client.AsyncClient:
    return openai_client.AsyncClient(
        api_key=speech.openai_api_key.get_secret_value(),
        base_url=speech.openai_base_url,
        http_client=http,
        max_retries=0,
    )


def turn_handling(template: Template) -> TurnHandlingOptions:
    """When a caller is taken to have finished, in the framework's terms."""
    return {
        "turn_detection": template.turn.detection,
        "endpointing": {"min_delay": template.turn.min_delay_seconds, "max_delay": template.turn.max_delay_seconds},
        "interruption": {
            "enabled": template.turn.interruptions,
            "mode": "vad",
            # what is said during a line that may not be interrupted is heard all the same: it may be a cry for help
            "discard_audio_if_uninterruptible": False,
        },
    }


def connections() -> AbstractAsyncContextManager[Any]:
    """What the plugins share; needed around calls outside a LiveKit job, which has it already."""
    return http_context.open()


def load_ear() -> vad.VAD:
    """The voice-activity detector; loaded once a process, it serves any number of calls."""
    return inference.VAD(model="silero")


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates the providers may have. Loading it takes 30 ms and more, once a process or before its fork."""
    return httpx2.create_ssl_context()
