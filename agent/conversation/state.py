"""The live call: its conversation, a value that each step replaces, and the parts that live in this process only."""

import asyncio
import math
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from livekit.agents.llm import ChatMessage
from livekit.agents.stt import SpeechData

from agent.businesses.business import Business
from agent.conversation.holding import Holding
from agent.conversation.prompt import unknown_line
from agent.conversation.serving import Prepared, Serving
from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.phrases import FixedPhrases
from agent.tools.context import ToolContext
from agent.tools.execution import is_filler
from agent.tools.functions import tool_of
from agent.tools.outcome import outcome_tool
from agent.tools.tool import Tool
from shared.calls.alerting import CallAlerts
from shared.domain.call import Utterance
from shared.domain.conversation import Conversation
from shared.domain.knowledge import FoundPassage, source_of
from shared.domain.language.bridges import is_bridge
from shared.domain.language.deeds import Deed
from shared.domain.language.replies import answers
from shared.domain.language.safety_lines import ALL_LINES
from shared.domain.people import Person
from shared.domain.template import UPDATE_OUTCOME, Phrases, Template
from shared.domain.tenant import Tenant, is_timezone
from shared.domain.traversal import MOST_HANDOFFS
from shared.errors import DirectoryError, InputError
from shared.ports import Alert
from shared.services import Services

_DIRECTORY_SECONDS = 3.0


def new_id() -> str:
    """An id that no other process makes."""
    return uuid.uuid4().hex


