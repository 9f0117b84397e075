"""A template: the data of one agent's conversation. Parsed from YAML by `agent.businesses.template_file`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.domain.functions import Function, Name
from shared.domain.languages import primary
from shared.domain.mcp import McpServer
from shared.domain.result import MOST_FIELDS, ResultField
from shared.domain.tenant import Tier

Goal = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(/[a-z][a-z0-9_]{0,39})?$")]
"""A node, `care`; or a node of another template, `rental/desk`."""
UPDATE_OUTCOME = "update_outcome"
"""The tool by which the model states what a call has achieved."""
ROUTE = "route_to_agent"
"""The tool by which an orchestrator's model hands the call to another template."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Voice(BaseModel, frozen=True):
    """How the agent sounds."""

    model_config = ConfigDict(extra="forbid")

    tts_model: str = "tts-1"
    voice: str = "alloy"
    language: str | None = None
    """Of what it says; None: English, or the language of the node that it speaks in."""


class Turn(_Model):
    """When the caller counts as finished (end of turn), and whether they may interrupt.

    Delays are counted from the caller's last sound.
    """

    detection: Literal["meaning", "vad", "stt", "manual"] = "meaning"
    """`meaning`: by the caller's words and the pending question; the others are the framework's."""
    min_delay_seconds: float = Field(default=0.1, ge=0, le=5)
    """After an utterance that is complete."""
    maybe_delay_seconds: float = Field(default=0.6, ge=0, le=5)
    """After one that could be complete; `meaning` only."""
    value_delay_seconds: float = Field(default=1.2, ge=0, le=5)
    """After a dictated value that could be all; `meaning` only."""
    max_delay_seconds: float = Field(default=2.5, ge=0, le=10)
    """After one that trails off, or a value of which a part is missing."""
    interruptions: bool = True


class Patience(_Model):
    """Limits on silence and on the length of a call."""

    silence_seconds: float = Field(default=8.0, ge=1, le=60)
    silence_prompts: int = Field(default=2, ge=0, le=5)
    max_call_seconds: float = Field(default=1800.0, ge=30, le=14400)


class Phrases(_Model):
    """Fixed sentences, pre-synthesised. `{name}` and other tenant facts may be used in them."""

    greeting: str
    consent: str
    consent_granted: str
    consent_refused: str
    recording_stopped: str
    still_there: tuple[str, ...]
    silence_goodbye: str
    apology: str
    goodbye: str
    repeat: str
    one_moment: str = "One moment, please."
    """While a tool takes longer than a second."""
    back: str = "I'm sorry, we were cut off for a moment. I'm back now."
    """By an agent that takes a running call over from one that is gone."""

    def filled(self, facts: Mapping[str, str]) -> "Phrases":
        """With each `{name}` replaced by that fact. A phrase that can't be said without a missing fact is shortened,
        or replaced by the house's own words (`HOUSE_PHRASES`)."""
        texts = {
            name: sayable(value, facts) or HOUSE_PHRASES[name]
            if isinstance(value, str)
            else tuple(said for each in value if (said := sayable(each, facts))) or (HOUSE_PHRASES[name],)
            for name, value in self
        }
        return Phrases.model_validate(texts)


HOUSE_PHRASES = {
    "greeting": "Hello. I'm an AI assistant.",
    "consent": "This call may be recorded. Is it all right with you if I record?",
    "consent_granted": "Thank you. How can I help you today?",
    "consent_refused": "No problem, I won't record this call. How can I help you today?",
    "recording_stopped": "I've stopped recording this call and deleted what was recorded. How can I help?",
    "still_there": "Are you still there?",
    "silence_goodbye": "It seems we've lost each other. Please call again any time. Goodbye.",
    "apology": "I'm so sorry, I'm having technical trouble and can't go on. Somebody will call you back. Goodbye.",
    "goodbye": "Thank you for calling. Goodbye.",
    "repeat": "I'm sorry, I didn't catch that. Could you say it once more?",
    "one_moment": "One moment, please.",
    "back": "I'm sorry, we were cut off for a moment. I'm back now.",
}
"""What is said where no sentence of a template's phrase can be, for want of a fact."""
HOUSE_UNKNOWN = "I'm afraid I don't have that information. I can have somebody call you back, if you like."
"""The same for a node's `unknown`."""


