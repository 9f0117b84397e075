"""What answers a call: a template as the call runs it, for a tenant; and those that a handoff may lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.businesses.business import Business
from agent.conversation.phrases import phrases_of
from shared.domain.facts import spoken_facts
from shared.domain.template import Node, Phrases, Target, Template, elsewhere
from shared.domain.tenant import Tenant
from shared.domain.traversal import Answering


@dataclass(frozen=True)
class Serving:
    """A template as a call runs it."""

    business: Business
    template: Template
    """With the payload's values filled in."""
    tenant: Tenant
    version: str | None
    """A number, or `rollout.SHIPPED`."""

    @cached_property
    def facts(self) -> dict[str, str]:
        return spoken_facts(self.tenant)

    @cached_property
    def phrases(self) -> Phrases:
        """The template's and the tenant's, with the tenant's facts filled in."""
        return phrases_of(self.template, self.tenant, self.facts)

    @property
    def answering(self) -> Answering:
        return Answering(self.tenant.tenant_id, self.template.name, self.version)


Prepared = Mapping[str, Serving]
"""The templates that the call may be handed to, by name."""


def routes_of(template: Template, prepared: Prepared) -> tuple[Target, ...]:
    """Where the model may hand the call: to each listed template; nowhere, where one of them isn't prepared (OT-28)."""
    return template.targets if all(each.template in prepared for each in template.targets) else ()


def passable(template: Template, prepared: Prepared) -> Template:
    """The template without the intents that lead to a node of a template that isn't prepared."""

    def open_(goal: str | None) -> bool:
        return goal is None or (there := elsewhere(goal)) is None or is_ready(there, prepared)

    def of_node(node: Node) -> Node:
        return node.model_copy(update={"intents": tuple(each for each in node.intents if open_(each.go))})

    if not template.leads_to:
        return template
    return template.model_copy(update={"nodes": {name: of_node(node) for name, node in template.nodes.items()}})


def is_ready(there: tuple[str, str], prepared: Prepared) -> bool:
    """Whether the call can go to this node of this template."""
    template, node = there
    return template in prepared and node in prepared[template].template.nodes
