"""Speech engines: clients of the recogniser, the language model, the synthesiser and the VAD, with bounded waits."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import httpx2
from livekit.agents import APIConnectOptions, TurnHandlingOptions, inference, tts, vad
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.turn import EndpointingOptions

from agent.speech.chain import Chain, Circuits, Kind, OwnCircuits, Trust
from agent.speech.circuits import shared_circuits
from agent.speech.ears import Ears
from agent.speech.foreground import Foreground
from agent.speech.listening import Listening
from agent.speech.minds import Minds
from agent.speech.mouths import Mouths
from agent.speech.providers import PATIENT, ears_of, minds_of, mouth_of, mouths_of, probed
from shared.config import SpeechSettings
from shared.domain.template import Template, Voice
from shared.ports import CircuitStore

VAD_SILENCE_SECONDS = 0.15
"""Quiet after which the VAD takes speech for ended. It notices quiet 60 ms late, so it is in time."""
INTERRUPTION_SECONDS = 0.16
"""Voice of the caller after which the agent pauses: five windows of the detector."""
RESUME_SECONDS = 0.5
"""From the end of that sound until the agent goes on where no words came: longer than the recogniser takes."""


def connect_options(speech: SpeechSettings) -> SessionConnectOptions:
    """How long a session waits for its providers, and how often it retries."""
    return SessionConnectOptions(
        stt_conn_options=APIConnectOptions(max_retry=0, timeout=speech.switch_seconds),
        llm_conn_options=APIConnectOptions(max_retry=0, timeout=speech.llm_silence_seconds),
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
    circuits: Circuits = field(default_factory=OwnCircuits)


@asynccontextmanager
async def open_engines(
    speech: SpeechSettings, ear: vad.VAD | None = None, store: CircuitStore | None = None
) -> AsyncIterator[Engines]:
    """Opened once a process, around all its calls; `ear`: a VAD that is already loaded.

    `store`: the circuits are shared by it with the stage's other processes.
    """
    waits = {"/audio/speech": speech.tts_silence_seconds, "/audio/transcriptions": speech.stt_silence_seconds}

    async def bound_the_wait(request: httpx2.Request) -> None:
        # the plugins wait 30 s for a request, longer than any caller
        silence = next((seconds for path, seconds in waits.items() if request.url.path.endswith(path)), None)
        if silence is not None:
            timeouts = request.extensions.get("timeout", {})
            request.extensions["timeout"] = {**timeouts, "read": silence, "connect": silence}

    async with (
        httpx2.AsyncClient(verify=trust(), event_hooks={"request": [bound_the_wait]}, follow_redirects=True) as talking,
        httpx2.AsyncClient(verify=trust(), follow_redirects=True) as preparing,
        AsyncExitStack() as opened,
    ):
        ear, circuits = ear or await asyncio.to_thread(load_ear), OwnCircuits()
        if store is not None:
            probe = partial(probed, speech=speech, http=talking)
            circuits = await opened.enter_async_context(shared_circuits(store, probe))
        yield Engines(ear, talking, preparing, circuits)


@dataclass(frozen=True)
class Voices:
    """The engines of one call: recogniser (`ears`), language model (`mind`), synthesiser (`mouth`) and VAD."""

    ears: Listening
    hearing: Ears
    """The recognisers that `ears` listens by."""
    mind: Minds
    mouth: Mouths
    vad: Foreground
    preparing: Mouths
    """The same voice for fixed phrases; its failures don't fail the call."""
    voice: Voice
    """Of `mouth`."""
    speech: SpeechSettings
    engines: Engines
    trust: Trust
    minds: dict[str, Minds] = field(default_factory=dict[str, Minds])
    """Of nodes with a model of their own."""
    mouths: dict[Voice, Mouths] = field(default_factory=dict[Voice, Mouths])
    """Of nodes and templates with a voice of their own."""
    preparing_others: dict[Voice, tts.TTS] = field(default_factory=dict[Voice, tts.TTS])
    """The same voices for fixed phrases."""

    def add(self, template: Template) -> None:
        """Make the clients that this template needs besides: none is made when it begins to speak (OT-25)."""
        for voice in {*template.voices} - {self.voice} - self.mouths.keys():
            self.mouths[voice] = mouths_of(self.speech, voice, self.engines.talking, self.trust)
            self.preparing_others[voice] = mouths_of(self.speech, voice, self.engines.preparing, self.trust, PATIENT)
        for model in {node.model for node in template.nodes.values() if node.model} - self.minds.keys():
            self.minds[model] = minds_of(self.speech, model, self.engines.talking, self.trust)

    def of_node(self, template: Template, node: str) -> dict[str, Any]:
        """What an agent of the framework takes in the place of the session's."""
        own: dict[str, Any] = {}
        if mouth := self.mouths.get(template.voice_in(node)):
            own["tts"] = mouth
        if mind := self.minds.get(template.nodes[node].model or ""):
            own["llm"] = mind
        return own

    def distrust(self, kind: Kind) -> bool:
        """The provider of this kind that serves now is connected, and of no use: switch to the next one at once.

        Its running requests end as failed. Returns whether another provider is there that isn't left out.
        """
        chains: dict[Kind, list[Chain[Any]]] = {
            "stt": [self.hearing.chain],
            "llm": [minds.chain for minds in (self.mind, *self.minds.values())],
            "tts": [mouths.chain for mouths in (self.mouth, *self.mouths.values())],
        }
        busy = [chain for chain in chains[kind] if chain.busy] or chains[kind][:1]
        return [chain.distrust() for chain in busy][-1]

    @property
    def unrecognised(self) -> bool:
        """Whether the caller has spoken since the newest words that are recognised."""
        return self.ears.recognised_until < self.vad.voice_began_at


@asynccontextmanager
async def voices_for(speech: SpeechSettings, template: Template, engines: Engines) -> AsyncIterator[Voices]:
    """Clients for one call, by the addresses and keys of the settings."""
    trust, near = Trust(engines.circuits), Foreground(engines.ear)
    hearing, attune = ears_of(speech, template, engines.talking, near, trust)
    voices = Voices(
        ears=Listening(hearing, attune),
        hearing=hearing,
        mind=minds_of(speech, speech.llm_model, engines.talking, trust),
        mouth=mouths_of(speech, template.voice, engines.talking, trust),
        vad=near,
        preparing=mouths_of(speech, template.voice, engines.preparing, trust, PATIENT),
        voice=template.voice,
        speech=speech,
        engines=engines,
        trust=trust,
    )
    voices.add(template)
    try:
        yield voices
    finally:
        others_of_call = (*voices.preparing_others.values(), *voices.mouths.values(), *voices.minds.values())
        for voice in (*others_of_call, voices.preparing, voices.mouth, voices.mind, voices.ears):
            await voice.aclose()


@asynccontextmanager
async def preparing_mouth(speech: SpeechSettings, voice: Voice) -> AsyncIterator[tts.TTS]:
    """A synthesiser beside all calls, for phrases that calls will need."""
    async with httpx2.AsyncClient(verify=trust(), follow_redirects=True) as http:
        mouth = mouth_of(speech, voice, http)
        try:
            yield mouth
        finally:
            await mouth.aclose()


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
