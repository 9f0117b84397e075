"""A worker prepares the published versions of templates before calls need them: read, checked, phrases synthesised."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from shared.domain.rollout import ALERT
from shared.domain.setup import fit
from shared.domain.tenant import Tenant, house
from shared.errors import DirectoryError, StoreError, TemplateError
from shared.ports import Alert
from shared.services import Services

if TYPE_CHECKING:
    from shared.domain.template import Template

log = structlog.get_logger(__name__)

EVERY_SECONDS = 30.0
MOST_AUDIO_BYTES = 256 * 1024 * 1024
"""Of all phrases: some thousand. Those that were used longest ago are removed."""

Prepared = dict[tuple[str, int, str], Tenant]
"""Template, version and tenant, with the facts that were spoken."""


async def watch_versions(services: Services, every_seconds: float = EVERY_SECONDS) -> None:
    """Until it is cancelled."""
    prepared: Prepared = {}
    while True:
        try:
            prepared = await prepare_versions(services, prepared)
        except (StoreError, DirectoryError) as error:
            # calls go on with what is on the disk; the next round tries again
            log.warning("versions not prepared", action="prepare_versions", error=str(error))
        await asyncio.sleep(every_seconds)


async def prepare_versions(services: Services, prepared: Prepared) -> Prepared:
    """Prepare each version that serves a number of the stage; alert for those that can't be used. Returns what is
    prepared now, for the next time. Raises `StoreError` and `DirectoryError`."""
    setups = await services.directory.setups(services.settings.stage)
    tenants: dict[str, dict[str, Tenant]] = {}
    for setup in setups.numbers:
        tenant = setup.tenant if setup.route == "tenant" else house(services.settings.timezone)
        if tenant is not None and setup.template:
            tenants.setdefault(setup.template, {})[tenant.tenant_id] = tenant
    alerts: list[Alert] = []
    now: Prepared = {}
    for name, mine in tenants.items():
        for version, template in (await _serving(name, services, alerts)).items():
            if lacking := [line for each in mine.values() for line in _lacking(each, template)]:
                alerts.append(_unfit(name, version, lacking))
            wanted: Prepared = {(name, version, each): tenant for each, tenant in mine.items()}
            new = [tenant for key, tenant in wanted.items() if prepared.get(key) != tenant]
            if new:
                await _synthesise(template, new, services)
            now |= wanted
    await _keep_alerts(alerts, services)
    return now


async def _serving(name: str, services: Services, alerts: list[Alert]) -> "dict[int, Template]":
    """The usable versions that serve now; an alert for each of the others. Raises `StoreError`."""
    rollout = await services.templates.rollout(name)
    numbers = rollout.serving if rollout else ()
    if not numbers:
        return {}
    from agent.businesses.business import business_of
    from agent.businesses.versions import read_version, unusable

    found: dict[int, Template] = {}
    for version in sorted(numbers):
        try:
            found[version] = await read_version(business_of(name), version, services.templates)
        except TemplateError as error:
            alerts.append(unusable(name, version, str(error), "the version before"))
    return found


def _lacking(tenant: Tenant, template: "Template") -> list[str]:
    return [f"{tenant.name}: {each.where}: {each.what}. Mend: {each.remedy}" for each in fit(tenant, template)]


def _unfit(name: str, version: int, lacking: list[str]) -> Alert:
    title = f"Version {version} of the template {name} doesn't fit all its tenants: sentences are left out"
    return Alert(f"{ALERT}{name}:{version}:fit", "notice", title, fields={"lacking": lacking})


async def _keep_alerts(alerts: Iterable[Alert], services: Services) -> None:
    """Raise those that aren't open yet, and close those of versions that serve no more or are usable again."""
    known = {each.key for each in await services.alerts.open_alerts() if each.key.startswith(ALERT)}
    broken = {each.key: each for each in alerts}
    for key in broken.keys() - known:
        await services.alerts.raise_(broken[key])
    for key in known - broken.keys():
        await services.alerts.close(key)


async def _synthesise(template: "Template", tenants: Iterable[Tenant], services: Services) -> None:
    """Write the phrases' audio to the disk that the worker's calls read. One that fails is made during its call."""
    speech = services.settings.speech
    if speech is None:
        return
    from agent.conversation.phrases import phrases_of, spoken_later
    from agent.speech.engines import preparing_mouth
    from agent.speech.phrases import FixedPhrases, prune
    from shared.domain.facts import spoken_facts

    folder = services.settings.data_dir / "voices"
    for voice in template.voices:
        async with preparing_mouth(speech, voice) as mouth:
            for tenant in tenants:
                facts = spoken_facts(tenant)
                phrases = phrases_of(template, tenant, facts)
                spoken = FixedPhrases(mouth, voice, folder, facts, "")
                await spoken.prepare([phrases.greeting, *spoken_later(phrases)])
    await asyncio.to_thread(prune, folder, MOST_AUDIO_BYTES)
