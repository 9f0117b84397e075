"""Prepares the templates that a call may be handed to, beside its greeting: read, rendered, pinned, with voices."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent.businesses.business import business_of
from agent.businesses.versions import served_version
from agent.conversation.phrases import spoken_later
from agent.conversation.serving import Serving, is_ready
from agent.conversation.state import CallState
from agent.speech.engines import Voices
from shared.calls.alerting import CallAlerts
from shared.domain.conversation import Conversation
from shared.domain.rollout import numbered, version_for
from shared.domain.template import Voice, elsewhere
from shared.domain.tenant import Tier
from shared.domain.variables import rendered
from shared.errors import PickupError, TemplateError
from shared.observe import report
from shared.ports import Alert, Templates
from shared.services import Services

PREPARE_SECONDS = 3.0
"""For all of a call's targets together."""
MOST_TARGETS = 20
"""Templates that one call may be handed to, by whatever way."""
ALERT = "orchestrator:"
"""How the keys of the alerts begin, before the template's name."""


@dataclass
class Targets:
    """What became of the preparation."""

    ready: dict[str, Serving] = field(default_factory=dict[str, Serving])
    """By name; the template that the call began with is among them."""
    failed: dict[str, str] = field(default_factory=dict[str, str])
    """Why a template can't be used, by its name."""
    alerts: list[Alert] = field(default_factory=list[Alert])


@dataclass(frozen=True)
class TargetLoader:
    """Loads templates for one call."""

    templates: Templates
    caller: str
    """A comparing key, or the call's id where the caller is anonymous: by it a version is chosen."""
    pins: Mapping[str, str]
    """The versions that an earlier agent of the call has prepared."""
    payload: Mapping[str, Any]
    voice: Voice
    """Of the template that the call began with: one without a voice of its own speaks in it (OT-38)."""
    tier: Tier | None = None
    """The caller's, also where the call is handed to: nothing that is said changes it (DU-53)."""

    async def load(self, name: str, like: Serving, alerts: list[Alert]) -> Serving:
        """Raises `TemplateError`, `StoreError`."""
        business = business_of(name)
        if name in self.pins:
            number = numbered(self.pins[name])
        else:
            rollout = await self.templates.rollout(name)
            if rollout is not None and rollout.withdrawn:
                raise TemplateError(f"{name} is withdrawn")
            number = version_for(rollout, name, self.caller)
        served = await served_version(business, number, self.templates)
        filled = rendered(served.template, self.payload)
        if served.alert is not None:
            alerts.append(served.alert)
        if filled.lacking:
            alerts.append(lacking_variables(name, filled.lacking))
        template = filled.template
        if "voice" not in template.model_fields_set:
            template = template.model_copy(update={"voice": self.voice})
        try:
            return Serving(business, template.of_tier(self.tier), like.tenant, served.version)
        except ValueError as error:
            raise TemplateError(str(error)) from error

    async def prepare(self, origin: Serving) -> Targets:
        """All templates that the call may come to from this one, side by side. Raises nothing for one that fails."""
        targets = Targets({origin.template.name: origin})
        deadline = asyncio.get_running_loop().time() + PREPARE_SECONDS
        wanted = origin.template.leads_to
        while wanted:
            await asyncio.gather(*(self._prepare(name, origin, targets, deadline) for name in wanted))
            known = targets.ready.keys() | targets.failed.keys()
            further = (
                name for each in wanted if each in targets.ready for name in targets.ready[each].template.leads_to
            )
            wanted = tuple(name for name in dict.fromkeys(further) if name not in known)
        targets.alerts += [alert for each in targets.ready.values() if (alert := _cut_off(each, targets))]
        return targets

    async def _prepare(self, name: str, like: Serving, targets: Targets, deadline: float) -> None:
        if len(targets.ready) > MOST_TARGETS:
            targets.failed[name] = f"a call has {MOST_TARGETS} targets at most"
            return
        try:
            async with asyncio.timeout_at(deadline):
                targets.ready[name] = await self.load(name, like, targets.alerts)
        except TimeoutError:
            targets.failed[name] = f"not prepared within {PREPARE_SECONDS} s"
        except PickupError as error:
            targets.failed[name] = str(error)