class Slot(_Model):
    """One argument of a tool, and how the lab's scripted model gets it from the caller."""

    name: Name
    kind: Literal["text", "name", "phone", "time", "yes_no", "sentence", "digits", "dates", "amount"]
    """`sentence`: all that the caller says, from which the tool takes what it needs. `digits`: an order number, a
    postcode and the like, named like the slot."""
    ask: str | None = None
    """The question for it; None: the slot is optional and the model doesn't ask."""
    always_ask: bool = False
    """Ask even when the request seems to hold it: asking for a call doesn't say what the call is about."""


class Intent(_Model):
    """Something callers want. Exactly one of `reply` (say it), `tool` (call it) and `go` (move to that node, which may
    be one of another template)."""

    name: Name
    examples: tuple[str, ...] = Field(min_length=1)
    """Sentences of callers who want it; only the lab's scripted model reads them."""
    reply: str | None = None
    tool: Name | None = None
    slots: tuple[Slot, ...] = ()
    go: Goal | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> "Intent":
        if sum(x is not None for x in (self.reply, self.tool, self.go)) != 1:
            raise ValueError(f"intent {self.name!r} needs exactly one of reply, tool and go")
        return self


class Variable(_Model):
    """One value of a call's payload, which texts name in double braces (`shared.domain.variables`)."""

    type: Literal["text", "number", "yes_no"] = "text"
    description: str = ""
    default: str | float | bool | None = None
    """Where a payload lacks it; None: it is required."""


class Node(_Model):
    """One role in the conversation: its instructions, its tools, and the intents of its callers."""

    instructions: str
    tools: tuple[Name, ...] = ()
    functions: tuple[Function, ...] = ()
    """Tools of this node alone that ask the tenant's own server."""
    intents: tuple[Intent, ...] = ()
    unknown: str
    """What to say when nothing fits: admits it and offers a callback (PT-62)."""
    voice: Voice | None = None
    """How it sounds while this node speaks, its fixed sentences included; None: the template's."""
    model: str | None = None
    """The language model that answers here; None: the one of the settings."""
    language: str | None = None
    """In which callers are understood and answered here; None: the template's."""


class Target(_Model):
    """A template that an orchestrator hands calls to."""

    template: Name
    name: str
    """Of the agent, for people and for the model."""
    description: str
    """What the model chooses it by."""
    context: Literal["fresh", "full"] = "fresh"
    """What its model knows of the call: the caller's last words and what they want, or all that was said."""


class Orchestrator(_Model):
    """The routing table of a template that finds out what callers want and hands them on."""

    agent_templates: tuple[Target, ...] = ()


class TierRule(_Model):
    """What callers of one tier get of the template: the nodes that they reach from `start`, and nothing else."""

    start: Name
    greeting: str | None = None
    """None: the template's."""
    max_call_seconds: float | None = Field(default=None, ge=30, le=14400)
    """None: the template's."""


MOST_TOOLS: dict[Tier, int] = {"guest": 0, "public": 1}
"""Of the tiers that aren't private: so many tools in all their nodes, beside `end_call` (DU-51)."""


