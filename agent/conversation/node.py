"""A template's node as a LiveKit agent: lets code answer first, moves between nodes."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any

from livekit import rtc
from livekit.agents import (
    Agent,
    AgentSession,
    FlushSentinel,
    FunctionToolsExecutedEvent,
    ModelSettings,
    RunContext,
    StopResponse,
    llm,
    stt,
)
from livekit.agents.llm import RawFunctionTool

from agent.conversation.agreed import carried_out
from agent.conversation.arrival import Arrival, said_before, said_so_far
from agent.conversation.holding import spoken_by
from agent.conversation.interception import Interception, dangerous, intercept, unsure_of
from agent.conversation.opinion import second_opinion
from agent.conversation.privacy import keep_private, private_context, without_secrets
from agent.conversation.prompt import standing, system_prompt, unknown_line
from agent.conversation.serving import Serving, passable, routes_of
from agent.conversation.state import CallState
from agent.conversation.truth import calls_tool, guarded
from agent.speech.listening import Hearing, Listening
from agent.tools.execution import Fillers, for_the_model, is_filler, offered
from agent.tools.routing import passed_on
from agent.tools.tool import Result, has_spoken, refusal
from shared.domain.conversation import Conversation
from shared.domain.language.farewell import only_takes_leave
from shared.domain.language.keyterms import keyterms
from shared.domain.languages import recognised
from shared.domain.questions import ReadBack, reminder
from shared.domain.template import ROUTE, elsewhere, move_tool
from shared.observe import report

MOST_MOVES = 6
"""Moves between nodes in one call: a model that asks for more is going in circles."""
MOST_TOOL_ROUNDS = 4
"""Times that the model may call tools before it answers one turn of the caller; then it is offered none."""

Respond = Callable[[Interception, str], Awaitable[Result | None]]
"""Acts on what code answers: `responses.respond`, bound to the call."""


class NodeAgent(Agent):
    """One role of the template. The model sees an utterance only when code has no answer to it."""

    def __init__(
        self,
        name: str,
        state: CallState,
        respond: Respond,
        arrival: Arrival | None = None,
        serving: Serving | None = None,
    ) -> None:
        """`serving`: of a template that is about to answer. It answers once this node is entered, not before: where an
        interruption keeps the framework from entering it, nothing has changed (OT-34)."""
        self.name = name
        self._state = state
        self._respond = respond
        self._arrival = arrival or Arrival()
        self._serving = serving or state.serving
        self._unknown = unknown_line(self._serving.template.nodes[name], self._serving.facts)
        self._prepared, self._tenant_tools = state.prepared, state.tenant_tools
        self._left_in: Any = None
        super().__init__(
            chat_ctx=None if self._arrival.previous else said_so_far(state.conversation),
            instructions=self._prompt(),
            tools=self._offered(),
            turn_handling={"interruption": {"enabled": self._serving.template.turn.interruptions}},
            **state.engines_of(self._serving.template, name),
        )

    async def on_enter(self) -> None:
        state, arrival = self._state, self._arrival
        if self._serving is not state.serving:
            state.take_over(self._serving, arrival.why)
        state.fixed_phrases.speak_as(self._serving.template.voice_in(self.name))
        # a successor goes on in the node that the call was in
        if state.conversation.node != self.name:
            now = state.services.clock.now()
            state.replace(state.conversation.entered(self.name, now, arrival.why, arrival.arguments))
        state.journal.note("node_entered", node=self.name, template=self._serving.template.name)
        state.on_prepared = self._offer_prepared
        await self._offer_prepared()
        if (history := said_before(arrival)) is not None:
            await self.update_chat_ctx(history, exclude_invalid_function_calls=False)
            self._arrival = Arrival(arrival.why)
            self.session.generate_reply()
        elif arrival.opening:
            self.session.say(arrival.opening)

    def _prompt(self) -> str:
        serving, prepared = self._serving, self._prepared
        template, routes = passable(serving.template, prepared), routes_of(serving.template, prepared)
        lacking, now = self._state.lacking(serving), self._state.services.clock.now()
        return system_prompt(template, self.name, serving.tenant, now, routes, lacking)

    def _hearing(self) -> Hearing:
        """What the recogniser is to expect of a caller in this node."""
        serving = self._serving
        template, tenant = serving.template, serving.tenant
        names = (tenant.name, *template.keyterms, *(each.name for each in tenant.people))
        examples = (example for intent in template.nodes[self.name].intents for example in intent.examples)
        return Hearing(recognised(template.language_in(self.name)), keyterms(names, examples))

    def _offered(self) -> list[llm.Tool | llm.Toolset]:
        """The node's tools, without ways to templates that aren't prepared."""
        serving, state = self._serving, self._state
        node = passable(serving.template, self._prepared).nodes[self.name]
        fillers = Fillers(state.journal, state.fixed_phrases.audio)
        called = serving.template.tools_in(self.name)
        names = [each for each in called if each != ROUTE or routes_of(serving.template, self._prepared)]
        goes = dict.fromkeys(intent.go for intent in node.intents if intent.go)
        try:
            tools = [offered(t, context, fillers, self._hand_over) for t, context in state.tools(names, serving)]
        except Exception as error:
            # the caller is answered all the same, and those of another template are never offered (OT-43)
            report(error, action="tools_of_node", call_id=state.call_id)
            return []
        return [*tools, *(self._move(goal) for goal in goes)]

    async def _offer_prepared(self) -> None:
        """From when they are prepared, the model may choose other templates to answer, and the tenant's own tools."""
        state = self._state
        if self._prepared is not state.prepared or self._tenant_tools is not state.tenant_tools:
            self._prepared, self._tenant_tools = state.prepared, state.tenant_tools
            if self._serving.template.leads_to or self._serving.template.mcp:
                await self.update_instructions(self._prompt())
                await self.update_tools(self._offered())

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        try:
            await self._answer_turn(turn_ctx, new_message)
        except StopResponse:
            if self.session.current_agent is self:
                self._state.on_turn_settled()
            raise

    async def _answer_turn(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        """Raises `StopResponse` where the model has nothing to answer."""
        state = self._state
        utterance = keep_private(new_message, turn_ctx, state)
        state.caller_turn(utterance, new_message)
        if state.ending and only_takes_leave(utterance):
            turn_ctx.items.append(new_message)
            await self.update_chat_ctx(turn_ctx, exclude_invalid_function_calls=False)
            raise StopResponse
        found = await self._found(utterance)
        if state.conversation.transferring and not (found and dangerous(found)):
            # somebody is being fetched: no answer talks over that
            turn_ctx.items.append(new_message)
            await self.update_chat_ctx(turn_ctx, exclude_invalid_function_calls=False)
            raise StopResponse
        if found is None:
            if care := self._care_due():
                await self._enter_care(care, turn_ctx, new_message)
            return
        agreed = state.conversation.read_back
        result = await self._respond(found, utterance)
        if found.answers_all:
            # without a reply the framework drops the caller's utterance from the history
            turn_ctx.items.append(new_message)
            if agreed is not None and result is not None:
                turn_ctx.items.extend(carried_out(agreed, result, turn_ctx))
            await self.update_chat_ctx(turn_ctx, exclude_invalid_function_calls=False)
            raise StopResponse
        # this drops a reply that the model has begun: the speech guard held it against the facts before this answer
        recorded = "is being recorded" if state.conversation.recording_enabled else "is not being recorded"
        turn_ctx.add_message(role="system", content=f"From now on this call {recorded}. Answer the rest.")

    async def _found(self, utterance: str) -> Interception | None:
        """What code answers; where it can't tell whether an answer is a yes or a no, on the model's opinion."""
        state = self._state
        found, unsure = intercept(utterance, state.conversation), unsure_of(utterance, state.conversation)
        # a node that the call has just left has no session any more
        if unsure is None or not isinstance(mind := self.session.llm, llm.LLM):
            return found
        opinion = await second_opinion(mind, unsure.text, utterance)
        state.journal.note("second_opinion", question=unsure.kind, opinion=opinion)
        if opinion is False and isinstance(unsure, ReadBack):
            state.replace(state.conversation.without_question(unsure.kind))
        return intercept(utterance, state.conversation, opinion)

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterator[stt.SpeechEvent | str]:
        if isinstance(ears := self.session.stt, Listening):
            ears.attune(self._hearing())
        async for event in without_secrets(Agent.default.stt_node(self, audio, model_settings), self._state):
            yield event

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[llm.ChatChunk | str | FlushSentinel]:
        chat_ctx = private_context(chat_ctx, self._state)
        # the framework may ask for a reply before the turn is confirmed: not from the model either, where code answers
        if utterance := _newest_utterance(chat_ctx):
            found = intercept(utterance, self._state.conversation)
            silent = self._state.conversation.transferring
            if silent or (found and found.answers_all) or (found is None and self._care_due()):
                return
        # a copy, as the next request says anew how the call stands
        request = _without_fillers(chat_ctx, self._state.phrases.one_moment)
        request.add_message(role="system", content=standing(self._state.conversation, self._state.briefing))
        reply, acts, may_act = "", False, model_settings.tool_choice != "none"
        chunks = guarded(Agent.default.llm_node(self, request, tools, model_settings), self._state)
        moment = f"{self._state.phrases.one_moment} "
        async for chunk in self._state.holding.before(chunks, lambda: _segment(moment)):
            if chunk != moment and not isinstance(chunk, FlushSentinel):
                self._state.on_progress()
                reply += chunk if isinstance(chunk, str) else ""
                acts = acts or (may_act and calls_tool(chunk))
            yield chunk
        conversation = self._state.conversation
        if reply and not acts and (more := reminder(conversation.questions, reply, conversation.caller_turns)):
            yield more
        if not may_act:
            self._state.journal.note("tools_closed", node=self.name, rounds=MOST_TOOL_ROUNDS)
        if not reply.strip() and not acts:
            # a model that says nothing would leave the caller in silence
            self._state.journal.note("reply_empty", node=self.name)
            yield f"{_meanwhile(chat_ctx) or self._unknown} "

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[rtc.AudioFrame]:
        moment, fixed = self._state.phrases.one_moment, self._state.fixed_phrases
        frames = spoken_by(text, moment, fixed.audio, lambda t: Agent.default.tts_node(self, t, model_settings))
        async for frame in self._state.holding.before(frames, lambda: fixed.audio(moment)):
            yield frame

    def again(self) -> "NodeAgent":
        """This node anew, with what was said so far; it answers the caller's last utterance when it is entered."""
        return NodeAgent(self.name, self._state, self._respond, Arrival("again", previous=self), self._serving)

    def before(self, goal: str, why: str | None = None) -> "NodeAgent":
        """The node `goal` with what was said so far; it answers the caller's last utterance when it is entered."""
        self._state.journal.note("moved", source=self.name, target=goal)
        if goal != self._state.template.care:
            # the caller leads elsewhere
            self._state.change(in_care=False)
        return NodeAgent(
            goal, self._state, self._respond, Arrival(why or move_tool(goal), previous=self), self._serving
        )

    def _hand_over(self, ctx: RunContext[Any], why: str, arguments: dict[str, Any], opening: str) -> Agent:
        """The first node of the template that a tool has chosen to answer from now on. It says `opening`, or answers
        the caller where that is empty."""
        state, serving = self._state, self._state.staged
        assert serving is not None
        state.staged = None
        target = next((each for each in self._serving.template.targets if each.template == serving.template.name), None)
        context = target.context if target else "fresh"
        arrival = Arrival(why, arguments, None if opening else self, context, opening)
        return self._elsewhere(ctx, serving, serving.template.start, arrival)

    def _elsewhere(self, ctx: RunContext[Any], serving: Serving, node: str, arrival: Arrival) -> Agent:
        """A node of another template. Raises `Refused` where another handoff of the same reply is on its way."""
        if self._left_in is ctx.speech_handle:
            raise refusal("The caller is being passed on already.", say="")
        agent = NodeAgent(node, self._state, self._respond, arrival, serving)
        self._left_in = ctx.speech_handle
        return agent

    def _care_due(self) -> str | None:
        """The template's care node, where the caller was in danger and another node is still speaking."""
        care = self._state.template.care
        return care if care != self.name and self._state.conversation.in_care else None

    async def _enter_care(self, care: str, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        """Code moves the conversation, as a model would by its tool; the care node answers what was just said."""
        state, call_id = self._state, f"call_{self._state.new_id()}"
        output = json.dumps({"status": "in_care", "say": state.unknown_line(care)}, ensure_ascii=False)
        turn_ctx.items += [
            new_message,
            llm.FunctionCall(call_id=call_id, name=f"go_to_{care}", arguments="{}"),
            llm.FunctionCallOutput(call_id=call_id, name=f"go_to_{care}", output=output, is_error=False),
        ]
        await self.update_chat_ctx(turn_ctx, exclude_invalid_function_calls=False)
        self.session.update_agent(self.before(care, "danger"))
        raise StopResponse

    def _move(self, goal: str) -> RawFunctionTool:
        name = move_tool(goal)

        async def go(raw_arguments: dict[str, object], ctx: RunContext[Any]) -> Any:
            state = self._state
            if there := elsewhere(goal):
                if not state.conversation.may_hand_over:
                    raise refusal("No more handoffs in this call: answer as well as you can.", say=self._unknown)
                serving, wish = self._prepared[there[0]], state.conversation.last_utterance
                state.journal.note("moved", source=self.name, target=goal)
                agent = self._elsewhere(ctx, serving, there[1], Arrival(name, {}, self, "fresh"))
                return agent, json.dumps(passed_on(there[0], wish), ensure_ascii=False)
            if not may_move(state.conversation):
                raise refusal("No more moves in this call: answer here as well as you can.", say=self._unknown)
            state.change(moves=state.conversation.moves + 1)
            return self.before(goal)

        return for_the_model(
            go,
            {
                "name": name,
                "description": f"Hand the conversation to the role {goal!r}, which answers what was just asked.",
                "parameters": {"type": "object", "properties": {}},
            },
        )


def may_move(conversation: Conversation) -> bool:
    """Whether the model may still go to another node."""
    return conversation.moves < MOST_MOVES


def silence_spoken_tools(session: AgentSession[Any]) -> None:
    """Keep the model from replying to a tool whose result the agent has already spoken."""

    @session.on("function_tools_executed")
    def _(event: FunctionToolsExecutedEvent) -> None:
        for output in event.function_call_outputs:
            if not output.is_error and has_spoken(output.output):
                output.reply_required = False


async def _segment(text: str) -> AsyncIterator[str | FlushSentinel]:
    """Text that is spoken at once, without waiting for more."""
    yield text
    yield FlushSentinel()


def _without_fillers(chat_ctx: llm.ChatContext, phrase: str) -> llm.ChatContext:
    """A copy without what the agent said while a tool or a reply was late: the model would take it for the answer."""
    request, items = chat_ctx.copy(), list[llm.ChatItem]()
    for each in request.items:
        said = (each.text_content or "") if isinstance(each, llm.ChatMessage) and each.role == "assistant" else ""
        if is_filler(said, phrase):
            continue
        if isinstance(each, llm.ChatMessage) and said.startswith(f"{phrase} "):
            each = each.model_copy(update={"content": [said.removeprefix(phrase).lstrip()]})
        items.append(each)
    request.items = items
    return request


def _meanwhile(chat_ctx: llm.ChatContext) -> str:
    """What a refused tool has for the caller, where its refusal is the newest thing that the model has read."""
    newest = chat_ctx.items[-1] if chat_ctx.items else None
    if not isinstance(newest, llm.FunctionCallOutput) or not newest.output.startswith("{"):
        return ""
    return str(json.loads(newest.output).get("say") or "")


def _newest_utterance(chat_ctx: llm.ChatContext) -> str | None:
    newest = chat_ctx.items[-1] if chat_ctx.items else None
    return newest.text_content if isinstance(newest, llm.ChatMessage) and newest.role == "user" else None
