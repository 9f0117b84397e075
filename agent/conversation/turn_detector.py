"""Decides when the caller's turn is over: the framework's turn detector, with the rule of `end_of_turn` behind it."""

from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession, UserInputTranscribedEvent, UserStateChangedEvent, llm

from shared.domain.conversation import Conversation
from shared.domain.language.end_of_turn import End, ends
from shared.domain.questions import ConsentQuestion, ReadBack
from shared.domain.template import Turn

_THRESHOLD = 0.5


class TurnDetector:
    """Asked by the framework after each pause; it answers 1 (finished) or 0, with the time to wait set before.

    The framework knows two waits, counted from the caller's last sound: `min_delay` after a 1, `max_delay` after a 0.
    """

    model = "end_of_turn"
    provider = "pickup"

    def __init__(self, turn: Turn, conversation: Callable[[], Conversation]) -> None:
        self._conversation = conversation
        self._waits = {
            End.MAYBE: turn.maybe_delay_seconds,
            End.VALUE: turn.value_delay_seconds,
            End.OPEN: turn.max_delay_seconds,
        }
        self._session: AgentSession[Any] | None = None
        self._unrecognised = False
        """Whether the caller has spoken since the last final words: these aren't all of the turn yet."""

    def follow(self, session: AgentSession[Any]) -> None:
        """Set the waits of this session."""
        self._session = session
        session.on("user_state_changed", self._on_user_state)
        session.on("user_input_transcribed", self._on_transcribed)

    async def supports_language(self, language: Any) -> bool:
        return True

    async def unlikely_threshold(self, language: Any) -> float | None:
        return _THRESHOLD

    async def predict_end_of_turn(
        self,
        chat_ctx: llm.ChatContext,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the framework's protocol has it
    ) -> float:
        newest = chat_ctx.items[-1] if chat_ctx.items else None
        said = (newest.text_content or "") if isinstance(newest, llm.ChatMessage) else ""
        conversation = self._conversation()
        # a prompt ("Are you still there?") leaves the question that it follows pending
        question = conversation.question
        pending = question.text if question else conversation.newest_of_agent
        end = ends(said, pending, closed=isinstance(question, ConsentQuestion | ReadBack))
        if end is End.DONE and self._unrecognised:
            end = End.MAYBE
        if end is End.DONE or self._session is None:
            return 1.0
        # the framework reads `max_delay` after this answer
        self._session.update_options(endpointing_opts={"max_delay": self._waits[end]})
        return 0.0

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._unrecognised = True

    def _on_transcribed(self, event: UserInputTranscribedEvent) -> None:
        self._unrecognised = not event.is_final
