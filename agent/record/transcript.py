"""The transcript of a call: each utterance with its speaker, its time and, for answers, their latencies."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from livekit.agents import (
    AgentSession,
    ConversationItemAddedEvent,
    FunctionToolsExecutedEvent,
    UserInputTranscribedEvent,
)
from livekit.agents.llm import ChatMessage

from agent.record.journal import Journal
from shared.domain.call import Utterance


class Transcript:
    """Utterances in the order in which they ended; times are seconds since the call began to ring."""

    def __init__(self, ringing_at: datetime, journal: Journal) -> None:
        self.zero = ringing_at.timestamp()
        """When the call began to ring."""
        self._journal = journal
        self._endpointing: dict[str, float] = {}
        self._steps = 0
        """Tool calls since the caller spoke: a turn with any has several requests to the model."""
        self._unfinished: list[UserInputTranscribedEvent] = []
        """What was recognised since the caller's last turn."""
        self._answering: list[tuple[float, str]] = []
        """Which template answers, from how many seconds on."""
        self.utterances: list[Utterance] = []
        self.on_utterance: Callable[[Utterance], Mapping[str, Any]] | None = None
        """Takes each utterance, and gives what its event says besides (`asks`, `answers`)."""

    def answers_as(self, template: str, at: datetime) -> None:
        """This template answers from then on: what began before was said with the one before it."""
        self._answering.append((at.timestamp() - self.zero, template))

    def go_on_from(self, earlier: Iterable[Utterance]) -> None:
        """What an earlier agent of the call has recorded comes first."""
        self.utterances.extend(earlier)

    def follow(self, session: AgentSession[Any]) -> None:
        """Record what the agent says in this session, as far as it was played to the caller."""

        @session.on("conversation_item_added")
        def _(event: ConversationItemAddedEvent) -> None:
            if isinstance(event.item, ChatMessage) and event.item.role == "assistant":
                self._agent_said(event.item)

        @session.on("user_input_transcribed")
        def _(event: UserInputTranscribedEvent) -> None:
            if event.is_final and event.transcript.strip():
                self._unfinished.append(event)

        @session.on("function_tools_executed")
        def _(_: FunctionToolsExecutedEvent) -> None:
            self._steps += 1

    def finish(self) -> None:
        """The call has ended: keep what the caller said last, though it led to no turn."""
        late, self._unfinished = self._unfinished, []
        said = " ".join(each.transcript.strip() for each in late)
        newest = next((each.text for each in reversed(self.utterances) if each.speaker == "caller"), "")
        if said and not newest.endswith(said):
            self._add(Utterance("caller", said, round(late[0].created_at - self.zero, 3)))

    def caller_said(self, text: str, message: ChatMessage) -> None:
        metrics = message.metrics
        self._steps = 0
        self._unfinished.clear()
        self._endpointing = _milliseconds(
            endpointing=metrics.get("end_of_turn_delay"), stt=metrics.get("transcription_delay")
        )
        began = metrics.get("started_speaking_at") or message.created_at
        self._add(Utterance("caller", text, round(began - self.zero, 3)))

    def mask(self, changed: Mapping[str, str]) -> None:
        """Replace what the caller said, by the text that it had."""
        self.utterances = [
            replace(each, text=changed[each.text]) if each.speaker == "caller" and each.text in changed else each
            for each in self.utterances
        ]

    def _agent_said(self, message: ChatMessage) -> None:
        text = message.text_content or ""
        if not text.strip():
            return
        metrics = message.metrics
        latency = _milliseconds(
            total=metrics.get("e2e_latency"), llm=metrics.get("llm_node_ttft"), tts=metrics.get("tts_node_ttfb")
        )
        if "total" in latency:
            latency |= self._endpointing
            if self._steps == 0:
                spent = sum(latency.get(part, 0.0) for part in ("endpointing", "llm", "tts"))
                latency["pickup"] = round(max(0.0, latency["total"] - spent), 1)
        began = metrics.get("started_speaking_at") or message.created_at
        self._add(Utterance("agent", text, round(began - self.zero, 3), message.interrupted, latency))

    def _add(self, utterance: Utterance) -> None:
        before = [template for since, template in self._answering if since <= utterance.at_seconds]
        template = before[-1] if before else next((each for _, each in self._answering), None)
        utterance = replace(utterance, template=template)
        self.utterances.append(utterance)
        found = self.on_utterance(utterance) if self.on_utterance else {}
        self._journal.note(
            f"{utterance.speaker}_said",
            text=utterance.text,
            at_seconds=utterance.at_seconds,
            interrupted=utterance.interrupted,
            latency_ms=utterance.latency_ms,
            **found,
        )


def _milliseconds(**seconds: float | None) -> dict[str, float]:
    return {name: round(value * 1000, 1) for name, value in seconds.items() if value is not None}
