"""The whole set-up of a number, checked before anybody calls it: what is wrong, where, and how to mend it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from shared.domain.announcements import announcements_by_language
from shared.domain.facts import spoken_facts
from shared.domain.functions import host_of, secrets_in
from shared.domain.languages import primary
from shared.domain.opening_hours import complaints
from shared.domain.telephony.numbers import caller_key, e164
from shared.domain.template import Template, fields, render, texts
from shared.domain.tenant import DEMO_PREFIX, OPENING_HOURS, Access, Fallback, Route, Tenant, house
from shared.domain.variables import named

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")
VOICE_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Of OpenAI's speech API."""


@dataclass(frozen=True)
class Finding:
    """One fault. It costs callers what `what` says, and no more."""

    code: str
    """Stable, lower_snake."""
    where: str
    """`tenant.facts.parking`, `number.forward_to` …"""
    what: str
    remedy: str


@dataclass(frozen=True)
class NumberSetup:
    """All that calls to one active number depend on, as it is written down."""

    did: str
    stage: str
    route: Route
    tenant_id: str | None
    template: str | None
    allowlist: tuple[str, ...] = ()
    fallback: Fallback = "announcement"
    forward_to: str | None = None
    tenant: Tenant | None = None
    """None: the number has none, or there is no such row."""
    access: Access = "open"


@dataclass(frozen=True)
class StageSetups:
    numbers: tuple[NumberSetup, ...]
    forwards: Mapping[str, str | None]
    """Every active number of ours that the reader may see, of any stage, and the number that it forwards to."""


@dataclass(frozen=True)
class Granted:
    """What a tenant's functions may reach."""

    hosts: frozenset[str]
    secrets: frozenset[str]
    """By name."""


Versions = Mapping[str, Mapping[str, Template | str]]


@dataclass(frozen=True)
class Surroundings:
    """What a set-up is held against, beside its own rows."""

    templates: Mapping[str, Template | str]
    """By name: the template, or why it can't be used. A name that isn't there has no template."""
    forwards: Mapping[str, str | None]
    """As `StageSetups`."""
    timezones: Collection[str] = field(default_factory=tuple[str, ...])
    """The names of all time zones that agents know (`zoneinfo.available_timezones`)."""
    versions: Versions = field(default_factory=dict[str, Mapping[str, Template | str]])
    """The published versions that serve callers, in the same way, by template and label."""
    granted: Mapping[str, Granted] = field(default_factory=dict[str, Granted])
    """By tenant; those of a tenant that isn't there aren't checked."""


def check(setup: NumberSetup, around: Surroundings) -> tuple[Finding, ...]:
    """What is wrong with the number, its tenant, its template, and with how they fit; empty: nothing."""
    template = around.templates.get(setup.template or "", "there is no such template")
    found = [*_number(setup, around), *_template(setup, template)]
    if setup.tenant is not None:
        found += _tenant(setup.tenant, around.timezones)
    answering = house("UTC") if setup.route != "tenant" else setup.tenant
    granted = around.granted.get(setup.tenant_id or "")
    if answering is not None and isinstance(template, Template):
        found += fit(answering, template, granted)
    for label, version in around.versions.get(setup.template or "", {}).items():
        found += list(_version(label, version, answering, granted, found))
    return tuple(found)


def _version(
    label: str,
    version: Template | str,
    answering: Tenant | None,
    granted: Granted | None,
    found: Collection[Finding],
) -> Iterator[Finding]:
    """What is wrong with a published version alone."""
    if isinstance(version, str):
        what = f"{version}; its callers get the version before"
        yield Finding("template_version", "number.template", what, "publish a usable version, or roll this one back")
        return
    for each in (*template_findings(version), *(fit(answering, version, granted) if answering else ())):
        if each not in found:
            yield replace(each, what=f"version {label}: {each.what}")


def _number(setup: NumberSetup, around: Surroundings) -> Iterator[Finding]:
    if setup.route == "tenant" and setup.tenant is None:
        what = "bound to nobody" if setup.tenant_id is None else f"there is no such tenant: {setup.tenant_id}"
        yield Finding("no_tenant", "number.tenant_id", what, f"pickup number bind {setup.did} --tenant ID")
    if setup.stage.startswith("preview-") and setup.tenant_id and not setup.tenant_id.startswith(DEMO_PREFIX):
        what = f"{setup.tenant_id} is none of the demo tenants, for whom alone a preview answers"
        yield Finding("not_demo", "number.tenant_id", what, f"bind one of {DEMO_PREFIX}…")
    for position, entry in enumerate(setup.allowlist, start=1):
        if not caller_key(entry):
            what = f"entry {position} is no telephone number, so it lets nobody in"
            yield Finding("allowlist_entry", f"number.allowlist[{position}]", what, "write it like +12065550142")
    if setup.access == "private" and not any(map(caller_key, setup.allowlist)):
        what = "a private number without anybody on its allowlist, so that nobody reaches what it is for"
        yield Finding("allowlist_empty", "number.allowlist", what, "add the owner's number")
    if setup.fallback == "forward":
        yield from _forward(setup, around.forwards)


def _forward(setup: NumberSetup, forwards: Mapping[str, str | None]) -> Iterator[Finding]:
    target, where = setup.forward_to, "number.forward_to"
    remedy = "forward to a telephone of the business, in E.164"
    if target is None or e164(target) != target:
        yield Finding("forward_target", where, f"{target or 'nothing'} can't be dialled", remedy)
        return
    met = [setup.did]
    while target is not None and target not in met:
        met.append(target)
        target = forwards.get(target)
    if target is not None:
        yield Finding("forward_loop", where, f"calls go round: {' -> '.join([*met, target])}", remedy)
    elif setup.forward_to in forwards:
        yield Finding("forward_ours", where, f"{setup.forward_to} is a number of ours: it rings here again", remedy)


