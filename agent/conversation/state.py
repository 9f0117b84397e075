"""The live call: its conversation, a value that each step replaces, and the parts that live in this process only."""

import asyncio
import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from livekit.agents.llm import ChatMessage

from agent.businesses.business import Business, business_of
from agent.conversation.phrases import phrases_of
from agent.conversation.prompt import unknown_line
from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.phrases import FixedPhrases
from agent.tools.context import ToolContext
from agent.tools.execution import is_filler
from agent.tools.tool import Tool
from shared.domain.call import Utterance
from shared.domain.conversation import Conversation
from shared.domain.facts import spoken_facts
from shared.domain.knowledge import FoundPassage, source_of
from shared.domain.language.replies import answers
from shared.domain.language.safety_lines import ALL_LINES
from shared.domain.rollout import SHIPPED
from shared.domain.template import Node, Phrases, Template
from shared.domain.tenant import Tenant, is_timezone
from shared.errors import InputError
from shared.services import Services


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
    engines_of: Callable[[Node], dict[str, Any]] = lambda node: {}
    """The model and the voice of a node that has its own, as an agent of the framework takes them."""
    new_id: Callable[[], str] = new_id
    found: Sequence[FoundPassage] = ()
    """What the model answers from, until the caller's next turn."""
    pressed_at: float = -math.inf
    """When the caller last pressed a key, by the loop's clock."""
    on_caller_turn: Callable[[], None] = lambda: None
    on_secret: Callable[[float], None] = lambda began: None
    """Called with the time before which no word of a secret was said (seconds since the epoch)."""
    on_change: Callable[[], None] = lambda: None
    """Called after each change of the conversation."""
    end_requested: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set to the reason when our side wants to end the call."""

    def __post_init__(self) -> None:
        self.phrases: Phrases = phrases_of(self.template, self.tenant, self.fixed_phrases.facts)
        """The template's and the tenant's, with the tenant's facts filled in."""
        self.transcript.on_utterance = self._on_utterance

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

    async def answer_as(self, tenant_id: str, template: str) -> str:
        """Go on as this demo tenant; returns its greeting. Raises `InputError` for any other, `DirectoryError`."""
        tenant = await self.services.directory.tenant(tenant_id)
        if tenant is None or not tenant.is_demo:
            raise InputError(f"{tenant_id} is no demo tenant")
        if not is_timezone(tenant.timezone):
            tenant = replace(tenant, timezone=self.services.settings.timezone)
        business = business_of(template)
        self.tenant, self.business, self.template = tenant, business, business.template
        self.fixed_phrases.facts = spoken_facts(tenant)
        self.phrases = phrases_of(self.template, tenant, self.fixed_phrases.facts)
        self.change(tenant_id=tenant_id, template=template, template_version=SHIPPED, node="", questions=())
        self.journal.note("answers_as", tenant_id=tenant_id, template=template)
        self.want_result()
        return self.phrases.greeting

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

    def caller_turn(self, utterance: str, message: ChatMessage) -> None:
        """The caller has finished a turn."""
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
        if is_filler(utterance.text, self.phrases.one_moment):
            return self.conversation.after_filler(utterance)
        answered = answers(utterance.text, self._no_answers())
        return self.conversation.after_agent(utterance, answers=answered, prompt=self._is_prompt(utterance.text))

    def _is_prompt(self, spoken: str) -> bool:
        """Whether it is "Are you still there?", whole, cut short, or with the pending question behind it."""
        return any(spoken.startswith(each) or each.startswith(spoken) for each in self.phrases.still_there)

    def tools(self, names: Iterable[str]) -> list[tuple[Tool, ToolContext[Any]]]:
        """The business's tools of these names, each with what it may use of this call."""
        services, store = self.services, self.business.open_store(self.services.business_rows)
        by_name = {tool.name: tool for tool in self.business.tools}
        return [
            (
                by_name[name],
                ToolContext(
                    tool=name,
                    live=self,
                    tenant=self.tenant,
                    phrases=self.phrases,
                    clock=services.clock,
                    new_id=self.new_id,
                    call_back=services.requests.call_back,
                    alert=services.alerts.raise_,
                    snapshots=services.snapshots,
                    knowledge=services.knowledge,
                    store=store,
                ),
            )
            for name in names
        ]

    def unknown_line(self, node: str) -> str:
        """What the agent says in this node to what it doesn't know."""
        return unknown_line(self.template.nodes[node], self.fixed_phrases.facts)
