"""The language model's system prompt for one node: persona, house rules, the tenant's facts, the node, the time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from agent.tools.look_up import NAME as LOOK_UP
from agent.tools.transfer import TRANSFER
from shared.domain.conversation import Conversation
from shared.domain.facts import spoken_facts, time_there
from shared.domain.languages import NAMES, primary
from shared.domain.template import HOUSE_UNKNOWN, ROUTE, Intent, Node, Target, Template, move_tool, sayable
from shared.domain.tenant import Tenant

HOUSE_RULES = """\
You are speaking on the telephone: one or two short sentences, no lists, no markup.
Say only what the facts or a tool told you; what you don't know, admit, and offer a call back.
You are an AI and say so when asked. Never claim to be a person, a pastor or a counsellor, and never promise secrecy.
When the caller asks for several things in one breath, answer each of them.
What has nothing to do with this business, you don't discuss: say kindly that you can't help with that on this line, and
ask what you can do for them.
Before you call a tool, ask for what it requires and the caller hasn't given yet, one thing at a time; never invent it.
A tool reads back what it understood and speaks its own result: after a tool call say nothing more about it.
A tool's result has a status. "confirm": it has read back, and the caller must say yes first. "wait": the caller must
answer an earlier question first. "stored": it is saved. "kept": it is noted and will be passed on later; it isn't saved
yet. "refused": it wasn't done. "failed": it can't be done now, and you don't try it again. "done": it was done before.
Whoever may be in danger, or thinks of self-harm, you tell at once to call or text 988, or 911 when it is urgent, and
you stay with them.
Never say that something was saved or sent unless a tool's result has status "stored".
When the caller says goodbye or wants nothing more, call end_call: it says goodbye and hangs up. Don't say goodbye
yourself."""
"""The same for every template."""

IN_CARE = (
    "The caller was in danger and has been told of 911 and 988. Stay with that, gently: ask whether they are safe, "
    "name the numbers again where they help, don't greet them and don't change the subject unless they do."
)
_GUIDE = "What callers want here, and what you do then. Say the quoted sentences so, or nearly so:"


def system_prompt(
    template: Template,
    name: str,
    tenant: Tenant,
    now: datetime,
    routes: Sequence[Target] = (),
    lacking: Collection[str] = (),
) -> str:
    """The instructions of the node `name`. `now` is UTC; the model reads the tenant's local time. `lacking`: tools that
    the call doesn't have.

    What all calls of a tenant share comes first and the time last, so that a provider's prompt cache finds the same
    beginning; behind it stand the agents that the model may pass the caller on to. What a missing fact keeps from being
    said is left out; of an intent's reply `unknown` takes the place.
    """
    node, facts = template.nodes[name], spoken_facts(tenant)
    return "\n\n".join(
        [
            sayable(template.persona, facts),
            HOUSE_RULES,
            "\n".join(
                ["Facts:", *(f"- {key}: {' '.join(facts[key].split())}" for key in sorted(facts) if facts[key].strip())]
            ),
            f"Role: {template.name}/{name}\n{sayable(node.instructions, facts)}{_spoken_in(template, name)}",
            guide(node, facts, (*lacking, *(() if tenant.people else (TRANSFER.name,)))),
            *_people(node, tenant),
            time_there(tenant, now),
            *([_agents(routes)] if routes and ROUTE in node.tools else []),
        ]
    )


def _spoken_in(template: Template, name: str) -> str:
    """The language that the node speaks, unless all of its template is English, as the prompt is."""
    there, own = primary(template.language_in(name)), primary(template.language)
    return "" if there == own == "en" else f"\nHere you speak {NAMES.get(there, there)}, whatever was spoken before."


def _agents(routes: Sequence[Target]) -> str:
    """The list by which an orchestrator's model chooses (OT-23, OT-24)."""
    lines = [f"- {each.template}: {each.name}. {' '.join(each.description.split())}" for each in routes]
    return "\n".join([f"Agents that you can pass the caller on to by {ROUTE}:", *lines])


def _people(node: Node, tenant: Tenant) -> list[str]:
    if TRANSFER.name not in node.tools or not tenant.people:
        return []
    listed = (f"{each.name} ({each.queue})" if each.queue else each.name for each in tenant.people)
    return [f"Callers may be put through by {TRANSFER.name} to: {', '.join(listed)}."]


def standing(conversation: Conversation, briefing: Sequence[str] = ()) -> str:
    """What has changed since the node's prompt was written: the model reads it last, before it answers."""
    recorded = "is being recorded" if conversation.recording_enabled else "is not being recorded"
    passed_on = ", ".join(conversation.stored_kinds) or "nothing"
    care = f" {IN_CARE}" if conversation.in_care else ""
    known = f" As the call began: {' '.join(briefing)} A tool knows it newer." if briefing else ""
    return f"At this moment the call {recorded}. Saved in this call so far: {passed_on}.{care}{known}"


def guide(node: Node, facts: dict[str, str], lacking: Collection[str] = ()) -> str:
    """What the model does about each intent of `node`, a line each, and about anything else.

    `lacking`: tools that aren't offered, with whose intents it has nothing to do.
    """
    unknown = f'"{unknown_line(node, facts)}"'
    if LOOK_UP in node.tools:
        unknown = f"call {LOOK_UP} for a question; where that finds nothing, {unknown}"
    served = [intent for intent in node.intents if intent.tool not in lacking]
    lines = [f"- {intent.name.replace('_', ' ')}: {_effect(intent, facts, unknown)}" for intent in served]
    return "\n".join([_GUIDE, *lines, f"- anything else: {unknown}"])


def unknown_line(node: Node, facts: dict[str, str]) -> str:
    """What the agent says in `node` to what it doesn't know."""
    return sayable(node.unknown, facts) or HOUSE_UNKNOWN


def _effect(intent: Intent, facts: dict[str, str], unknown: str) -> str:
    if intent.reply is not None:
        return f'"{said}"' if (said := sayable(intent.reply, facts)) else unknown
    return f"call {intent.tool or move_tool(intent.go or '')}"
