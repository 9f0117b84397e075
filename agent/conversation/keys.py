"""Acts on the keys of the caller's telephone (DTMF); what they mean is decided in shared/domain/keys.py."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from livekit.agents import AgentSession, StopResponse
from livekit.agents.llm import ChatMessage

from agent.conversation.agreed import take_pin
from agent.conversation.interception import Interception, Kind
from agent.conversation.node import NodeAgent
from agent.conversation.state import CallState
from agent.lines.line import Line
from shared.domain.keys import (
    WANTS_A_PERSON,
    Consented,
    Entry,
    Expected,
    Meaning,
    Person,
    PinEntered,
    Said,
    expected_of,
    informed,
    meaning,
    takes,
)
from shared.domain.language.consent import ConsentAnswer
from shared.tasks import Tasks

Respond = Callable[[Interception, str], Awaitable[Any]]

CALLBACK_TOOL = "request_callback"
"""The node that has it takes messages for people."""
_HUSH_SECONDS = 0.5
HIDDEN = "•"
"""In events: a key that answered nothing, or one of a number."""


class Keys:
    """The keys of one call. A single key acts after a moment, in which a further one would make it a number.

    Its tasks belong to it; `aclose` cancels and awaits them.
    """

    def __init__(self, state: CallState, session: AgentSession[Any], respond: Respond) -> None:
        self._state = state
        self._session = session
        self._respond = respond
        self._entry = Entry()
        self._pressed: list[tuple[str, datetime]] = []
        """The keys of the entry, with their times."""
        self._waiting: asyncio.Task[None] | None = None
        self._tasks = Tasks(call_id=state.call_id)

    async def follow(self, line: Line) -> None:
        """Takes keys until the line has ended."""
        async for key in line.digits():
            self.press(key)

    def press(self, key: str) -> None:
        state = self._state
        state.pressed()
        if state.conversation.transferring:
            return
        self._entry = self._entry.with_key(key, self._expected)
        self._pressed.append((key, state.services.clock.now()))
        if takes(key, self._entry.expected):
            self._hush()
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._tasks.start("keys", self._act)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _act(self) -> None:
        await asyncio.sleep(self._entry.wait_seconds)
        entry, pressed = self._entry, self._pressed
        # from here on a further key begins an entry of its own, and doesn't cancel this
        self._entry, self._pressed, self._waiting = Entry(), [], None
        found = self._meaning(entry)
        for key, at in pressed:
            self._state.journal.note("key", at=at, **_event_fields(key, found))
        if found is None:
            return
        self._state.on_caller_turn()
        if (hushed := self._hush()) is not None:
            # what the caller heard of it stands before their keys in the transcript
            await asyncio.wait({hushed}, timeout=_HUSH_SECONDS)
        match found:
            case Consented(answer, key):
                await self._respond(self._consent(answer), f"key {key}")
            case Said(words):
                await self._take(words)
            case Person():
                await self._to_a_person()
            case PinEntered(digits):
                # tones may be in a recording
                self._state.on_secret(pressed[0][1].timestamp())
                await take_pin(digits, self._state, self._session)

    @property
    def _expected(self) -> Expected | None:
        """A PIN that was asked for comes first, whatever the model has asked since."""
        conversation = self._state.conversation
        return expected_of(conversation.pin_question or conversation.question)

    def _meaning(self, entry: Entry) -> Meaning | None:
        conversation = self._state.conversation
        if entry.expected is not None and self._expected != entry.expected:
            # the question was answered or given up meanwhile; a PIN stands for nothing else
            if entry.expected == "pin":
                return None
            entry = Entry(entry.keys)
        return meaning(entry, recording_asked=conversation.recording_announced)

    def _consent(self, answer: ConsentAnswer) -> Interception:
        conversation = self._state.conversation
        question = conversation.consent_question
        if answer is ConsentAnswer.WITHDRAWN:
            return Interception((Kind.RECORDING_STOPPED,))
        if answer is ConsentAnswer.GRANTED and question and not informed(question, conversation.newest_of_agent):
            return Interception((Kind.ASK_AGAIN,))
        return Interception((Kind.CONSENT,), consent=answer)

    def _hush(self) -> "asyncio.Future[None] | None":
        """Interrupts the agent; gives the end of that, None where it says nothing that can be interrupted."""
        speech = self._session.current_speech
        if speech is None or not speech.allow_interruptions or speech.interrupted:
            return None
        return self._session.interrupt()

    async def _take(self, words: str) -> None:
        """The caller's turn, as if they had spoken these words."""
        agent, message = self._session.current_agent, ChatMessage(role="user", content=[words])
        context = agent.chat_ctx.copy()
        try:
            await agent.on_user_turn_completed(context, message)
        except StopResponse:
            # code has answered
            return
        self._session.generate_reply(user_input=message, chat_ctx=context)

    async def _to_a_person(self) -> None:
        """To the node that takes messages: by code, as a model might go on without it."""
        agent, nodes = self._session.current_agent, self._state.template.nodes
        goal = next((name for name, node in nodes.items() if CALLBACK_TOOL in node.tools), None)
        if not isinstance(agent, NodeAgent) or goal in (None, agent.name):
            await self._take(WANTS_A_PERSON)
            return
        message = ChatMessage(role="user", content=[WANTS_A_PERSON])
        self._state.caller_turn(WANTS_A_PERSON, message)
        context = agent.chat_ctx.copy()
        context.items.append(message)
        await agent.update_chat_ctx(context)
        self._session.update_agent(agent.before(goal, "key"))


def _event_fields(key: str, found: Meaning | None) -> dict[str, str]:
    """An event's fields: no key beyond what it answered."""
    match found:
        case Consented():
            return {"key": key, "answers": "consent"}
        case Said(_, answers):
            return {"key": key if answers == "yes_no" or not key.isdigit() else HIDDEN, "answers": answers}
        case Person():
            return {"key": key, "answers": "person"}
        case PinEntered():
            return {"key": HIDDEN, "answers": "pin"}
        case None:
            return {"key": HIDDEN, "answers": "nothing"}
