"""A call's state as tools and guards meet it, without any sound."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import ConversationItemAddedEvent, ToolError
from livekit.agents.llm import ChatMessage
from livekit.rtc import EventEmitter

from agent.businesses.business import business_of
from agent.conversation.interception import Interception, intercept
from agent.conversation.responses import respond
from agent.conversation.state import CallState
from agent.conversation.targets import TargetLoader
from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.phrases import FixedPhrases
from agent.tools.execution import Fillers, offered
from shared.calls.admit import Ringing
from shared.config import load_settings
from shared.domain.conversation import Conversation
from shared.domain.facts import spoken_facts
from shared.wiring import open_services


class Speaker(EventEmitter[str]):
    """A session as far as tools and the transcript need one: what is said in it counts as heard to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def say(self, text: str, *, audio: Any = None, allow_interruptions: bool = True, interrupted: bool = False) -> None:
        del audio, allow_interruptions
        self.said.append(text)
        message = ChatMessage(role="assistant", content=[text], interrupted=interrupted)
        self.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


@dataclass
class SilentCall:
    """A call without any sound: the test says the caller's turns, and calls tools as the model would."""

    state: CallState
    speaker: Speaker

    @property
    def value(self) -> Conversation:
        return self.state.conversation

    def hear(self, *utterances: str) -> None:
        for utterance in utterances:
            self.state.caller_turn(utterance, ChatMessage(role="user", content=[utterance]))

    async def successor(self) -> "SilentCall":
        """Another process of the same call: it goes on from what Redis holds."""
        sessions = self.state.services.sessions
        self.state.conversation = self.value.next_version(self.state.services.clock.now())
        assert await sessions.save(self.value)
        stored = await sessions.load(self.value.call_id)
        assert stored is not None
        transcript, speaker = Transcript(self.state.services.clock.now(), self.state.journal), Speaker()
        transcript.follow(speaker)  # type: ignore[arg-type]
        end = asyncio.get_running_loop().create_future()
        conversation = stored.taken_over("agent-2")
        state = replace(self.state, transcript=transcript, conversation=conversation, end_requested=end)
        return SilentCall(state, speaker)

    def intercepted(self, utterance: str) -> Interception | None:
        return intercept(utterance, self.value)

    async def answer(self, utterance: str, consent: Any = None) -> dict[str, Any] | None:
        """The caller's turn, and what code does about it; the result of the effect that it carried out, if any."""
        self.hear(utterance)
        found = self.intercepted(utterance)
        return await respond(found, utterance, self.state, self.speaker, consent) if found else None  # type: ignore[arg-type]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What the model is told; `{"status": "refused", …}` for an error."""
        run: Any = SimpleNamespace(session=self.speaker)
        try:
            ((named, context),) = self.state.tools([tool])
            fillers = Fillers(self.state.journal, self.state.fixed_phrases.audio)
            return json.loads(await offered(named, context, fillers)(arguments, run))
        except ToolError as error:
            return json.loads(error.message)


@pytest.fixture
async def silent_call(
    database_url: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[Callable[[str], Awaitable[SilentCall]]]:
    """Begins an admitted call to a number, on stores of the test's own, without providers."""
    alone = load_settings(
        needs=("database", "redis"),
        stage="local",
        release="test",
        data_dir=tmp_path / "data",
        database_url=database_url,
        redis_url=redis_url,
    )
    async with AsyncExitStack() as opened:
        services = await opened.enter_async_context(open_services(alone))

        async def begin(did: str) -> SilentCall:
            call_id = str(uuid.uuid4())
            admission = await services.admit_call(Ringing(call_id, did, "+12065550142", services.clock.now()))
            assert admission.tenant is not None and admission.listing is not None and admission.listing.template
            business = business_of(admission.listing.template)
            template = business.template
            journal = Journal(call_id, services.calls, services.clock)
            opened.push_async_callback(journal.aclose)
            transcript, speaker = Transcript(services.clock.now(), journal), Speaker()
            transcript.follow(speaker)  # type: ignore[arg-type]
            silent: Any = None
            spoken = FixedPhrases(silent, template.voice, tmp_path / "voices", spoken_facts(admission.tenant), "")
            now = services.clock.now()
            begun = Conversation(
                call_id=call_id,
                agent_id="agent-1",
                tenant_id=admission.tenant.tenant_id,
                template=template.name,
                phone_number=admission.caller,
                created_at=now,
                last_activity=now,
            )
            state = CallState(services, business, template, admission.tenant, spoken, journal, transcript, begun)
            loader = TargetLoader(services.templates, "2065550142", {}, {}, template.voice)
            state.load_template = loader.load
            return SilentCall(state, speaker)

        yield begin


@pytest.fixture
async def conversation(silent_call: Callable[[str], Awaitable[SilentCall]]) -> SilentCall:
    """An admitted call to the demo church."""
    return await silent_call("+12065550100")
