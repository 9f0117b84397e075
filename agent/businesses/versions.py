"""The version of a template that serves a call: read and checked while the phone rings, and kept to the call's end."""

import asyncio
from dataclasses import dataclass

import structlog

from agent.businesses.business import Business, business_names, business_of
from agent.businesses.template_file import template_of
from shared.domain.rollout import ALERT, SHIPPED, label, stand_ins
from shared.domain.template import Template
from shared.errors import PickupError, StoreError, TemplateError
from shared.ports import Alert, Templates

log = structlog.get_logger(__name__)

LOAD_SECONDS = 2.0
"""The most that reading a version, and another one in its place, delays the answer; the phone rings meanwhile."""


@dataclass(frozen=True)
class Served:
    """The template of a call."""

    template: Template
    version: str
    """As the call records it: see `rollout.label`."""
    alert: Alert | None = None
    """Where it isn't the version that was wanted."""


async def served_version(business: Business, version: int | None, templates: Templates) -> Served:
    """This version of the business's template; where it can't be used, the newest one before it that can.

    The last resort is the shipped template, which needs no store. Raises `TemplateError` when that is bad too.
    """
    if version is None:
        return Served(business.template, SHIPPED)
    faults: list[str] = []
    try:
        async with asyncio.timeout(LOAD_SECONDS):
            found = await _usable(business, version, templates, faults)
    except TimeoutError:
        faults.append(f"not read within {LOAD_SECONDS} s")
        found = None
    template, number = found or (business.template, None)
    if number == version:
        return Served(template, label(version))
    fault, serves = "; ".join(faults), label(number)
    log.error("version not usable", action="template", template=business.name, version=version, fault=fault)
    return Served(template, serves, unusable(business.name, version, fault, serves))


async def _usable(
    business: Business, version: int, templates: Templates, faults: list[str]
) -> tuple[Template, int] | None:
    """The version, or the best of its stand-ins. None: the shipped one has to do."""
    try:
        return await read_version(business, version, templates), version
    except PickupError as error:
        faults.append(str(error))
    try:
        others = stand_ins(await templates.rollout(business.name), version)
    except StoreError as error:
        faults.append(str(error))
        return None
    for other in others:
        try:
            return await read_version(business, other, templates), other
        except PickupError as error:
            faults.append(str(error))
    return None


async def read_version(business: Business, version: int, templates: Templates) -> Template:
    """Raises `StoreError` where it can't be read, `TemplateError` where this release can't use it: it names a tool that
    the release lacks, or a setting of another release's."""
    source = f"{business.name} version {version}"
    body = await templates.body(business.name, version)
    if body is None:
        raise TemplateError(f"{source}: there is no such version")
    return template_of(body, source, business.tool_names)


async def published_versions(templates: Templates) -> dict[str, dict[str, Template | str]]:
    """The versions that serve a stage's calls now, by template and label; in place of one that can't be used, why.

    Raises `StoreError`.
    """
    found: dict[str, dict[str, Template | str]] = {}
    for name in business_names():
        rollout = await templates.rollout(name)
        for version in rollout.serving if rollout else ():
            try:
                served: Template | str = await read_version(business_of(name), version, templates)
            except TemplateError as error:
                served = str(error)
            found.setdefault(name, {})[label(version)] = served
    return found


def unusable(business: str, version: int, why: str, serves: str) -> Alert:
    """The alert about a version that was published and can't be used; `serves` is what its calls get."""
    title = f"Version {version} of the template {business} can't be used: its calls get {serves}"
    return Alert(f"{ALERT}{business}:{version}", "page", title, fields={"why": why, "serves": serves})
