"""A conversation as a value: all that another agent process needs to go on with a call (OP-21, OP-30).

It never changes: each step of a call makes a new value. The live call holds the newest one, Redis holds the last saved
one as JSON, and what an agent decides next follows from the value, the caller's next utterance and the template.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from shared.domain import questions
from shared.domain.call import Usage, Utterance
from shared.domain.language.consent import ConsentAnswer
from shared.domain.language.deeds import Deed
from shared.domain.language.machines import Suspicion, suspicion
from shared.domain.language.replies import asks
from shared.domain.questions import PATIENCE, ConsentQuestion, PendingQuestion, PinQuestion, Questions, ReadBack
from shared.domain.transfer import PersonLeg
from shared.domain.traversal import MOST_HANDOFFS, MOST_VISITS, Answering, Handoff, Visit

TTL_SECONDS = 3600
"""Redis keeps a conversation this long after its last save; each save sets it anew (OP-22)."""
MOST_UTTERANCES = 400
"""Of the history; older ones are dropped. A call of half an hour has some two hundred."""


@dataclass(frozen=True)
class RequestTaken:
    """A row that the caller has said yes to."""

    effect_id: str
    row_kind: str
    fields: dict[str, Any]
    at_turn: int
    receipt: Literal["stored", "kept"] | None = None
    """In Postgres, or in the spool; None: it is being written, or nobody knows what became of it."""
    tool: str = ""
    """By this name another agent finds what writes the row; empty in a session of an older release."""


@dataclass(frozen=True)
class Effect:
    """What a tool changes, or has changed, that reads nothing back."""

    effect_id: str
    """Its idempotency key."""
    tool: str
    arguments: dict[str, Any]
    agent_id: str
    """The agent process that runs it."""
    at_turn: int
    result: dict[str, Any] | None = None
    """The tool's; None: it runs, or the process that ran it is gone."""


