"""The language model's system prompt for one node: persona, house rules, the tenant's facts, the node, the time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.domain.telephony.numbers import spoken
from shared.domain.template import Intent, Node, Template, render
from shared.domain.tenant import Tenant

HOUSE_RULES = """\
You are speaking on the telephone: one or two short sentences, no lists, no markup.
Say only what the facts or a tool told you; what you don't know, admit, and offer a call back.
You are an AI and say so when asked. Never claim to be a person, a pastor or a counsellor, and never promise secrecy.
Before you call a tool, ask for what it requires and the caller hasn't given yet, one thing at a time; never invent it.
A tool reads back what it understood and speaks its own result: after a tool call say nothing more about it.
Whoever may be in danger, or thinks of self-harm, you tell at once to call or text 988, or 911 when it is urgent, and
you stay with them.
Never say that something was saved or sent unless a tool's result has status "stored"."""
"""The same for every template."""

_GUIDE = "What callers want here, and what you do then. Say the quoted sentences so, or nearly so:"


def spoken_facts(tenant: Tenant) -> dict[str, str]:
    """The fields that phrases and replies may use: the tenant's facts, its name and its phone."""
    return {**tenant.facts, "name": tenant.name, "phone": spoken(tenant.phone) if tenant.phone else ""}


def system_prompt(template: Template, name: str, tenant: Tenant, now: datetime) -> str:
    """The instructions of the node `name`. `now` is UTC; the model reads the tenant's local time.

    What all calls of a tenant share comes first and the time last, so that a provider's prompt cache finds the same
    beginning. Raises ValueError for a fact that the template uses and the tenant doesn't have.
    """
    node, facts = template.nodes[name], spoken_facts(tenant)
    return "\n\n".join(
        [
            render(template.persona, facts),
            HOUSE_RULES,
            "\n".join(["Facts:", *(f"- {key}: {' '.join(facts[key].split())}" for key in sorted(facts) if facts[key])]),
            f"Role: {template.name}/{name}\n{render(node.instructions, facts)}",
            guide(node, facts),
            f"It is {now.astimezone(ZoneInfo(tenant.timezone)):%A, %B %-d %Y, %-I:%M %p} there.",
        ]
    )


def guide(node: Node, facts: dict[str, str]) -> str:
    """What the model does about each intent of `node`, a line each, and about anything else."""
    lines = [f"- {intent.name.replace('_', ' ')}: {_effect(intent, facts)}" for intent in node.intents]
    return "\n".join([_GUIDE, *lines, f'- anything else: "{render(node.unknown, facts)}"'])


def _effect(intent: Intent, facts: dict[str, str]) -> str:
    if intent.reply is not None:
        return f'"{render(intent.reply, facts)}"'
    return f"call {intent.tool or f'go_to_{intent.go}'}"
