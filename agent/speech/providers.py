"""The clients of the providers, and the chains that they form: by names, `provider/model`, from the settings."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import httpx2
from livekit import rtc
from livekit.agents import APIConnectOptions, llm, stt, tts, vad
from livekit.agents.types import NOT_GIVEN
from livekit.plugins import deepgram, openai

from agent.speech.chain import Link, Trust
from agent.speech.chat_client import ChatClient
from agent.speech.ears import Ears
from agent.speech.listening import Hearing
from agent.speech.minds import Minds
from agent.speech.mouths import Mouths
from shared.config import SpeechSettings, chain_of
from shared.domain.languages import NAMES, primary, recognised
from shared.domain.template import Template, Voice

ENDPOINTING_MS = 200
"""Quiet after which the recogniser's words are final. It ends no turn: the framework joins a turn's pieces."""
TEMPERATURE = 0.3
"""Low: a receptionist says what the facts say, and calls the same tool for the same wish."""
INSTRUCTED = "gpt-4o-mini-tts"
"""The synthesiser's model that takes instructions."""
MOST_TOKENS = 600
"""Of one answer: two sentences, or a tool call with the longest text that a tool takes."""


class _Mind(openai.LLM):
    """Calls one tool at a time. OpenAI refuses that setting in a request without tools."""

    def chat(self, *, tools: list[llm.Tool] | None = None, **more: Any) -> Any:
        one_at_a_time: dict[str, Any] = {"parallel_tool_calls": False} if tools else {}
        return super().chat(tools=tools, **(one_at_a_time | more))


def ears_of(
    speech: SpeechSettings, template: Template, http: httpx2.AsyncClient, near: vad.VAD, trust: Trust
) -> tuple[Ears, Callable[[Hearing], None]]:
    """The recognisers of one call, and what attunes all of them."""
    language = recognised(template.language)
    links: list[Link[stt.STT]] = []
    attuned: list[Callable[[Hearing], None]] = []
    for name in dict.fromkeys(("deepgram/nova-3", *chain_of(speech.stt_fallbacks))):
        provider, _, model = name.partition("/")
        if provider == "deepgram":
            ears = _nova(speech, model, language)
            links.append(Link(name, ears))
            attuned.append(lambda h, e=ears: e.update_options(language=h.language, keyterm=list(h.keyterms)))
        else:
            whole = openai.STT(model=model, language=primary(language), client=_openai(speech, http))
            # it takes whole utterances: our detector finds them
            links.append(Link(name, stt.StreamAdapter(stt=whole, vad=near)))
            attuned.append(
                lambda h, w=whole: w.update_options(language=primary(h.language), prompt=", ".join(h.keyterms))
            )

    def attune(hearing: Hearing) -> None:
        for each in attuned:
            each(hearing)

    return Ears(links, trust, speech.switch_seconds), attune


def _nova(speech: SpeechSettings, model: str, language: str) -> deepgram.STT:
    address: dict[str, Any] = {"base_url": speech.deepgram_base_url} if speech.deepgram_base_url else {}
    key = speech.deepgram_api_key.get_secret_value()
    return deepgram.STT(model=model, language=language, api_key=key, endpointing_ms=ENDPOINTING_MS, **address)


def minds_of(speech: SpeechSettings, model: str, http: httpx2.AsyncClient, trust: Trust) -> Minds:
    links: list[Link[llm.LLM]] = []
    for name in dict.fromkeys((f"openai/{model}", *chain_of(speech.llm_fallbacks))):
        name = f"other/{speech.other_llm_model}" if name == "other" else name
        if (client := _chat_client(name.partition("/")[0], speech, http)) is not None:
            links.append(Link(name, _mind_of(name.partition("/")[2], client)))
    return Minds(links, trust, speech.switch_seconds, speech.llm_silence_seconds)


def _chat_client(provider: str, speech: SpeechSettings, http: httpx2.AsyncClient) -> ChatClient | None:
    """None without its key."""
    if provider != "other":
        return _openai(speech, http)
    key = speech.other_llm_api_key
    return _client(key.get_secret_value(), speech.other_llm_base_url, http) if key else None


