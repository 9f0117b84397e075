"""What a call has come to so far: the one mutable thing of a call, owned by `agent/call.py`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from livekit.agents.llm import ChatMessage

from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.phrases import FixedPhrases
from shared.calls.admit import Admission
from shared.domain.call import Utterance
from shared.domain.template import Template
from shared.domain.tenant import Tenant
from shared.ports import Receipt
from shared.services import Services


@dataclass(frozen=True)
class Readback:
    """What was repeated to the caller and waits for a yes: the row as it would be written, and the words said."""

    kind: str
    fields: dict[str, Any]
    said: str
    at_turn: int


@dataclass
class RequestTaken:
    """A row the caller said yes to; `receipt` is None while it is being written."""

    kind: str
    fields: dict[str, Any]
    at_turn: int
    receipt: Receipt | None = None


@dataclass
class CallState:
    """Everything that tools, nodes and guards of one call share."""

    call_id: str
    services: Services
    admission: Admission
    template: Template
    tenant: Tenant
    spoken: FixedPhrases
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
    readback: Readback | None = None
    """One at a time, or a yes could be meant for another."""
    taken: list[RequestTaken] = field(default_factory=list[RequestTaken])
    crisis: bool = False
    threat: bool = False
    abuse_count: int = 0
    provider_failed: bool = False
    node: str = ""
    traversal: list[str] = field(default_factory=list)
    moves: int = 0
    on_heard: Callable[[], None] = lambda: None
    end_requested: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set to the reason when our side wants to end the call."""

    @property
    def requests_taken(self) -> int:
        """Rows the caller asked for, in Postgres or in the spool."""
        return sum(taken.receipt is not None for taken in self.taken)

    @property
    def stored(self) -> tuple[str, ...]:
        """The kinds of the rows that are in Postgres: only of these may the agent say so."""
        return tuple(taken.kind for taken in self.taken if taken.receipt is Receipt.STORED)

    @property
    def answered(self) -> Utterance | None:
        """The agent's line that the caller's last turn answers."""
        earlier = reversed(self.transcript.utterances)
        for line in earlier:
            if line.speaker == "caller":
                break
        return next((line for line in earlier if line.speaker == "agent"), None)

    def request_end(self, reason: str) -> None:
        """Ask for a polite end: what is being said is said to its end. The first reason counts.

        Not heeded for a caller in danger (PT-71).
        """
        if not self.crisis and not self.end_requested.done():
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
