"""The benchmark's conversation: the called tenant, the caller's questions, and the facts that answer them."""

import json
from dataclasses import dataclass
from typing import Any

import asyncpg

from agent.businesses.business import business_of
from agent.speech.engines import turn_handling
from agent.speech.providers import ENDPOINTING_MS
from bench.bare import Brief
from lab.base import sound
from lab.base.sound import Samples
from lab.providers.control import LabControl

DID = "+12065550150"
TEMPLATE = "church"
TENANT_ID = "00000000-0000-4000-a000-0000000000be"
GREETING = "Thank you for calling Bench Street Church, where all questions have short answers. How can I help?"
"""Long enough for the caller to interrupt it, so that the agent doesn't ask for consent and records nothing."""
OPENING = "Hello, good morning to you."
QUESTIONS = ("Is there parking?", "Any events?", "Office hours?", "How do I give?")
FACTS = {
    "parking": "Behind the church.",
    "events": "Choir on Friday.",
    "office_hours": "From nine to four.",
    "giving": "Online, any time.",
    "first_visit": (
        "Come as you are. Somebody at the front door will welcome you, and there is child care during both services."
        " Afterwards there is coffee in the hall."
    ),
    "address": "1 Bench Street.",
    "directions": "By the park.",
    "hours_spoken": "At ten on Sunday.",
    "website": "bench dot example",
    "pastor": "Ruth Bench",
}
VOICE = "caller-3"


@dataclass(frozen=True)
class Line:
    """A sentence of the caller: 16 kHz samples, trimmed."""

    text: str
    samples: Samples


@dataclass(frozen=True)
class Script:
    opening: Line
    questions: tuple[Line, ...]

    def question(self, turn: int) -> Line:
        return self.questions[turn % len(self.questions)]


async def prepared(lab: LabControl) -> Script:
    """Synthesises the caller's sentences and the agent's answers, so that the lab has them cached later."""

    async def line(text: str) -> Line:
        pcm = await lab.say(text, VOICE)
        return Line(text, sound.trimmed(sound.resample(sound.from_pcm(pcm), 24_000, 16_000), 16_000))

    voice = business_of(TEMPLATE).template.voice.voice
    for answer in FACTS.values():
        await lab.say(answer, voice)
    return Script(await line(OPENING), tuple([await line(question) for question in QUESTIONS]))


async def add_tenant(postgres_url: str) -> None:
    """Adds the called church and its number to the benchmark's own database."""
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(
            """insert into public.tenants (id, name, timezone, phone, greeting, facts)
               values ($1, 'Bench Street Church', 'America/Los_Angeles', $2, $3, $4::text::jsonb)
               on conflict (id) do update set greeting = excluded.greeting, facts = excluded.facts""",
            TENANT_ID,
            DID,
            GREETING,
            json.dumps(FACTS),
        )
        number = {"did": DID, "stage": "local", "tenant_id": TENANT_ID, "template": TEMPLATE}
        await connection.execute("select public.bind_number_v1($1::text::jsonb)", json.dumps(number))
    finally:
        await connection.close()


async def brief_from(lab: LabControl, settings: dict[str, Any]) -> Brief:
    """The bare session's brief: the prompt and tools of Pickup's last request, and its template's turn settings."""
    bodies = (await lab.requests())["last"]["llm"]
    request = next(body for body in reversed(bodies) if body.get("tools"))
    template = business_of(TEMPLATE).template
    return Brief(
        instructions=next(m["content"] for m in request["messages"] if m["role"] == "system"),
        tools=[tool["function"] for tool in request["tools"]],
        greeting=GREETING,
        turn_handling=dict(turn_handling(template)),
        endpointing_ms=ENDPOINTING_MS,
        llm_model=request["model"],
        tts_model=template.voice.tts_model,
        voice=template.voice.voice,
        deepgram_base_url=settings["deepgram_base_url"],
        openai_base_url=settings["openai_base_url"],
        api_key=settings["openai_api_key"],
    )