def _mind_of(model: str, client: ChatClient) -> llm.LLM:
    return _Mind(model=model, client=client, temperature=TEMPERATURE, max_completion_tokens=MOST_TOKENS)


AURA = {"en": "aura-2-thalia-en", "es": "aura-2-celeste-es"}
"""Deepgram's voices, by language."""


PATIENT = 2.0
"""For phrases that nobody waits for yet: how much longer their synthesis may take."""


def mouths_of(
    speech: SpeechSettings, voice: Voice, http: httpx2.AsyncClient, trust: Trust, patience: float = 1.0
) -> Mouths:
    """The synthesiser of one voice, and those behind it. Its owner closes it, which leaves `http` open."""
    links = [Link[tts.TTS](f"openai/{voice.tts_model}", mouth_of(speech, voice, http))]
    for name in chain_of(speech.tts_fallbacks):
        provider, _, model = name.partition("/")
        if provider == "openai" and model != voice.tts_model:
            links.append(Link(name, mouth_of(speech, voice.model_copy(update={"tts_model": model}), http)))
        elif provider == "deepgram" and (aura := AURA.get(primary(voice.language or "en"))):
            links.append(Link(name, _aura(speech, aura if model == "aura-2" else model)))
    return Mouths(links, trust, speech.tts_silence_seconds * patience)


def _aura(speech: SpeechSettings, model: str) -> tts.TTS:
    listening = speech.deepgram_base_url
    address: dict[str, Any] = {"base_url": f"{listening.removesuffix('/listen')}/speak"} if listening else {}
    return deepgram.TTS(model=model, api_key=speech.deepgram_api_key.get_secret_value(), **address)


def mouth_of(speech: SpeechSettings, voice: Voice, http: httpx2.AsyncClient) -> tts.TTS:
    """The synthesiser of one voice. Its owner closes it, which leaves `http` open."""
    spoken = NAMES.get(primary(voice.language or ""))
    # the other models go by the words alone
    instructions = f"Speak {spoken}." if spoken and voice.tts_model == INSTRUCTED else NOT_GIVEN
    client = _openai(speech, http)
    return openai.TTS(
        model=voice.tts_model, voice=voice.voice, response_format="pcm", client=client, instructions=instructions
    )


def _openai(speech: SpeechSettings, http: httpx2.AsyncClient) -> ChatClient:
    return _client(speech.openai_api_key.get_secret_value(), speech.openai_base_url, http)


def _client(key: str, address: str | None, http: httpx2.AsyncClient) -> ChatClient:
    return ChatClient(api_key=key, base_url=address, http_client=http, max_retries=0)


async def probed(name: str, *, speech: SpeechSettings, http: httpx2.AsyncClient) -> None:
    """Send the provider of a circuit, `kind:provider/model`, the smallest request. Raises `APIError`.

    It costs a few tokens, three characters, or half a second of silence.
    """
    kind, _, link = name.partition(":")
    provider, _, model = link.partition("/")
    once = APIConnectOptions(max_retry=0, timeout=speech.switch_seconds)
    if kind == "llm" and (client := _chat_client(provider, speech, http)) is not None:
        context = llm.ChatContext()
        context.add_message(role="user", content="Say yes.")
        mind = openai.LLM(model=model, client=client, max_completion_tokens=16)
        async with aclosing(mind), mind.chat(chat_ctx=context, conn_options=once) as answer:
            await anext(answer)
    elif kind == "tts":
        mouth = _aura(speech, AURA["en"]) if provider == "deepgram" else mouth_of(speech, Voice(tts_model=model), http)
        async with aclosing(mouth), mouth.synthesize("Yes.", conn_options=once) as speaking:
            await anext(speaking)
    elif kind == "stt":
        quiet = rtc.AudioFrame(bytes(16_000), 16_000, 1, 8_000)
        ears = (
            _nova(speech, model, "en-US")
            if provider == "deepgram"
            else openai.STT(model=model, language="en", client=_openai(speech, http))
        )
        async with aclosing(ears):
            if not ears.capabilities.streaming:
                await ears.recognize(quiet, conn_options=once)
                return
            async with ears.stream(conn_options=once) as hearing:
                hearing.push_frame(quiet)
                hearing.end_input()
                async for _ in hearing:
                    pass
