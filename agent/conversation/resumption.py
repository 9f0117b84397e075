"""How an agent goes on with a call that it has taken over: the bridge at once, then from the last completed turn."""

import re
from dataclasses import dataclass
from typing import Any

from livekit.agents import AgentSession, llm

from agent.conversation.agreed import carried_out
from agent.conversation.interception import Kind, dangerous, intercept
from agent.conversation.node import Respond
from agent.conversation.state import CallState
from agent.tools.effect import UNSURE
from agent.tools.request import finish
from shared.domain.conversation import Conversation, RequestTaken
from shared.domain.language.bridges import back_line, is_bridge
from shared.domain.languages import primary
from shared.domain.questions import Offer, ReadBack
from shared.tasks import to_its_end

MOST_SENTENCES = 3
"""Of what the agent said last, that it says once more."""
SAYING = "I was just saying: "
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Greet:
    """The caller hasn't heard yet whom they called: greet them."""


@dataclass(frozen=True)
class Answer:
    """The caller's last words got no answer: give it."""


@dataclass(frozen=True)
class AskAgain:
    """The agent waits for the answer to this question: ask it once more."""

    text: str


@dataclass(frozen=True)
class Remind:
    """Nothing is owed: name what was talked about, in the words that the agent said last (OP-33)."""

    text: str


@dataclass(frozen=True)
class Finish:
    """The caller's yes was being acted on: see what became of this row, and tell them."""

    request: RequestTaken


@dataclass(frozen=True)
class Tell:
    """A tool ran when the agent died: say its result, or that nobody knows it."""

    text: str


Resumption = Greet | Answer | AskAgain | Remind | Finish | Tell


def resumption(conversation: Conversation, own: str = "") -> Resumption:
    """What an agent does behind its bridge that goes on from this conversation. `own`: the template's bridge. Pure.

    A yes that the agent hadn't acted on is asked for once more; what it had begun is finished by the effect's id, and
    what nobody knows of is said so: nothing is done twice.
    """
    said = _said_last(conversation, own)
    if not said and not conversation.caller_turns:
        return Greet()
    question, read_back = conversation.question, conversation.read_back
    if conversation.unanswered:
        found, turn = intercept(conversation.unanswered, conversation), conversation.caller_turns
        if found and dangerous(found):
            return Answer()
        if begun := next((each for each in conversation.requests if each.at_turn == turn), None):
            return Finish(begun)
        ran = next((each for each in reversed(conversation.effects) if each.at_turn == turn), None)
        if ran is not None and (sentence := UNSURE if ran.result is None else ran.result.get("said")):
            return Tell(sentence)
        to_read_back = (
            found and found.kinds[0] in (Kind.CONFIRMED, Kind.ASK_AGAIN) and not conversation.consent_question
        )
        return AskAgain(read_back.text) if read_back and to_read_back else Answer()
    if question is None or isinstance(question, Offer):
        return Remind(said)
    return AskAgain(question.text)


def bridge_of(state: CallState, node: str) -> str:
    """The template's phrase, where its audio is there; else the house's, in the node's language."""
    language, own = state.template.language_in(node), state.phrases.back
    if primary(language) == primary(state.template.language) and state.fixed_phrases.ready(own):
        return own
    return back_line(language)


async def resume(state: CallState, session: AgentSession[Any], respond: Respond, bridge: str) -> bool:
    """Go on with the call. False: the caller is to be greeted, as by its first agent."""
    found = resumption(state.conversation, state.phrases.back)
    state.journal.note("resumed", how=type(found).__name__.lower())
    # as the model reads it when it answers: the caller's words are the newest
    context = session.current_agent.chat_ctx.copy()
    speech = session.say(bridge, audio=state.fixed_phrases.audio(bridge))
    await speech
    match found:
        case Greet():
            return False
        case Answer():
            await _answer(state, session, respond, context, interrupted=speech.interrupted)
        case Finish(request):
            await _finish(request, state, session)
        case Tell(text):
            session.say(text)
        case AskAgain(text) if not speech.interrupted:
            session.say(text, audio=state.fixed_phrases.audio(text))
        case Remind(text) if text and not speech.interrupted:
            english = primary(state.template.language_in(state.conversation.node)) == "en"
            session.say(f"{SAYING}{text}" if english else text)
        case _:
            # the caller has begun to speak, and is answered
            pass
    return True


async def _finish(request: RequestTaken, state: CallState, session: AgentSession[Any]) -> None:
    agreed = ReadBack(request.effect_id, request.tool, request.row_kind, request.fields, "", request.at_turn)
    try:
        ((tool, context),) = state.tools([request.tool])
    except KeyError:
        # of a template that has been left, or of another release
        session.say(UNSURE)
        return
    result = await to_its_end("effect", finish(tool, context, agreed, request.receipt))
    state.journal.note("tool_done", tool=tool.name, effect_id=agreed.effect_id, **result)
    session.say(result["said"])
    agent = session.current_agent
    now = agent.chat_ctx.copy()
    now.items.extend(carried_out(agreed, result, now))
    await agent.update_chat_ctx(now, exclude_invalid_function_calls=False)


async def _answer(
    state: CallState, session: AgentSession[Any], respond: Respond, context: llm.ChatContext, *, interrupted: bool
) -> None:
    """Answer the caller's last words, as when they were said: by code where it has an answer, else by the model."""
    utterance = state.conversation.unanswered
    found = intercept(utterance, state.conversation)
    if interrupted and not (found and dangerous(found)):
        # with what the caller says now
        return
    if found is not None:
        await respond(found, utterance)
        if found.answers_all:
            return
    session.generate_reply(chat_ctx=context)


def _said_last(conversation: Conversation, own: str) -> str:
    """The last sentences of what the agent said before it had to say that it is back."""
    for each in reversed(conversation.history):
        if each.speaker == "agent" and not is_bridge(each.text, own):
            sentences = _SENTENCE_END.split(each.text.removeprefix(SAYING).strip())
            return " ".join(sentences[-MOST_SENTENCES:])
    return ""
