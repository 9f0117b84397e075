"""The ears, mind and mouth of a call: provider clients with every wait bounded."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import openai as openai_client
from livekit.agents import APIConnectOptions, inference, llm, stt, tts, vad
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.plugins import deepgram, openai

from shared.config import Settings
from shared.domain.template import Template, Voice

ENDPOINTING_MS = 200
STT_CONNECT_SECONDS = 3.0


def connect_options(settings: Settings) -> SessionConnectOptions:
    """How long a session waits for its providers, and how often it asks again."""
    return SessionConnectOptions(
        stt_conn_options=APIConnectOptions(max_retry=2, retry_interval=0.5, timeout=STT_CONNECT_SECONDS),
        llm_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.2, timeout=settings.llm_silence_seconds),
        tts_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.1, timeout=settings.tts_silence_seconds),
    )


@dataclass(frozen=True)
class Voices:
    """What one call hears, thinks and speaks with."""

    stt: stt.STT
    llm: llm.LLM
    tts: tts.TTS
    vad: vad.VAD


@asynccontextmanager
async def voices_for(settings: Settings, template: Template, ear: vad.VAD | None = None) -> AsyncIterator[Voices]:
    """Provider clients for one call by the settings' addresses and keys; `ear` is the VAD loaded at start, if any."""
    listening: dict[str, Any] = {"base_url": settings.deepgram_base_url} if settings.deepgram_base_url else {}
    thinking: dict[str, Any] = {"base_url": settings.openai_base_url} if settings.openai_base_url else {}
    hearing = deepgram.STT(
        model="nova-3",
        language="en-US",
        api_key=settings.deepgram_api_key.get_secret_value(),
        endpointing_ms=ENDPOINTING_MS,
        **listening,
    )
    mind = openai.LLM(model=settings.llm_model, api_key=settings.openai_api_key.get_secret_value(), **thinking)
    async with (
        mouth_for(settings, template.voice, settings.tts_silence_seconds) as mouth,
        AsyncExitStack() as closing,
    ):
        closing.push_async_callback(hearing.aclose)
        closing.push_async_callback(mind.aclose)
        yield Voices(hearing, mind, mouth, ear or load_ear())


@asynccontextmanager
async def mouth_for(settings: Settings, voice: Voice, silence_seconds: float) -> AsyncIterator[tts.TTS]:
    """The synthesiser of one voice; one that sends nothing for `silence_seconds` has failed."""

    async def bound_the_wait(request: httpx2.Request) -> None:
        # the plugin asks for 30 s a request, which no caller waits for
        timeouts = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {**timeouts, "read": silence_seconds, "connect": silence_seconds}

    async with httpx2.AsyncClient(event_hooks={"request": [bound_the_wait]}, follow_redirects=True) as http:
        client = openai_client.AsyncClient(
            api_key=settings.openai_api_key.get_secret_value(),
            base_url=settings.openai_base_url,
            http_client=http,
            max_retries=0,
        )
        mouth = openai.TTS(model=voice.tts_model, voice=voice.voice, response_format="pcm", client=client)
        try:
            yield mouth
        finally:
            await mouth.aclose()


def connections() -> AbstractAsyncContextManager[Any]:
    """What the providers' clients share; needed around calls outside a LiveKit job, which has it already."""
    return http_context.open()


def load_ear() -> vad.VAD:
    """The voice-activity detector; loaded once a process, it serves any number of calls."""
    return inference.VAD(model="silero")