@dataclass
class CallState:
    """What nodes, tools and guards of one call share."""

    services: Services
    business: Business
    template: Template
    tenant: Tenant
    fixed_phrases: FixedPhrases
    journal: Journal
    transcript: Transcript
    conversation: Conversation
    """Read it anew after each await: side by side with other tasks, only `change` and `replace` write it."""
    engines_of: Callable[[Template, str], dict[str, Any]] = lambda template, node: {}
    """The model and the voice of a node, where they aren't the session's, as an agent of the framework takes them."""
    prepared: Prepared = field(default_factory=dict[str, Serving])
    """The templates that the call may be handed to; empty until they are prepared."""
    tenant_tools: Mapping[tuple[str, str], Mapping[str, Tool]] = field(
        default_factory=dict[tuple[str, str], Mapping[str, Tool]]
    )
    """Of the MCP servers that were reached, by tenant and template."""
    on_prepared: Callable[[], Awaitable[None]] | None = None
    """Called when there are more of either: the node that speaks offers them."""
    load_template: Callable[[str, Serving, list[Alert]], Awaitable[Serving]] | None = None
    """Reads the template of this name, in the version that serves this caller, for the tenant of another
    (`TargetLoader.load`); None: the call goes on as nobody else."""
    staged: Serving | None = None
    """What a tool has chosen to answer from now on."""
    new_id: Callable[[], str] = new_id
    briefing: tuple[str, ...] = field(default=(), init=False)
    """What the model may know without asking, of the template that answers (`briefing.brief`)."""
    found: Sequence[FoundPassage] = ()
    """What the model answers from, until the caller's next turn."""
    pressed_at: float = -math.inf
    """When the caller last pressed a key, by the loop's clock."""
    words_began: Callable[[SpeechData], float] = lambda words: math.inf
    """When the caller began to say recognised words (seconds since the epoch)."""
    turn_began_at: float = math.inf
    """When they began with what is recognised of their turn so far (seconds since the epoch)."""
    on_caller_turn: Callable[[], None] = lambda: None
    on_turn_settled: Callable[[], None] = lambda: None
    """Called when code has dealt with a turn of the caller, whether or not it made the agent say something."""
    on_progress: Callable[[], None] = lambda: None
    """Called at each step of the model's answer."""
    tool_runs: Callable[[], bool] = lambda: False
    """Whether the caller waits for a tool of the model."""
    holding: Holding = field(default_factory=Holding)
    on_taken_over: Callable[[Serving], None] = lambda serving: None
    """Called when another template begins to answer."""
    on_secret: Callable[[float], None] = lambda began: None
    """Called with the time before which no word of a secret was said (seconds since the epoch)."""
    on_change: Callable[[], None] = lambda: None
    """Called after each change of the conversation."""
    put_through: Callable[[tuple[Person, ...], str], None] | None = None
    """See `begin_transfer`; None on a line that dials nobody."""
    end_requested: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set to the reason when our side wants to end the call."""

    _built: dict[str, tuple[Template, dict[str, Tool]]] = field(
        default_factory=dict[str, tuple[Template, dict[str, Tool]]], init=False
    )

    def __post_init__(self) -> None:
        self.transcript.on_utterance = self._on_utterance
        self._serve(Serving(self.business, self.template, self.tenant, self.conversation.template_version))

    @property
    def call_id(self) -> str:
        return self.conversation.call_id

    def change(self, **fields: Any) -> None:
        """Go on from a conversation with these fields set."""
        self.replace(replace(self.conversation, **fields))

    def replace(self, conversation: Conversation) -> None:
        """Go on from this conversation, made from the current one without an await in between."""
        self.conversation = conversation
        self.on_change()

    def request_end(self, reason: str) -> None:
        """Ask for a polite end, after what is being said. The first reason counts.

        A call of a caller in danger isn't ended by our side (PT-71).
        """
        if not self.conversation.crisis and not self.end_requested.done():
            self.end_requested.set_result(reason)

    def want_result(self) -> None:
        """Note which fields the call's result has, as its template is now: they are filled after the call, by a process
        that knows no template, also where this one dies."""
        if self.template.result:
            self.journal.note("result_wanted", fields=[field.model_dump() for field in self.template.result])

    async def own_numbers(self) -> Set[str]:
        caller = self.conversation.phone_number
        try:
            async with asyncio.timeout(_DIRECTORY_SECONDS):
                dids = await self.services.directory.dids(self.services.settings.stage)
        except TimeoutError as error:
            raise DirectoryError("the stage's numbers aren't known in time") from error
        return {*dids, *([caller] if caller else [])}

    def begin_transfer(self, people: tuple[Person, ...], why: str) -> None:
        assert self.put_through is not None, "the tool isn't offered on this line"
        self.put_through(people, why)

    def route_to(self, template: str) -> str:
        """Choose a prepared template to answer from now on; returns the agent's name. Raises `InputError` where the
        call can't be handed to it, which changes nothing (OT-32, OT-46, OT-47)."""
        targets = {each.template: each for each in self.template.targets}
        if template == self.template.name:
            raise InputError(f"{template} is answering already")
        if template not in targets or template not in self.prepared:
            raise InputError(f"there is no agent {template!r}: {', '.join(sorted(targets)) or 'there are none'}")
        if not self.conversation.may_hand_over:
            raise InputError(f"the call was handed on {MOST_HANDOFFS} times already: answer as well as you can")
        self.staged = self.prepared[template]
        return targets[template].name

    def take_over(self, serving: Serving, why: str) -> None:
        """This template answers from now on: its node is about to be entered. All at once, without an await (OT-34)."""
        now, before = self.services.clock.now(), self.conversation.answering
        if serving.tenant.tenant_id != before.tenant_id:
            # those were prepared for another tenant: no caller of this one gets there
            self.prepared = {}
        self._serve(serving)
        self.transcript.answers_as(serving.template.name, now)
        # an agent that goes on with the call serves the same version
        pins = {serving.template.name: serving.version} if serving.version else {}
        handed = self.conversation.handed_over(serving.answering, now)
        self.replace(replace(handed, pins=handed.pins | pins))
        after = self.conversation.answering
        self.journal.note("handed_over", source=asdict(before), target=asdict(after), why=why)
        self.on_taken_over(serving)
        self.want_result()

    def _serve(self, serving: Serving) -> None:
        self.serving = serving
        self.business, self.template, self.tenant = serving.business, serving.template, serving.tenant
        self.fixed_phrases.facts = serving.facts
        self.phrases: Phrases = serving.phrases
        self.briefing = ()

    async def offer(self, serving: Serving, tools: Mapping[str, Tool]) -> None:
        """Nodes of this template have these tools of the tenant's server from now on."""
        self.tenant_tools = {**self.tenant_tools, _place(serving): {**self._tenants(serving), **tools}}
        if self.on_prepared is not None:
            await self.on_prepared()

    def lacking(self, serving: Serving) -> set[str]:
        """The tools of its tenant's servers that this template names and the call doesn't have."""
        return {*serving.template.mcp_tools} - self._tenants(serving).keys()

    def _tenants(self, serving: Serving) -> Mapping[str, Tool]:
        return self.tenant_tools.get(_place(serving), {})

    async def answer_as(self, tenant_id: str, template: str) -> str:
        """Choose this demo tenant to answer from now on; returns its greeting. Raises `InputError` for any other,
        `DirectoryError`, and `TemplateError` or `StoreError` where its template can't be read."""
        tenant = await self.services.directory.tenant(tenant_id)
        if tenant is None or not tenant.is_demo:
            raise InputError(f"{tenant_id} is no demo tenant")
        if not is_timezone(tenant.timezone):
            tenant = replace(tenant, timezone=self.services.settings.timezone)
        if self.load_template is None:
            raise InputError("this call goes on as nobody else")
        found: list[Alert] = []
        self.staged = await self.load_template(template, replace(self.serving, tenant=tenant), found)
        alerts = CallAlerts(self.call_id, self.services.alerts)
        for each in found:
            alerts.add(each.key, each.severity, each.title, **(each.fields or {}))
        await alerts.send()
        return self.staged.phrases.greeting

    @property
    def ending(self) -> bool:
        """Whether our side has asked for the end, and says goodbye."""
        return self.end_requested.done()

    def looked_up(self, found: Sequence[FoundPassage]) -> None:
        """The model answers from these passages: the call's record says from which one."""
        self.found = found

    def take_back_end(self) -> None:
        """The caller goes on talking: the call does too, until the next request to end it."""
        self.end_requested = asyncio.get_running_loop().create_future()
        self.journal.note("end_taken_back")

    def pressed(self) -> None:
        """The caller has pressed a key: they are there."""
        self.pressed_at = asyncio.get_running_loop().time()

    def hears(self, words: SpeechData) -> None:
        """These words of the caller's turn are final."""
        self.turn_began_at = min(self.turn_began_at, self.words_began(words))

    def caller_turn(self, utterance: str, message: ChatMessage) -> None:
        """The caller has finished a turn."""
        self.turn_began_at = math.inf
        self.on_caller_turn()
        self.transcript.caller_said(utterance, message)

    def mask_said(self, changed: Mapping[str, str]) -> None:
        """Replace utterances of the caller, by the text that they had: a later one made a secret of them."""
        self.replace(self.conversation.with_masked(changed))
        self.transcript.mask(changed)

    def _on_utterance(self, utterance: Utterance) -> dict[str, bool]:
        before = self.conversation
        if utterance.speaker == "caller":
            self.found = ()
            self.replace(before.after_caller(utterance))
            return {"asks": len(self.conversation.asked_turns) > len(before.asked_turns)}
        self.replace(self._after_agent(utterance))
        if source := source_of(utterance.text, self.found):
            self.found = ()
            self.journal.note(
                "answered_from", document=source.name, title=source.title, heading=source.heading, passage=source.place
            )
        return {"answers": len(self.conversation.answered_turns) > len(before.answered_turns)}

    def _no_answers(self) -> list[str]:
        """What the agent says without answering anything: its phrases, and the pending read-back."""
        fixed = [text for _, value in self.phrases for text in ([value] if isinstance(value, str) else value)]
        unknown = [self.unknown_line(node) for node in self.template.nodes]
        read_back = self.conversation.read_back
        return [*fixed, *unknown, *ALL_LINES, *([read_back.text] if read_back else [])]

    def _after_agent(self, utterance: Utterance) -> Conversation:
        if is_filler(utterance.text, self.phrases.one_moment) or is_bridge(utterance.text, self.phrases.back):
            return self.conversation.after_filler(utterance)
        answered = answers(utterance.text, self._no_answers())
        return self.conversation.after_agent(utterance, answers=answered, prompt=self._is_prompt(utterance.text))

    def _is_prompt(self, spoken: str) -> bool:
        """Whether it is "Are you still there?", whole, cut short, or with the pending question behind it."""
        return any(spoken.startswith(each) or each.startswith(spoken) for each in self.phrases.still_there)

    def tools(self, names: Iterable[str], serving: Serving | None = None) -> list[tuple[Tool, ToolContext[Any]]]:
        """The tools and functions of these names, each with what it may use of this call. `serving`: of a template that
        is about to answer."""
        serving = serving or self.serving
        services, store = self.services, serving.business.open_store(self.services.business_rows)
        by_name, lacking = {**self._tools(serving), **self._tenants(serving)}, self.lacking(serving)
        return [
            (
                by_name[name],
                ToolContext(
                    tool=name,
                    live=self,
                    tenant=serving.tenant,
                    phrases=serving.phrases,
                    clock=services.clock,
                    new_id=self.new_id,
                    call_back=services.requests.call_back,
                    alert=services.alerts.raise_,
                    snapshots=services.snapshots,
                    knowledge=services.knowledge,
                    call_function=services.call_function,
                    store=store,
                ),
            )
            for name in names
            if name not in lacking
            if not by_name[name].needs_people or (self.put_through is not None and self.tenant.people)
        ]

    def _tools(self, serving: Serving) -> dict[str, Tool]:
        """All of the business and of the template's functions, which are built once for a template."""
        if serving.template.name not in self._built or self._built[serving.template.name][0] is not serving.template:
            functions = {each.name: tool_of(each) for each in serving.template.all_functions}
            if serving.template.outcomes:
                functions[UPDATE_OUTCOME] = outcome_tool(serving.template.outcomes)
            own = {tool.name: tool for tool in serving.business.tools}
            self._built[serving.template.name] = serving.template, functions | own
        return self._built[serving.template.name][1]

    @property
    def able(self) -> frozenset[Deed]:
        """What the tools of the template that answers can do."""
        return frozenset(deed for tool in self._tools(self.serving).values() for deed in tool.deeds())

    def unknown_line(self, node: str) -> str:
        """What the agent says in this node to what it doesn't know."""
        return unknown_line(self.template.nodes[node], self.fixed_phrases.facts)


def _place(serving: Serving) -> tuple[str, str]:
    return serving.tenant.tenant_id, serving.template.name