def loading(
    state: CallState, loader: TargetLoader, voices: Voices
) -> Callable[[str, Serving, list[Alert]], Awaitable[Serving]]:
    """How a call gets a template that wasn't prepared, with its voices."""

    async def load(name: str, like: Serving, alerts: list[Alert]) -> Serving:
        serving = await loader.load(name, like, alerts)
        voices.add(serving.template)
        state.fixed_phrases.add(voices.preparing_others)
        return serving

    return load


async def prepare_targets(
    state: CallState, loader: TargetLoader, origin: Serving, voices: Voices, alerts: CallAlerts
) -> None:
    """Prepare what this template may lead to; then its nodes may hand the call on."""
    if not origin.template.leads_to:
        return
    targets = await loader.prepare(origin)
    if state.tenant.tenant_id != origin.tenant.tenant_id:
        # another tenant answers by now, whose own targets are prepared
        return
    for serving in targets.ready.values():
        voices.add(serving.template)
    state.fixed_phrases.add(voices.preparing_others)
    versions = {name: each.version for name, each in targets.ready.items() if each.version}
    state.change(pins=state.conversation.pins | versions)
    state.prepared = targets.ready
    if state.on_prepared is not None:
        await state.on_prepared()
    alerts.recovered(*({f"{ALERT}{name}" for name in targets.ready} - {each.key for each in targets.alerts}))
    for each in targets.alerts:
        alerts.add(each.key, each.severity, each.title, **(each.fields or {}))
    await alerts.send()
    for serving in targets.ready.values():
        for voice in serving.template.voices:
            await state.fixed_phrases.prepare(spoken_later(serving.phrases), voice)


async def resumed(
    begun: Conversation, origin: Serving, loader: TargetLoader, services: Services
) -> tuple[Serving, Conversation]:
    """What answers: the template that an earlier agent had handed the call to; where it can't be used any more, the one
    that the call began with."""
    if not begun.handoffs:
        return origin, replace(begun, template_version=origin.version)
    try:
        async with asyncio.timeout(PREPARE_SECONDS):
            tenant = origin.tenant
            if begun.tenant_id != tenant.tenant_id:
                tenant = await services.directory.tenant(begun.tenant_id)
            if tenant is None:
                raise TemplateError(f"the tenant {begun.tenant_id} is gone")
            return await loader.load(begun.template, replace(origin, tenant=tenant), []), begun
    except (PickupError, TimeoutError) as error:
        report(error, action="resume_template", call_id=begun.call_id)
        return origin, begun.handed_over(origin.answering, services.clock.now())


def lacking_variables(template: str, lacking: Iterable[str]) -> Alert:
    title = f"A call's payload lacks variables of the template {template}: sentences with them aren't said"
    return Alert(f"template_variables:{template}", "notice", title, fields={"lacking": list(lacking)})


def _cut_off(serving: Serving, targets: Targets) -> Alert | None:
    """The alert about a template that can't hand calls on as it should: it names each target that fails, and why."""
    template = serving.template
    why = [
        f"{t.template} ({t.name}): {targets.failed[t.template]}"
        for t in template.targets
        if t.template in targets.failed
    ]
    for node in template.nodes.values():
        for goal in (intent.go for intent in node.intents if intent.go):
            there = elsewhere(goal)
            if there and not is_ready(there, targets.ready):
                why.append(f"{goal}: {targets.failed.get(there[0], 'there is no such node')}")
    if not why:
        return None
    title = f"The template {template.name} can't hand calls on: they are answered, and go no further than it"
    return Alert(f"{ALERT}{template.name}", "page", title, fields={"failed": list(dict.fromkeys(why))})