class Template(_Model):
    """One conversation. The first thing said is `phrases.greeting`, the first node `start`."""

    name: Name
    language: str = "en"
    persona: str
    voice: Voice = Voice()
    turn: Turn = Turn()
    patience: Patience = Patience()
    recording: Literal["ask", "never"] = "ask"
    policy_version: str
    phrases: Phrases
    keyterms: tuple[str, ...] = ()
    """Names and words of the trade that the recogniser is to expect, beside the names in the nodes' examples."""
    start: Name
    care: Name | None = None
    """The node that answers a caller who was in danger, until they lead elsewhere; None: the node they are in."""
    nodes: dict[Name, Node] = Field(min_length=1)
    tools: tuple[Name, ...] = ()
    """Tools that each node has, behind its own."""
    functions: tuple[Function, ...] = ()
    """The same for functions, which ask the tenant's own server."""
    mcp: tuple[McpServer, ...] = ()
    """Servers of the tenant whose tools nodes name among theirs."""
    outcomes: dict[Name, str] = {}
    """What a call may achieve, and what each means: with any, the model states it by the tool `update_outcome`."""
    tiers: dict[Tier, TierRule] = {}
    """By what a caller may have; empty: the template makes no difference between callers."""
    payload: dict[Name, Variable] = {}
    """What a call is begun with, by the name in the texts: `{{order_number}}`."""
    is_orchestrator: bool = False
    orchestrator: Orchestrator | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those that the model may choose by `route_to_agent`."""
        return self.orchestrator.agent_templates if self.is_orchestrator and self.orchestrator else ()

    @property
    def leads_to(self) -> tuple[str, ...]:
        """The other templates that this one may hand a call to, each once."""
        goals = (elsewhere(intent.go) for node in self.nodes.values() for intent in node.intents if intent.go)
        return tuple(dict.fromkeys((*(each.template for each in self.targets), *(goal[0] for goal in goals if goal))))

    def language_in(self, node: str) -> str:
        return self.nodes[node].language or self.language

    def voice_in(self, node: str) -> Voice:
        voice, language = self.nodes[node].voice or self.voice, self.language_in(node)
        if voice.language or primary(language) == "en":
            return voice
        return voice.model_copy(update={"language": language})

    def tools_in(self, node: str) -> tuple[str, ...]:
        """The names of all that the model may call in a node, beside the moves to others."""
        own = self.nodes[node]
        functions = (each.name for each in (*own.functions, *self.functions))
        stated = (UPDATE_OUTCOME,) if self.outcomes else ()
        return tuple(dict.fromkeys((*own.tools, *functions, *stated)))

    @property
    def all_functions(self) -> tuple[Function, ...]:
        return tuple(function for _, function in self.placed_functions)

    @property
    def mcp_tools(self) -> tuple[str, ...]:
        return tuple(name for server in self.mcp for name in server.tool_names)

    @property
    def requests(self) -> tuple[tuple[str, Function], ...]:
        """What is asked of the tenant's servers, each with its path."""
        return (*self.placed_functions, *((f"mcp.{each.name}", each.request) for each in self.mcp))

    @property
    def placed_functions(self) -> tuple[tuple[str, Function], ...]:
        """Each with its path, `nodes.care.functions.hall_price`."""
        of_nodes = ((f"nodes.{name}.functions", node.functions) for name, node in self.nodes.items())
        return tuple((f"{path}.{f.name}", f) for path, each in (("functions", self.functions), *of_nodes) for f in each)

    def of_tier(self, tier: Tier | None) -> "Template":
        """The template as callers of this tier have it: the nodes beyond it are absent, not merely forbidden (DU-53).

        A caller of no tier, or of one that the template doesn't name, is a guest. Raises `ValueError` where it has none
        for guests.
        """
        if not self.tiers:
            return self
        rule = self.tiers.get(tier or "guest") or self.tiers.get("guest")
        if rule is None:
            raise ValueError(f"{self.name} has nothing for callers of the tier {tier}")
        nodes = {name: self.nodes[name] for name in self._reached(rule.start)}
        care = self.care if self.care in nodes else None
        patience, phrases = self.patience, self.phrases
        if rule.max_call_seconds is not None:
            patience = patience.model_copy(update={"max_call_seconds": rule.max_call_seconds})
        if rule.greeting is not None:
            phrases = phrases.model_copy(update={"greeting": rule.greeting})
        own = {"start": rule.start, "nodes": nodes, "care": care, "patience": patience, "phrases": phrases, "tiers": {}}
        return self.model_copy(update=own)

    def _reached(self, start: str) -> list[str]:
        reached = [start]
        for name in reached:
            goes = (intent.go for intent in self.nodes[name].intents if intent.go is not None)
            reached += [goal for goal in dict.fromkeys(goes) if goal not in reached and goal in self.nodes]
        return reached

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Each that the call may speak in, that of its start first."""
        return tuple(dict.fromkeys(self.voice_in(name) for name in (self.start, *self.nodes)))

    result: tuple[ResultField, ...] = Field(default=(), max_length=MOST_FIELDS)
    """What is to be known of each call afterwards: read from its transcript, and told to the tenant's webhook."""

    @model_validator(mode="before")
    @classmethod
    def _tools_of_all_nodes(cls, data: Any) -> Any:
        match data:
            case {"tools": [_, *_] as shared, "nodes": {**nodes}} if all(
                isinstance(each, dict) for each in nodes.values()
            ):
                given = {name: each | {"tools": _joined(each.get("tools"), shared)} for name, each in nodes.items()}
                return data | {"nodes": given}
            case _:
                return data

    @model_validator(mode="after")
    def _tiers_have_their_own(self) -> "Template":
        if self.tiers and self.leads_to:
            raise ValueError(f"tiers: callers would get to {', '.join(self.leads_to)} whatever their tier")
        for tier, rule in self.tiers.items():
            if rule.start not in self.nodes:
                raise ValueError(f"tiers: {tier} starts in {rule.start!r}, which is no node")
            tools = {tool for name in self._reached(rule.start) for tool in self.tools_in(name)} - {"end_call"}
            if tier in MOST_TOOLS and len(tools) > MOST_TOOLS[tier]:
                raise ValueError(f"tiers: {tier} callers would have {', '.join(sorted(tools))}")
        return self

    @model_validator(mode="after")
    def _result_names_differ(self) -> "Template":
        names = [field.name for field in self.result]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"result: {', '.join(twice)} stands there twice")
        return self