@dataclass(frozen=True)
class Conversation:
    """The state of one call's conversation; `to_json` is what Redis holds."""

    call_id: str
    """Redis' key as well: no process, job or connection owns a conversation (OP-34)."""
    agent_id: str
    """The agent process that speaks."""
    tenant_id: str
    template: str
    """The one that answers now; `began_as` is the one that the call began with."""
    created_at: datetime
    last_activity: datetime
    """Of the last save. Both are UTC."""
    template_version: str | None = None
    """A number, or `rollout.SHIPPED`; None, in a session of an older release, is that too."""
    channel: Literal["phone", "browser", "screen"] = "phone"
    phone_number: str | None = None
    """The caller's, E.164; None when withheld."""
    user_id: str | None = None

    version: int = 0
    """Rises by one with each save (OP-27)."""
    takeovers: int = 0
    """How many agents have taken the call over from another one."""
    left_quietly: bool = False
    """Its last agent left it in order while nobody spoke: the next one needn't say that it is back."""
    answered_at: datetime | None = None
    """When its first agent answered; None while it rings."""
    usage: tuple[Usage, ...] = ()
    """Of all its agents together, as of the last save."""

    node: str = ""
    moves: int = 0
    """Between nodes, by the model."""
    visits: tuple[Visit, ...] = ()
    """The call's traversal, in order."""
    handoffs: tuple[Handoff, ...] = ()
    """From template to template, in order."""
    pins: dict[str, str] = field(default_factory=dict[str, str])
    """The version of each template that a handoff may lead to, as it was prepared at the call's start (OT-14)."""
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the caller has told of themselves, by name, for all nodes."""

    questions: Questions = ()
    """Those that the caller may still answer, in the order in which they were last asked: see `questions`."""
    prompted: bool = False
    """The agent's last words were "Are you still there?": a bare yes may answer that."""
    requests: tuple[RequestTaken, ...] = ()
    effects: tuple[Effect, ...] = ()
    """Of tools that read nothing back, in order."""
    deeds: dict[Deed, int] = field(default_factory=dict[Deed, int])
    """What tools have done, each with the caller's turn in which it was done last: the agent may say so."""
    looked_up: bool = False
    """A tenant's server has answered: the agent may say that it has looked something up."""

    recording_announced: bool = False
    """Whether the caller has been asked about the recording."""
    recording_enabled: bool = False
    """Whether the call is being recorded now."""
    consent: ConsentAnswer | None = None
    """The caller's last answer, in the call or elsewhere (a browser's button, the carrier's keys)."""

    transferring: bool = False
    """The caller is being put through, holds, or talks with a person: the agent is silent."""
    legs: tuple[PersonLeg, ...] = ()
    """Of the people whom the caller was to be put through to, in order."""

    crisis: bool = False
    """The caller was in danger: our side doesn't end this call."""
    in_care: bool = False
    """The caller was in danger and hasn't led elsewhere since: the template's care node answers."""
    threat: bool = False
    abuse_count: int = 0
    provider_failed: bool = False

    pin_tries: int = 0
    """Entries of the owner's PIN, whichever was asked for."""
    pin_passed: bool = False
    """The caller has entered it: they are the owner, to the end of the call."""

    refused_kinds: tuple[str, ...] = ()
    """The kinds of the rows that no store took, in order."""

    caller_turns: int = 0
    asked_turns: tuple[int, ...] = ()
    """The caller's turns in which they asked for something."""
    answered_turns: tuple[int, ...] = ()
    """The caller's turns that got an answer, not a mere question or an admission that the agent doesn't know."""
    unanswered: str = ""
    """What the caller has said since the agent last spoke."""
    history: tuple[Utterance, ...] = ()
    """The newest `MOST_UTTERANCES`, in the order in which they ended."""

    @property
    def last_utterance(self) -> str:
        """The caller's; empty before their first."""
        return next((each.text for each in reversed(self.history) if each.speaker == "caller"), "")

    @property
    def newest_of_agent(self) -> str:
        """What the agent said last; empty before its first utterance."""
        return next((each.text for each in reversed(self.history) if each.speaker == "agent"), "")

    @property
    def question(self) -> PendingQuestion | None:
        """The one that was asked last: a bare yes or no answers it."""
        return self.questions[-1] if self.questions else None

    @property
    def read_back(self) -> ReadBack | None:
        """The pending one; the model may have asked something else since."""
        return next((each for each in self.questions if isinstance(each, ReadBack)), None)

    @property
    def pin_question(self) -> PinQuestion | None:
        """The pending one; the model may have asked something else since."""
        return next((each for each in self.questions if isinstance(each, PinQuestion)), None)

    @property
    def consent_question(self) -> ConsentQuestion | None:
        """The pending one; the model may have asked something else since."""
        return next((each for each in self.questions if isinstance(each, ConsentQuestion)), None)

    @property
    def requests_taken(self) -> int:
        """Rows that the caller asked for, in Postgres or in the spool."""
        return sum(each.receipt is not None for each in self.requests)

    @property
    def requests_failed(self) -> int:
        """Kinds of rows that no store took, and that the caller didn't get taken by a second try."""
        taken = {each.row_kind for each in self.requests if each.receipt is not None}
        return len({*self.refused_kinds} - taken)

    @property
    def suspicion(self) -> Suspicion:
        """How much of what the caller said is a machine's."""
        return suspicion(self.history)

    @property
    def machine(self) -> bool:
        """Whether a machine has called: alone, or after a person with whom nothing was achieved."""
        found = self.suspicion
        achieved = self.answered_turns or self.requests_taken
        return found.turns > 0 and (found.alone or (found.gives_up and not achieved))

    @property
    def put_out(self) -> bool:
        """Whether the agent ends the call for abuse: it has warned the caller before, who isn't in danger."""
        return self.abuse_count > 1 and not self.crisis

    @property
    def transferred(self) -> bool:
        """Whether a person has taken the call."""
        return any(leg.taken_at is not None for leg in self.legs)

    @property
    def stored_kinds(self) -> tuple[str, ...]:
        """The kinds of the rows that are in Postgres: only of these may the agent say so (PT-66)."""
        return tuple(each.row_kind for each in self.requests if each.receipt == "stored")

    def after_caller(self, utterance: Utterance) -> "Conversation":
        """The caller has finished a turn."""
        turn = self.caller_turns + 1
        return replace(
            self._with(utterance),
            caller_turns=turn,
            asked_turns=(*self.asked_turns, turn) if asks(utterance.text) else self.asked_turns,
            questions=questions.after_caller(self.questions, utterance.text, turn),
            unanswered=f"{self.unanswered} {utterance.text}".strip(),
        )

    def after_agent(self, utterance: Utterance, *, answers: bool = False, prompt: bool = False) -> "Conversation":
        """The agent has said something, as far as the caller heard it.

        `answers`: it told them what they asked. `prompt`: it asked whether they are there.
        """
        new = answers and self.caller_turns > 0 and self.caller_turns not in self.answered_turns
        pending = questions.after_agent(self.questions, utterance, self.caller_turns, prompt)
        return replace(
            self._with(utterance),
            unanswered="",
            answered_turns=(*self.answered_turns, self.caller_turns) if new else self.answered_turns,
            prompted=prompt and pending == self.questions,
            questions=pending,
        )

    def after_filler(self, utterance: Utterance) -> "Conversation":
        """The agent has said that it is still at work: it has answered and asked nothing."""
        return self._with(utterance)

    def asking(self, question: PendingQuestion) -> "Conversation":
        """The agent is about to ask this."""
        return replace(self, questions=questions.with_question(self.questions, question))

    def with_masked(self, changed: Mapping[str, str]) -> "Conversation":
        """Utterances of the caller replaced, by the text that they had."""
        history = tuple(
            replace(each, text=changed[each.text]) if each.speaker == "caller" and each.text in changed else each
            for each in self.history
        )
        unanswered = self.unanswered
        for old, new in changed.items():
            unanswered = unanswered.replace(old, new)
        return replace(self, history=history, unanswered=unanswered)

    @property
    def answering(self) -> Answering:
        return Answering(self.tenant_id, self.template, self.template_version)

    @property
    def began_as(self) -> Answering:
        """What answered when the call began: its record, and its retries, go by that."""
        return self.handoffs[0].source if self.handoffs else self.answering

    @property
    def may_hand_over(self) -> bool:
        """Whether another template may still take the conversation over."""
        return len(self.handoffs) < MOST_HANDOFFS

    def handed_over(self, to: Answering, now: datetime) -> "Conversation":
        """Another template answers from now on, and its node is still to be entered.

        All that the call knows of the caller lives on; a pending read-back doesn't, as it belongs to a tool of the
        template that is left.
        """
        left = tuple(each for each in self.questions if isinstance(each, ConsentQuestion))
        return replace(
            self,
            tenant_id=to.tenant_id,
            template=to.template,
            template_version=to.version,
            node="",
            questions=left,
            handoffs=(*self.handoffs, Handoff(self.answering, to, now)),
            pins=self.pins | ({to.template: to.version} if to.version else {}),
        )

    def entered(self, node: str, now: datetime, why: str, arguments: Mapping[str, Any] | None = None) -> "Conversation":
        """The call is in this node from now on. `why`: the function that led there; `start`, `danger`, `key`."""
        left = tuple(each if each.left_at else replace(each, left_at=now) for each in self.visits)
        visit = Visit(node, self.template, self.template_version, why, dict(arguments or {}), now)
        return replace(self, node=node, visits=(*left, visit)[-MOST_VISITS:])

    def used(self, function: str, arguments: Mapping[str, Any], now: datetime) -> "Conversation":
        """A function was used that leaves the call in its node."""
        visit = Visit(self.node, self.template, self.template_version, function, dict(arguments), now, now)
        return replace(self, visits=(*self.visits, visit)[-MOST_VISITS:])

    def without_question(self, *kinds: str) -> "Conversation":
        """Questions of these kinds were answered, or something weightier was said."""
        return replace(self, questions=questions.without(self.questions, *kinds))

    def with_request(self, confirmed: ReadBack) -> "Conversation":
        """The caller has said yes: its row is being written."""
        taken = RequestTaken(
            confirmed.effect_id, confirmed.row_kind, confirmed.fields, self.caller_turns, tool=confirmed.tool
        )
        return replace(self.without_question("read_back"), requests=(*self.requests, taken))

    def without_request(self, effect_id: str, *, failed: bool = True) -> "Conversation":
        """Its row wasn't written. `failed`: a store refused it, else what the caller wanted can't be had."""
        refused = tuple(each.row_kind for each in self.requests if failed and each.effect_id == effect_id)
        left = tuple(each for each in self.requests if each.effect_id != effect_id)
        return replace(self, requests=left, refused_kinds=(*self.refused_kinds, *refused))

    def with_receipt(self, effect_id: str, receipt: Literal["stored", "kept"]) -> "Conversation":
        """A row has been written."""
        written = (replace(each, receipt=receipt) if each.effect_id == effect_id else each for each in self.requests)
        return replace(self, requests=tuple(written))

    def did(self, deeds: Iterable[Deed]) -> "Conversation":
        """A tool has done these in this turn of the caller."""
        return replace(self, deeds=self.deeds | dict.fromkeys(deeds, self.caller_turns))

    @property
    def nothing_asked_since(self) -> bool:
        """Whether the caller has asked for nothing more since a tool did something last."""
        last = max(self.deeds.values(), default=-1)
        return last >= 0 and all(turn <= last for turn in self.asked_turns)

    def with_effect(self, effect: Effect) -> "Conversation":
        """It begins, or has its result."""
        known = any(each.effect_id == effect.effect_id for each in self.effects)
        changed = tuple(effect if each.effect_id == effect.effect_id else each for each in self.effects)
        return replace(self, effects=changed if known else (*self.effects, effect))

    def without_effect(self, effect_id: str) -> "Conversation":
        """Nothing was done."""
        return replace(self, effects=tuple(each for each in self.effects if each.effect_id != effect_id))

    def next_version(self, now: datetime) -> "Conversation":
        """To be saved now."""
        return replace(self, version=self.version + 1, last_activity=now)

    def taken_over(self, agent_id: str) -> "Conversation":
        """Another agent goes on from here; from its first save on, the store refuses those of the earlier one. Its
        recording is off, as no recorder of its process runs yet; the consent that was given starts one again."""
        return replace(self, agent_id=agent_id, takeovers=self.takeovers + 1, recording_enabled=False)

    def _with(self, utterance: Utterance) -> "Conversation":
        return replace(self, history=(*self.history, utterance)[-MOST_UTTERANCES:])


