"""Checks the set-up of all numbers of a stage, and keeps one alert open for each that is broken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

import structlog

from shared.domain.setup import Finding, Granted, NumberSetup, Surroundings, Versions, check
from shared.domain.template import Template
from shared.ports import Alert, Alerts, Directory, TenantGrants

log = structlog.get_logger(__name__)

_KEY = "setup:"


@dataclass(frozen=True)
class Checked:
    """A number with what is wrong with it."""

    setup: NumberSetup
    findings: tuple[Finding, ...]

    @property
    def lines(self) -> list[str]:
        """Each finding in a sentence, with its remedy."""
        return [f"{each.where}: {each.what}. Mend: {each.remedy}" for each in self.findings]


@dataclass(frozen=True)
class Setups:
    """The numbers of one stage."""

    stage: str
    directory: Directory
    grants: TenantGrants | None = None
    """None: what tenants' functions may reach isn't checked."""

    async def check(self, templates: Mapping[str, Template | str], versions: Versions | None = None) -> list[Checked]:
        """Each active number, by its digits, held against these `Surroundings`.

        Raises `DirectoryError`, `StoreError`.
        """
        found = await self.directory.setups(self.stage)
        granted = await self._granted(found.numbers, templates, versions or {})
        around = Surroundings(templates, found.forwards, available_timezones(), versions or {}, granted)
        return [Checked(setup, check(setup, around)) for setup in found.numbers]

    async def _granted(
        self, numbers: Iterable[NumberSetup], templates: Mapping[str, Template | str], versions: Versions
    ) -> dict[str, Granted]:
        """Of the tenants whose templates have functions."""
        granted: dict[str, Granted] = {}
        for each in numbers:
            serving = (templates.get(each.template or ""), *versions.get(each.template or "", {}).values())
            asks = any(isinstance(template, Template) and template.requests for template in serving)
            if asks and self.grants and each.tenant_id and each.tenant_id not in granted:
                granted[each.tenant_id] = await granted_to(each.tenant_id, self.grants)
        return granted

    async def check_one(
        self, setup: NumberSetup, templates: Mapping[str, Template | str], versions: Versions | None = None
    ) -> Checked:
        """A number as it is to be written, with its tenant as the directory has it. Raises `DirectoryError`."""
        found = await self.directory.setups(self.stage)
        tenant = None if setup.tenant_id is None else await self.directory.tenant(setup.tenant_id)
        setup = replace(setup, tenant=tenant)
        forwards = {**found.forwards, setup.did: setup.forward_to if setup.fallback == "forward" else None}
        return Checked(setup, check(setup, Surroundings(templates, forwards, available_timezones(), versions or {})))


async def granted_to(tenant_id: str, grants: TenantGrants) -> Granted:
    """What a tenant's functions may reach, without the secrets themselves. Raises `StoreError`."""
    found = await grants.of(tenant_id)
    return Granted(found.hosts, frozenset(found.secrets))


async def alert_setups(checked: list[Checked], alerts: Alerts) -> None:
    """Raise an alert for each broken number, once as long as it is broken in the same way; close those of the others.

    Raises `StoreError`.
    """
    known = {alert.key: alert for alert in await alerts.open_alerts() if alert.key.startswith(_KEY)}
    broken = {each.setup.did: each for each in checked if each.findings}
    for did, each in broken.items():
        alert = _alert(each)
        before = known.get(alert.key)
        if before is None or (before.fields or {}).get("findings") != (alert.fields or {})["findings"]:
            log.warning("set-up is broken", action="setup", did=did, findings=[f.code for f in each.findings])
            await alerts.raise_(alert)
    for key in known.keys() - {f"{_KEY}{did}" for did in broken}:
        await alerts.close(key)


def _alert(checked: Checked) -> Alert:
    setup, findings = checked.setup, list(checked.findings)
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    title = f"The set-up of {setup.did} is broken: {findings[0].where}: {findings[0].what}{more}"
    return Alert(f"{_KEY}{setup.did}", "page", title, fields={"findings": checked.lines, "tenant_id": setup.tenant_id})
