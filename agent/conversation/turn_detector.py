"""Decides when the caller's turn is over: the framework's turn detector, with the rule of `end_of_turn` behind it."""

from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession, llm

from agent.speech.engines import endpointing, turn_detection
from shared.domain.conversation import Conversation
from shared.domain.language.end_of_turn import End, ends
from shared.domain.questions import ConsentQuestion, ReadBack
from shared.domain.template import Template

RECOGNITION_SECONDS = 1.0
"""How much longer the agent waits while it lacks the words of sound that it has heard: they may be a mere noise."""
_THRESHOLD = 0.5


class TurnDetector:
    """Asked by the framework after each pause; it answers 1 (finished) or 0, with the time to wait set before.

    The framework knows two waits, counted from the caller's last sound: `min_delay` after a 1, `max_delay` after a 0.
    """

    model = "end_of_turn"
    provider = "pickup"

    def __init__(
        self, template: Template, conversation: Callable[[], Conversation], unrecognised: Callable[[], bool]
    ) -> None:
        """`unrecognised`: whether the caller has spoken since the newest words that are recognised."""
        self._conversation = conversation
        self._unrecognised = unrecognised
        self._waits = _waits(template)
        self._session: AgentSession[Any] | None = None

    def follow(self, session: AgentSession[Any]) -> None:
        """Set the waits of this session."""
        self._session = session

    def serve(self, template: Template) -> None:
        """This template answers from now on: its end of turn, and its patience with a silent caller."""
        assert self._session is not None
        self._waits = _waits(template)
        self._session.update_options(
            endpointing_opts=endpointing(template), turn_detection=turn_detection(template, self)
        )
        self._session.options.user_away_timeout = template.patience.silence_seconds

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
        unrecognised = self._unrecognised()
        if self._session is None or (end is End.DONE and not unrecognised):
            return 1.0
        wait = self._waits.get(end, 0.0)
        if unrecognised:
            # the rest of the turn is on its way from the recogniser; its arrival asks again
            wait = max(wait, self._waits[End.MAYBE]) + RECOGNITION_SECONDS
        # the framework reads `max_delay` after this answer
        self._session.update_options(endpointing_opts={"max_delay": wait})
        return 0.0


def _waits(template: Template) -> dict[End, float]:
    turn = template.turn
    return {
        End.MAYBE: turn.maybe_delay_seconds,
        End.VALUE: turn.value_delay_seconds,
        End.OPEN: turn.max_delay_seconds,
    }
