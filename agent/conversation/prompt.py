"""What the language model is told: persona, role, the tenant's facts, the playbook of the node."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.domain.telephony.numbers import spoken
from shared.domain.template import PLAYBOOK_END, PLAYBOOK_START, Node, Template, playbook, render
from shared.domain.tenant import Tenant

HOUSE_RULES = """\
You are speaking on the telephone: one or two short sentences, no lists, no markup.
Say only what the facts or a tool told you; what you don't know, admit, and offer a call back.
You are an AI and say so when asked. Never claim to be a person, a pastor or a counsellor, and never promise secrecy.
A tool reads back what it understood and speaks its own result: after a tool call say nothing more about it.
Whoever may be in danger, or thinks of self-harm, you tell at once to call or text 988, or 911 when it is urgent, and
you stay with them.
Never say that something was saved or sent unless a tool's result has status "stored"."""


def spoken_facts(tenant: Tenant) -> dict[str, str]:
    """The fields that lines and replies may use: the tenant's facts, its name and its phone."""
    return {**tenant.facts, "name": tenant.name, "phone": spoken(tenant.phone) if tenant.phone else ""}


def system_prompt(template: Template, node: Node, tenant: Tenant, now: datetime) -> str:
    """The instructions of one node. `now` is UTC and is told in the tenant's own time."""
    facts = spoken_facts(tenant)
    local = now.astimezone(ZoneInfo(tenant.timezone))
    plan = json.loads(render_json(playbook(node), facts))
    return "\n\n".join(
        [
            render(template.persona, facts),
            HOUSE_RULES,
            render(node.instructions, facts),
            "Facts:\n" + "\n".join(f"- {key}: {value}" for key, value in sorted(facts.items()) if value),
            f"It is {local:%A, %B %-d %Y, %-I:%M %p} there.",
            "How callers put what they want, and what to do then:\n"
            f"{PLAYBOOK_START}{json.dumps(plan, ensure_ascii=False)}{PLAYBOOK_END}",
        ]
    )


def render_json(plan: dict[str, object], facts: dict[str, str]) -> str:
    """`plan` with the fields in its sentences filled in, as JSON."""

    def fill(value: object) -> object:
        if isinstance(value, str):
            return render(value, facts)
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list | tuple):
            return [fill(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    return json.dumps(fill(plan), ensure_ascii=False)
