"""A call's state as tools and guards meet it, without any sound."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import ConversationItemAddedEvent, ToolError
from livekit.agents.llm import ChatMessage
from livekit.rtc import EventEmitter

from agent.conversation.prompt import spoken_facts
from agent.conversation.state import CallState
from agent.conversation.template_file import load_template
from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.phrases import FixedPhrases
from agent.tools import TOOLS
from agent.tools.tool import offered
from shared.calls.admit import Ringing
from shared.config import load_settings
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
class Conversation:
    """A call's state without any sound: turns are told to it, tools are called as the model would."""

    state: CallState
    speaker: Speaker

    def hear(self, *utterances: str) -> None:
        for utterance in utterances:
            self.state.hear(utterance, ChatMessage(role="user", content=[utterance]))

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What the model is told; `{"status": "refused", …}` for an error."""
        context: Any = SimpleNamespace(session=self.speaker)
        try:
            return json.loads(await offered(TOOLS[tool], self.state)(arguments, context))
        except ToolError as error:
            return json.loads(error.message)


@pytest.fixture
async def conversation(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Conversation]:
    """An admitted call to the demo church, on stores of its own, without providers."""
    alone = load_settings(
        needs=("database", "redis"),
        stage="local",
        release="test",
        data_dir=tmp_path / "data",
        database_url=database_url,
        redis_url=redis_url,
    )
    async with open_services(alone) as services:
        call_id = str(uuid.uuid4())
        admission = await services.admit_call(Ringing(call_id, "+12065550100", "+12065550142", services.clock.now()))
        assert admission.tenant is not None
        template = load_template("church")
        journal = Journal(call_id, services.calls, services.clock)
        transcript, speaker = Transcript(services.clock.now(), journal), Speaker()
        transcript.follow(speaker)  # type: ignore[arg-type]
        silent: Any = None
        spoken = FixedPhrases(silent, template.voice, tmp_path / "voices", spoken_facts(admission.tenant), "")
        state = CallState(
            *(call_id, services, admission, template, admission.tenant), spoken, journal, transcript, admission.caller
        )
        yield Conversation(state, speaker)
        await journal.aclose()
