"""A template: the data of one agent's conversation. Parsed from YAML by `agent.template_file`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Voice(_Model):
    """How the agent sounds."""

    tts_model: str = "tts-1"
    voice: str = "alloy"


class Turn(_Model):
    """When the caller is taken to have finished, and whether they may interrupt."""

    detection: Literal["vad", "stt", "manual"] = "vad"
    min_delay_seconds: float = Field(default=0.3, ge=0, le=5)
    max_delay_seconds: float = Field(default=2.0, ge=0, le=10)
    interruptions: bool = True


class Patience(_Model):
    """Bounds of a conversation."""

    silence_seconds: float = Field(default=8.0, ge=1, le=60)
    silence_prompts: int = Field(default=2, ge=0, le=5)
    max_call_seconds: float = Field(default=1800.0, ge=30, le=14400)


class Lines(_Model):
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


class Slot(_Model):
    """One argument of a tool, and how it is got from the caller."""

    name: Name
    kind: Literal["text", "name", "phone", "time", "yes_no"]
    ask: str | None = None
    """The question, when the caller hasn't told it; None: optional, never asked."""


class Intent(_Model):
    """Something callers want. Exactly one of `reply` (say it), `tool` (call it) and `go` (move to that node)."""

    name: Name
    examples: tuple[str, ...] = Field(min_length=1)
    reply: str | None = None
    tool: Name | None = None
    slots: tuple[Slot, ...] = ()
    go: Name | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> "Intent":
        if sum(x is not None for x in (self.reply, self.tool, self.go)) != 1:
            raise ValueError(f"intent {self.name!r} needs exactly one of reply, tool and go")
        return self


class Node(_Model):
    """One role in the conversation: what it is told, what it can do, what callers ask of it."""

    instructions: str
    tools: tuple[Name, ...] = ()
    intents: tuple[Intent, ...] = ()
    unknown: str
    """What to say when nothing fits: admits it and offers a callback (PT-62)."""


class Template(_Model):
    """One conversation. The first thing said is `lines.greeting`, the first node `start`."""

    name: Name
    language: str = "en"
    persona: str
    voice: Voice = Voice()
    turn: Turn = Turn()
    patience: Patience = Patience()
    recording: Literal["ask", "never"] = "ask"
    policy_version: str
    lines: Lines
    start: Name
    nodes: dict[Name, Node] = Field(min_length=1)

    @model_validator(mode="after")
    def _nodes_exist(self) -> "Template":
        known = set(self.nodes)
        wanted = {self.start} | {i.go for n in self.nodes.values() for i in n.intents if i.go}
        if missing := wanted - known:
            raise ValueError(f"no such node: {', '.join(sorted(missing))} (there are {', '.join(sorted(known))})")
        for name, node in self.nodes.items():
            for intent in node.intents:
                if intent.tool and intent.tool not in node.tools:
                    raise ValueError(f"node {name!r}, intent {intent.name!r}: {intent.tool!r} is not among its tools")
        return self


PLAYBOOK_START = "<playbook>"
PLAYBOOK_END = "</playbook>"


def playbook(node: Node) -> dict[str, Any]:
    """What a node's system prompt says of its intents, as the JSON object between PLAYBOOK_START and _END.

    `{"intents": [{"name", "examples", "reply" | "tool" (+"slots": [{"name","kind","ask"}]) | "go"}], "unknown": str}`;
    `go: x` is done by calling the tool `go_to_x`. A language model reads it as its instructions; the lab's scripted
    model reads nothing else of the system prompt.
    """
    return {
        "intents": [i.model_dump(exclude_none=True, exclude_defaults=True) for i in node.intents],
        "unknown": node.unknown,
    }