def _template(setup: NumberSetup, template: Template | str) -> Iterator[Finding]:
    if isinstance(template, str):
        if setup.template is None and setup.route == "tenant" and setup.tenant_id is None:
            return
        name = setup.template or "no template"
        what = f"{name}: {template}; callers hear an apology"
        yield Finding("template", "number.template", what, "pickup template show  lists the templates")
        return
    yield from template_findings(template)


def template_findings(template: Template) -> Iterator[Finding]:
    """What is wrong with a template by itself, though calls can be answered with it."""
    if primary(template.language) not in announcements_by_language():
        yield _unspoken("template.language", template.language)
    for name, node in template.nodes.items():
        if node.language is not None and primary(node.language) not in announcements_by_language():
            yield _unspoken(f"template.nodes.{name}.language", node.language)
    for path, text in texts(template):
        try:
            render(named(text), dict.fromkeys(fields(text), "x"))
        except ValueError as error:
            yield Finding("braces", f"template.{path}", f"{error}; that sentence isn't said", "mend the template")
    own = {f"template.nodes.{name}.voice": node.voice for name, node in template.nodes.items() if node.voice}
    for where, voice in {"template.voice": template.voice, **own}.items():
        if voice.voice not in VOICES or voice.tts_model not in VOICE_MODELS:
            known = f"{', '.join(VOICES)} of {', '.join(VOICE_MODELS)}"
            what = f"no such voice: {voice.voice} of {voice.tts_model}"
            yield Finding("voice", where, what, f"use one of {known}")


def _tenant(tenant: Tenant, timezones: Collection[str]) -> Iterator[Finding]:
    if not tenant.name.strip():
        yield Finding("name", "tenant.name", "empty: callers hear an apology", "name the business")
    if tenant.timezone not in timezones:
        close = next((each for each in timezones if each.lower() == tenant.timezone.strip().lower()), None)
        what = f"no such time zone: {tenant.timezone!r}; calls go by the stage's"
        yield Finding("timezone", "tenant.timezone", what, f"set it to {close or 'an IANA name, America/Los_Angeles'}")
    if primary(tenant.language) not in announcements_by_language():
        yield _unspoken("tenant.language", tenant.language)
    if tenant.greeting is not None:
        try:
            said = render(tenant.greeting, {name: fact for name, fact in spoken_facts(tenant).items() if fact.strip()})
        except ValueError as error:
            remedy = "use facts that the tenant has, in braces"
            yield Finding("greeting", "tenant.greeting", f"{error}; the template's is said", remedy)
        else:
            if not said.strip():
                yield Finding("greeting", "tenant.greeting", "empty; the template's is said", "remove it")
    if tenant.phone and e164(tenant.phone) is None:
        yield Finding("phone", "tenant.phone", f"{tenant.phone!r} can't be dialled", "write it like +12065550100")
    if tenant.escalation_contact_email and not _EMAIL.fullmatch(tenant.escalation_contact_email):
        what = f"{tenant.escalation_contact_email!r} is no address: notices don't arrive"
        yield Finding("email", "tenant.escalation_contact_email", what, "write it like office@example.org")
    if (hours := tenant.extras.get(OPENING_HOURS)) is not None:
        for day, why in complaints(hours):
            where = f"tenant.extras.{OPENING_HOURS}{'.' + day if day else ''}"
            yield Finding("opening_hours", where, f"{why}; the agent doesn't say whether it is open", "mend the hours")


def fit(tenant: Tenant, template: Template, granted: Granted | None = None) -> Iterator[Finding]:
    """What is wrong between a tenant and a template that may each be right by themselves."""
    languages = {primary(tenant.language), primary(template.language)}
    if len(languages) > 1 and languages <= announcements_by_language().keys():
        what = f"the tenant speaks {tenant.language}, its template {template.language}"
        yield Finding("language", "number.template", what, f"bind a template in {tenant.language}")
    # an empty name is found with the tenant
    known = {"name"} | {name for name, fact in spoken_facts(tenant).items() if fact.strip()}
    lacking: dict[str, str] = {}
    for path, text in texts(template):
        for name in fields(text):
            if name not in known and not (path == "phrases.greeting" and tenant.greeting):
                lacking.setdefault(name, path)
    for name, path in lacking.items():
        where = f"tenant.{name}" if name == "phone" else f"tenant.facts.{name}"
        what = f"missing: {template.name}'s {path} can't be said"
        yield Finding("fact", where, what, f"write the fact {name!r} of {tenant.name or tenant.tenant_id}")
    if granted is not None:
        yield from ungranted(tenant.tenant_id, template, granted)


def ungranted(tenant_id: str, template: Template, granted: Granted) -> Iterator[Finding]:
    """What the template's functions need of the tenant's servers and may not have."""
    for where, function in template.requests:
        host = host_of(function.http.url)
        if host not in granted.hosts:
            what = f"{host} isn't among the tenant's hosts: callers hear that it isn't working"
            yield Finding("host", f"template.{where}", what, f"pickup tenant hosts add {tenant_id} {host}")
        for name in secrets_in(function):
            if name not in granted.secrets:
                what = f"the tenant has no secret {name!r}: callers hear that it isn't working"
                yield Finding("secret", f"template.{where}", what, f"pickup tenant secrets set {tenant_id} {name}")


def _unspoken(where: str, language: str) -> Finding:
    spoken_ones = ", ".join(announcements_by_language())
    return Finding("language", where, f"{language!r} isn't spoken here", f"use one of {spoken_ones}")


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