def to_json(conversation: Conversation) -> dict[str, Any]:
    """The conversation as the source's session: `session_id`, `user_id`, `channel`, `conversation_history`
    (`{"role", "content", …}`), `current_agent` (the node), `created_at`, `last_activity` (ISO 8601, UTC), `context`.

    Ready for a JSON encoder; `ValueError` where `fields` hold what JSON can't.
    """
    context = _CONVERSATION.dump_python(conversation, mode="json", warnings="error")
    session = {stored: context.pop(name) for name, stored in _SESSION_FIELDS.items()}
    history = [_renamed(each, _UTTERANCE_FIELDS) | {"role": _ROLES[each["speaker"]]} for each in context.pop("history")]
    return {**session, "conversation_history": history, "context": context}


def from_json(data: Mapping[str, Any]) -> Conversation:
    """The conversation of `to_json`; `ValueError` naming the field that is missing or of another type.

    Fields, and kinds of questions, of a newer release are ignored, so that an older one can take a call over.
    """
    try:
        context = dict(data["context"])
        context |= {name: data[stored] for name, stored in _SESSION_FIELDS.items()}
        context["history"] = [
            _renamed(each, {stored: name for name, stored in _UTTERANCE_FIELDS.items()})
            | {"speaker": _SPEAKERS[each["role"]]}
            for each in data["conversation_history"]
        ]
        context["questions"] = [each for each in context["questions"] if each["kind"] in PATIENCE]
    except KeyError as error:
        raise ValueError(f"a conversation without {error}") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"a conversation whose context or conversation_history is something else: {error}") from error
    return _CONVERSATION.validate_python(context)


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {new: fields[old] for old, new in names.items() if old in fields}


_CONVERSATION = TypeAdapter(Conversation)
_SESSION_FIELDS = {
    "call_id": "session_id",
    "version": "version",
    "takeovers": "takeovers",
    "agent_id": "agent_id",
    "user_id": "user_id",
    "channel": "channel",
    "node": "current_agent",
    "created_at": "created_at",
    "last_activity": "last_activity",
}
"""Field of `Conversation` by the name beside `context` that it is stored under."""
_UTTERANCE_FIELDS = {
    "text": "content",
    "at_seconds": "at_seconds",
    "interrupted": "interrupted",
    "latency_ms": "latency_ms",
    "template": "template",
}
_ROLES = {"caller": "user", "agent": "assistant"}
_SPEAKERS = {role: speaker for speaker, role in _ROLES.items()}
