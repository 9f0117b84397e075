"""The agent's account of a call's end: filled in during the call, however it ends."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from agent.lines.line import Ending
from shared.calls.admit import Admission
from shared.domain.call import CallFacts, Usage, Utterance
from shared.domain.conversation import Conversation
from shared.domain.routing import Admit


class LiveCall(Protocol):
    """A call that is going on, as far as its account looks."""

    conversation: Conversation
    """The newest one."""


@dataclass
class AgentAccount:
    """Filled in during the call; `facts` gives what the agent reports at its end."""

    reached: Literal["connected", "decided", "starting", "started"] = "connected"
    """The last step of the call, for its log: an operator sees where it stopped (RP-45)."""
    admission: Admission | None = None
    answered_at: datetime | None = None
    end_reason: str | None = None
    """Why we ended the call; None when the other side did."""
    announced: bool = False
    live: LiveCall | None = None
    """None before a conversation began."""
    usage: tuple[Usage, ...] = ()
    transcript: list[Utterance] = field(default_factory=list[Utterance])

    @property
    def session_started(self) -> bool:
        """Whether the caller was connected with a session: tells a call that was served from one that never was."""
        return self.answered_at is not None

    @property
    def conversation(self) -> Conversation | None:
        return self.live.conversation if self.live else None

    def facts(self, ending: Ending) -> CallFacts:
        """The agent's account as the domain takes it, on a line that ended so."""
        conversation = self.conversation
        return CallFacts(
            admitted=self.admission is not None and isinstance(self.admission.decision, Admit),
            announced=self.announced,
            answered_at=self.answered_at,
            ended_at=ending.at,
            ended_by=ending.by,
            end_reason=self.end_reason or ending.reason,
            sip_code=ending.sip_code,
            caller_turns=sum(line.speaker == "caller" for line in self.transcript),
            agent_turns=sum(line.speaker == "agent" for line in self.transcript),
            **(_of(conversation) if conversation else {}),
        )


def _of(conversation: Conversation) -> dict[str, Any]:
    """The facts that the conversation itself knows."""
    return {
        "requests_taken": conversation.requests_taken,
        "requests_failed": conversation.requests_failed,
        "questions_asked": len(conversation.asked_turns),
        "questions_answered": len(conversation.answered_turns),
        "crisis": conversation.crisis,
        "threat": conversation.threat,
        "put_out": conversation.put_out,
        "machine": conversation.machine,
        "transferred": conversation.transferred,
        "provider_failed": conversation.provider_failed,
    }