def elsewhere(goal: str) -> tuple[str, str] | None:
    """Template and node of a goal in another template; None: it is a node of the same one."""
    template, slash, node = goal.partition("/")
    return (template, node) if slash else None


def move_tool(goal: str) -> str:
    """The name of the tool by which the model goes there: `go_to_care`, `go_to_rental__desk`."""
    return f"go_to_{goal.replace('/', '__')}"


def _joined(own: Any, shared: Sequence[Any]) -> Any:
    """A node's tools with those of all nodes; as they are where they are no list, which is a fault."""
    if not isinstance(own, list | tuple | None):
        return own
    names = [*cast("Sequence[Any]", own or ()), *shared]
    return list(dict.fromkeys(each for each in names if isinstance(each, str)))


def texts(template: Template) -> Iterator[tuple[str, str]]:
    """All that may hold facts, each with its path: `nodes.front_desk.intents.parking.reply`."""
    yield "persona", template.persona
    for name, value in template.phrases:
        yield from ((f"phrases.{name}", each) for each in ((value,) if isinstance(value, str) else value))
    for name, node in template.nodes.items():
        yield f"nodes.{name}.instructions", node.instructions
        yield f"nodes.{name}.unknown", node.unknown
        yield from ((f"nodes.{name}.intents.{i.name}.reply", i.reply) for i in node.intents if i.reply is not None)


def playbook(node: Node) -> dict[str, Any]:
    """A node's intents as plain data, for the lab's scripted model; a language model gets `agent.conversation.prompt`.

    `{"intents": [{"name", "examples", and one of "reply", "tool" with "slots", "go"}], "unknown": str}`, a slot being
    `{"name", "kind", "ask", "always_ask"}`; `go: x` is done by calling the tool `move_tool(x)`. Sentences hold their
    `{fields}` as the template has them.
    """
    return {
        "intents": [i.model_dump(exclude_none=True, exclude_defaults=True) for i in node.intents],
        "unknown": node.unknown,
    }


_FIELD = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")
"""Not in double braces: those are variables."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def sayable(text: str, facts: Mapping[str, str]) -> str:
    """`text` rendered, without the sentences that use a fact which is missing or blank, or hold a stray brace.

    Empty when none is left. For what is spoken during a call, where a fault must cost no more than itself.
    """
    known = {name: fact for name, fact in facts.items() if fact.strip()}
    said: list[str] = []
    for sentence in sentences(text):
        try:
            said.append(render(sentence, known))
        except ValueError:
            continue
    return " ".join(said).strip()


def sentences(text: str) -> list[str]:
    return _SENTENCE_END.split(text)


def render(text: str, facts: Mapping[str, str]) -> str:
    """`text` with each `{name}` replaced by that fact. Raises ValueError that names the missing facts.

    A stray brace is an error too, as nobody should hear one.
    """
    missing = sorted({name for name in fields(text) if name not in facts})
    if missing:
        raise ValueError(f"no such fact: {', '.join(missing)} (there are {', '.join(sorted(facts)) or 'none'})")
    if stray := re.search(r"[{}]", _FIELD.sub("", text)):
        raise ValueError(f"a stray {stray.group()!r} in {text!r}")
    return _FIELD.sub(lambda field: facts[field.group(1)], text)


def fields(text: str) -> tuple[str, ...]:
    """The names of the facts in `text`, in order."""
    return tuple(_FIELD.findall(text))
