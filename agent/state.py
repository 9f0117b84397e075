"""What a call has come to so far: the one mutable thing of a call, owned by `agent/call.py`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from livekit.agents.llm import ChatMessage

from agent.journal import Journal
from agent.spoken import SpokenLines
from agent.transcript import Transcript
from shared.calls.admit import Admission
from shared.domain.call import Usage
from shared.domain.template import Template
from shared.domain.tenant import Tenant
from shared.wiring import Services


@dataclass
class Readback:
    """What a tool repeated to the caller and wants a yes for."""

    arguments: dict[str, Any]
    at_turn: int


@dataclass
class CallState:
    """Everything that tools, nodes and guards of one call share."""

    call_id: str
    services: Services
    admission: Admission
    template: Template
    tenant: Tenant
    spoken: SpokenLines
    journal: Journal
    transcript: Transcript
    caller: str | None
    """E.164, None when withheld."""
    consent_asked: bool = False
    consent_pending: bool = False
    consent_asked_again: bool = False
    recording: bool = False
    caller_turns: int = 0
    last_utterance: str = ""
    unanswered: str = ""
    """What the caller has said since the agent last spoke."""
    requests_taken: int = 0
    """Rows the caller asked for, in Postgres or in the spool."""
    stored: bool = False
    """Whether something the caller asked for is in Postgres: only then may the agent say so."""
    crisis: bool = False
    threat: bool = False
    abuse_count: int = 0
    provider_failed: bool = False
    node: str = ""
    traversal: list[str] = field(default_factory=list)
    moves: int = 0
    readbacks: dict[str, Readback] = field(default_factory=dict)
    usage: tuple[Usage, ...] = ()
    on_heard: Callable[[], None] = lambda: None
    end_requested: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set to the reason when our side wants to end the call."""

    def request_end(self, reason: str) -> None:
        """Ask for a polite end: what is being said is said to its end. The first reason counts."""
        if not self.end_requested.done():
            self.end_requested.set_result(reason)

    def hear(self, utterance: str, message: ChatMessage) -> None:
        """The caller has finished a turn."""
        self.caller_turns += 1
        self.last_utterance = utterance
        self.unanswered = f"{self.unanswered} {utterance}".strip()
        self.on_heard()
        self.transcript.caller_said(utterance, message)

    def text(self, line: str) -> str:
        """A fixed line of the template with the tenant's facts filled in."""
        return self.spoken.filled(line)
