"""Reads the settings from the environment and from overrides: all that is missing or wrong is reported together."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import SecretStr, ValidationError

from shared.config.group import Group
from shared.config.notices import ChatSettings, MailSettings, SmsSettings
from shared.config.settings import (
    BackupStorage,
    CarrierSettings,
    LiveKitSettings,
    PostgresSettings,
    RecordingStorage,
    RedisSettings,
    SentrySettings,
    Settings,
    SheetsSettings,
    SigningSettings,
    SipLoginSettings,
    SipOutSettings,
    SpeechSettings,
    SupabaseSettings,
    UpstashSettings,
)
from shared.errors import ConfigError

Need = Literal["database", "redis", "speech", "livekit", "signing", "carrier"]
EVERYTHING: tuple[Need, ...] = ("database", "redis", "speech")
"""What a call needs on any line; one in a room needs LiveKit too."""

Given = Mapping[str, Any]
"""Environment variables with their values, overrides included; one without a value isn't in it."""


def load_settings(needs: Collection[Need] = EVERYTHING, **overrides: Any) -> Settings:
    """The settings by the environment, with `overrides` before it (None: as if the variable weren't set).

    Raises one `ConfigError` that names all that is missing or malformed, each with its variable and remedy. `needs`:
    the groups that must be there; every other one is whole or absent.
    """
    problems = [f"{name}: there is no such setting" for name in overrides if name not in VARIABLES]
    given = _given(overrides)
    values = {name: value for name, value in given.items() if name in _names(Settings)}
    for name, ways in _GROUPS.items():
        values[name] = _group(name, ways, given, name in needs, problems)
    settings = _validated(Settings, values, problems)
    livekit, signing = values["livekit"], values["signing"]
    if livekit and signing and livekit.api_secret.get_secret_value() in signing.listed:
        problems.append(f"signing_keys: LiveKit's secret is no key of the stage's own: {_HINTS[_SIGNING_KEYS]}")
    if settings is not None and not problems:
        problems += _contradictions(settings)
    if problems or settings is None:
        raise ConfigError("the settings can't be used:\n" + "\n".join(f"  - {problem}" for problem in problems))
    return settings


def _contradictions(settings: Settings) -> list[str]:
    """What one group lacks of another."""
    found: list[str] = []
    if settings.egress and (lacking := [name for name in ("livekit", "recordings") if getattr(settings, name) is None]):
        variables = [each for name in lacking for each in _required(_GROUPS[name][0].kind)]
        found.append(f"egress can't record: set {_and(variables)}, or unset PICKUP_EGRESS")
    if not settings.takes_direct_calls and settings.sip_login is None:
        variables = _required(SipLoginSettings)
        found.append(
            f"call control lacks the login of its SIP trunk, which would be open to everybody: set {_and(variables)}"
        )
    return found


def needed_variables(needs: Collection[Need]) -> list[str]:
    """The environment variables that meet these needs; of two ways to a store, the direct one's."""
    return [name for need in needs for name in _required(_GROUPS[need][0].kind)]


def overrides_of(settings: Settings) -> dict[str, Any]:
    """The overrides that `load_settings` makes the same settings of; None for what they leave unset."""
    groups: list[Group | None] = [settings, *(getattr(settings, name) for name in _GROUPS)]
    plain: dict[str, Any] = dict.fromkeys(VARIABLES)
    for group in filter(None, groups):
        for field in group.model_fields_set - _GROUPS.keys():
            value = getattr(group, field)
            name = _override(_variable(type(group), field))
            plain[name] = value.get_secret_value() if isinstance(value, SecretStr) else value
    return plain


def changed(settings: Settings, **overrides: Any) -> Settings:
    """The same settings, but for these overrides."""
    return load_settings((), **overrides_of(settings) | overrides)


def as_environment(overrides: dict[str, Any]) -> dict[str, str]:
    """This process's environment, in which a child reads these overrides as its own settings."""
    own = {VARIABLES[name]: str(value) for name, value in overrides.items() if value is not None}
    return dict(os.environ) | own


def live_keys() -> dict[str, Any]:
    """The real speech providers' keys, as overrides; raises `ConfigError` naming those that aren't set."""
    given, names = _given({}), _required(SpeechSettings)
    if missing := [name for name in names if name not in given]:
        raise ConfigError(f"the real providers can't be used:\n  - {_missing(missing)}")
    return {_override(name): given[name] for name in names}


@dataclass(frozen=True)
class _Way:
    """One way to reach an outside party."""

    kind: type[Group]
    begun_by: Collection[str] | None = None
    """The variables that announce it, so that it must be whole; None: any that it requires. Keys that people have in
    their shells for other programs announce nothing."""


_GROUPS: dict[str, tuple[_Way, ...]] = {
    "database": (_Way(PostgresSettings), _Way(SupabaseSettings)),
    "redis": (_Way(RedisSettings), _Way(UpstashSettings)),
    "livekit": (_Way(LiveKitSettings),),
    "signing": (_Way(SigningSettings),),
    "carrier": (_Way(CarrierSettings),),
    "sip_login": (_Way(SipLoginSettings),),
    "sip_out": (_Way(SipOutSettings),),
    "speech": (_Way(SpeechSettings, begun_by=()),),
    "recordings": (_Way(RecordingStorage, begun_by=("RECORDING_STORAGE",)),),
    "backup": (_Way(BackupStorage),),
    "sentry": (_Way(SentrySettings),),
    "sheets": (_Way(SheetsSettings),),
    "sms": (_Way(SmsSettings),),
    "mail": (_Way(MailSettings),),
    "chat": (_Way(ChatSettings),),
}
"""By the field of `Settings`; of several whole ways the first is taken."""


def _group(name: str, ways: tuple[_Way, ...], given: Given, is_needed: bool, problems: list[str]) -> Group | None:
    """Adds to `problems` what keeps the group from being whole."""
    for way in ways:
        if all(required in given for required in _required(way.kind)):
            return _validated(way.kind, {each: given[each] for each in _names(way.kind) if each in given}, problems)
    for way in reversed(ways):
        begun = [each for each in _required(way.kind) if each in given]
        announced = begun if way.begun_by is None else [each for each in begun if each in way.begun_by]
        if announced or (is_needed and begun):
            missing = [each for each in _required(way.kind) if each not in given]
            instead = f", or {_and(_required(ways[0].kind))}" if way is not ways[0] else ""
            problems.append(f"{_missing(missing)} ({_and(begun)} {_is(begun)} set){instead}")
            return None
    if is_needed:
        others = "".join(f", or both {_and(_required(way.kind))}" for way in ways[1:])
        problems.append(f"{_missing(_required(ways[0].kind))}{others}")
    return None


def _validated(kind: type[Any], values: Given, problems: list[str]) -> Any:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            # an error that only follows from another one says nothing
            if item["type"] != "default_factory_not_called":
                message = item["msg"].removeprefix("Value error, ")
                problems.append(_explained(str(item["loc"][0]), item["type"], message))
        return None


_SIGNING_KEYS = "PICKUP_SIGNING_KEYS"
_HINTS = {
    _SIGNING_KEYS: "set PICKUP_SIGNING_KEYS to what `openssl rand -hex 32` prints, a stage's own",
    "PICKUP_STAGE": "set PICKUP_STAGE to local, production or preview-<slug> (lower-case letters, digits and dashes)",
    "PICKUP_RELEASE": "set PICKUP_RELEASE to the commit that is deployed",
    "PICKUP_SIP_PASSWORD": "set PICKUP_SIP_PASSWORD to what  openssl rand -hex 24  prints",
}


def _explained(name: str, kind: str, message: str) -> str:
    remedy = _HINTS.get(name, f"mend {name}")
    return f"{_override(name)} is missing: {remedy}" if kind == "missing" else f"{_override(name)}: {message}: {remedy}"


def _missing(names: list[str]) -> str:
    remedy = _HINTS.get(names[0], "") if len(names) == 1 else ""
    return f"{_and([_override(name) for name in names])} {_is(names)} missing: {remedy or f'set {_and(names)}'}"


def _and(names: Collection[str]) -> str:
    return " and ".join(names)


def _is(names: Collection[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _given(overrides: Given) -> dict[str, Any]:
    given: dict[str, Any] = {name: value for name in VARIABLES.values() if (value := os.environ.get(name))}
    for name, value in overrides.items():
        if name in VARIABLES:
            given[VARIABLES[name]] = value
    return {name: value for name, value in given.items() if value is not None and value != ""}


def _variable(kind: type[Group], field: str) -> str:
    return str(kind.model_fields[field].validation_alias)


def _override(name: str) -> str:
    return name.removeprefix("PICKUP_").lower()


def _names(kind: type[Group]) -> list[str]:
    return [_variable(kind, field) for field in kind.model_fields if field not in _GROUPS]


def _required(kind: type[Group]) -> list[str]:
    return [_variable(kind, field) for field, info in kind.model_fields.items() if info.is_required()]


VARIABLES: dict[str, str] = {
    _override(name): name
    for kind in (Settings, *(way.kind for ways in _GROUPS.values() for way in ways))
    for name in _names(kind)
}
"""Every setting's environment variable, by its name in overrides."""
