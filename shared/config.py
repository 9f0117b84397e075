"""Settings: the only place that reads environment variables."""

import os
import re
import subprocess
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import ConfigError

STAGE_PATTERN = r"^(local|production|preview-[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)$"

Need = Literal["database", "redis", "speech", "livekit", "carrier"]
EVERYTHING: tuple[Need, ...] = ("database", "redis", "speech")
"""What a call needs on any line; one in a room needs LiveKit too."""


def data_dir() -> Path:
    """Where this machine keeps what must outlive a process: PICKUP_DATA_DIR, else `.pickup` in the checkout or here."""
    if chosen := os.environ.get("PICKUP_DATA_DIR"):
        return Path(chosen).expanduser().absolute()
    root = Path(__file__).resolve().parents[1]
    return (root if (root / "pyproject.toml").exists() else Path.cwd()) / ".pickup"


def cache_dir() -> Path:
    """Where this user keeps what is made once for all checkouts: the phone rig's programs."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "pickup"


def release() -> str:
    """The commit that runs: PICKUP_RELEASE, else what git says of the checkout, else `unversioned`."""
    if told := os.environ.get("PICKUP_RELEASE"):
        return told
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).resolve().parent,
            capture_output=True,
            text=True,
            timeout=2,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unversioned"
    return answer.stdout.strip() or "unversioned"


def deployed_stage() -> str:
    """The stage that is deployed: PICKUP_STAGE. Raises `ConfigError` where that is none that can be."""
    told = os.environ.get("PICKUP_STAGE", "")
    if told == "local" or not re.fullmatch(STAGE_PATTERN, told):
        remedy = "set PICKUP_STAGE to production or preview-<slug> (lower-case letters, digits and dashes)"
        raise ConfigError(f"{f'no stage that is deployed: {told!r}' if told else 'no stage is named'}: {remedy}")
    return told


def pg_bin() -> Path | None:
    """The folder of Postgres' programs, where PG_BIN names one instead of the wheel's."""
    return _path("PG_BIN")


def redis_bin() -> Path | None:
    """A redis-server program, where REDIS_BIN names one instead of the wheel's."""
    return _path("REDIS_BIN")


def _path(variable: str) -> Path | None:
    told = os.environ.get(variable)
    return Path(told).expanduser().absolute() if told else None


def under_ci() -> bool:
    """Whether a tool that is missing is a failure: CI=true."""
    return os.environ.get("CI", "").lower() in ("true", "1")


class Settings(BaseSettings):
    """All of them, frozen. Ours are read from PICKUP_<NAME>, vendors' from the name that the vendor uses."""

    model_config = SettingsConfigDict(
        env_prefix="PICKUP_", env_ignore_empty=True, frozen=True, extra="forbid", populate_by_name=True
    )

    stage: Annotated[str, Field(pattern=STAGE_PATTERN)]
    """`local`, `production` or `preview-<slug>`. There is no default: a forgotten stage must not become production."""
    release: str = Field(default_factory=release, min_length=1)

    data_dir: Path = Field(default_factory=data_dir)
    recordings_dir: Path = Field(default_factory=lambda values: values["data_dir"] / "recordings")

    egress: bool = False
    """Whether LiveKit's egress records calls in rooms, to `recording_storage`; else, and where it fails, the agents."""
    recording_storage: str | None = Field(default=None, validation_alias="RECORDING_STORAGE", pattern="^s3://[^/]+")
    """`s3://bucket/folder`: where egress puts its files."""
    aws_access_key_id: str | None = Field(default=None, validation_alias="AWS_ACCESS_KEY_ID")
    aws_secret_access_key: SecretStr | None = Field(default=None, validation_alias="AWS_SECRET_ACCESS_KEY")
    aws_region: str = Field(default="us-east-1", validation_alias="AWS_REGION")
    aws_endpoint_url: str | None = Field(default=None, validation_alias="AWS_ENDPOINT_URL")
    """None: Amazon's own. Another store is asked in path style."""

    database_url: SecretStr | None = None
    """A Postgres DSN; it is used rather than Supabase's API where both are set."""
    database_pooler: bool = False
    """Whether a transaction pooler is in front: prepared statements aren't kept then."""
    supabase_url: str | None = Field(default=None, validation_alias="SUPABASE_URL")
    supabase_service_role_key: SecretStr | None = Field(default=None, validation_alias="SUPABASE_SERVICE_ROLE_KEY")

    redis_url: SecretStr | None = None
    """A Redis URL; it is used rather than Upstash's API where both are set."""
    upstash_redis_rest_url: str | None = Field(default=None, validation_alias="UPSTASH_REDIS_REST_URL")
    upstash_redis_rest_token: SecretStr | None = Field(default=None, validation_alias="UPSTASH_REDIS_REST_TOKEN")

    livekit_url: str | None = Field(default=None, validation_alias="LIVEKIT_URL")
    """`ws://` or `wss://`."""
    livekit_api_key: str | None = Field(default=None, validation_alias="LIVEKIT_API_KEY")
    livekit_api_secret: SecretStr | None = Field(default=None, validation_alias="LIVEKIT_API_SECRET")
    sip_host: str | None = None
    """Where the carrier sends calls for the agents: host, and port where it isn't 5060, of LiveKit's SIP service."""
    sip_peers: str = ""
    """Addresses or networks, by commas, that LiveKit takes calls from: the carrier's. Empty: from anywhere."""
    public_url: str | None = None
    """Where our webhooks are reached from outside, `https://…`: for what the carrier fetches from us."""

    telnyx_api_key: SecretStr | None = Field(default=None, validation_alias="TELNYX_API_KEY")
    telnyx_public_key: str | None = Field(default=None, validation_alias="TELNYX_PUBLIC_KEY")
    """Ed25519, base64: what its webhooks are signed with."""
    telnyx_base_url: str | None = Field(default=None, validation_alias="TELNYX_BASE_URL")
    """None: Telnyx's own."""

    worker_calls: int = Field(default=4, ge=1)
    """How many calls a worker takes at once: on 2 cores with the lab's speech engines beside it, 4 are still whole."""

    deepgram_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="DEEPGRAM_API_KEY")
    deepgram_base_url: str | None = Field(default=None, validation_alias="DEEPGRAM_BASE_URL")
    openai_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    llm_model: str = "gpt-4o-mini"
    stt_silence_seconds: float = Field(default=4.0, gt=0)
    """Speech was there and no words came for this long: the recogniser is silent."""
    llm_silence_seconds: float = Field(default=2.5, gt=0)
    """A language model that sends nothing for this long has failed."""
    tts_silence_seconds: float = Field(default=1.5, gt=0)
    """A synthesiser that sends nothing for this long has failed."""

    sentry_dsn: SecretStr | None = Field(default=None, validation_alias="SENTRY_DSN")

    @property
    def livekit_secret(self) -> str:
        """Of settings that were loaded with the need of LiveKit."""
        assert self.livekit_api_secret is not None, "the settings were loaded without the need of LiveKit"
        return self.livekit_api_secret.get_secret_value()


def load_settings(needs: Collection[Need] = EVERYTHING, **overrides: Any) -> Settings:
    """The settings by environment, with `overrides` (by field name) before it.

    Raises one `ConfigError` that names all that is missing or malformed, each with its remedy. `needs` says which
    outside parties must be configured.
    """
    problems: list[str] = []
    settings: Settings | None = None
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        problems += [
            _explained(_field_of(item["loc"]), item["type"], item["msg"])
            for item in error.errors()
            if item["type"] != "default_factory_not_called"  # it only follows from another error
        ]
    problems += [problem for need in _MISSING if need in needs if (problem := _MISSING[need](overrides))]
    if problems or settings is None:
        raise ConfigError("the settings can't be used:\n" + "\n".join(f"  - {problem}" for problem in problems))
    return settings


def needed_variables(needs: Collection[Need]) -> list[str]:
    """The environment variables that meet these needs; of two ways to a store, the direct one's."""
    return [_variable(name) for need in needs for name in _NEEDED[need]]


def as_environment(overrides: dict[str, Any]) -> dict[str, str]:
    """This process's environment, in which a child reads these settings (by field name) as its own."""
    told = {_variable(name): str(value) for name, value in overrides.items() if value is not None}
    return dict(os.environ) | told


def live_keys() -> dict[str, Any]:
    """The real speech providers' keys, as overrides; raises `ConfigError` naming those that aren't set."""
    if problem := _MISSING["speech"]({}):
        raise ConfigError(f"the real providers can't be used:\n  - {problem}")
    return {name: os.environ[_variable(name)] for name in ("deepgram_api_key", "openai_api_key")}


_HINTS = {
    "stage": "set PICKUP_STAGE to local, production or preview-<slug> (lower-case letters, digits and dashes)",
    "release": "set PICKUP_RELEASE to the commit that is deployed",
}


def _variable(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"PICKUP_{name.upper()}"


def _field_of(location: tuple[int | str, ...]) -> str:
    """The field's name: an error gives the alias where there is one."""
    told = str(location[0]) if location else ""
    return next((name for name in Settings.model_fields if told in (name, _variable(name))), told)


def _explained(name: str, kind: str, message: str) -> str:
    if name not in Settings.model_fields:
        return f"{name}: there is no such setting"
    remedy = _HINTS.get(name, f"mend {_variable(name)}")
    return f"{name} is missing: {remedy}" if kind == "missing" else f"{name}: {message}: {remedy}"


def _has(name: str, overrides: dict[str, Any]) -> bool:
    return bool(overrides[name] if name in overrides else os.environ.get(_variable(name)))


def _store_missing(direct: str, url: str, secret: str, overrides: dict[str, Any]) -> str | None:
    if _has(direct, overrides) or (_has(url, overrides) and _has(secret, overrides)):
        return None
    halves = [name for name in (url, secret) if not _has(name, overrides)]
    if len(halves) == 1:
        return f"{halves[0]} is missing: set {_variable(halves[0])} (its counterpart is set), or {_variable(direct)}"
    return f"{direct} is missing: set {_variable(direct)}, or both {_variable(url)} and {_variable(secret)}"


def _all_missing(*names: str) -> Callable[[dict[str, Any]], str | None]:
    """A need of all these settings."""

    def problem(overrides: dict[str, Any]) -> str | None:
        lacking = [name for name in names if not _has(name, overrides)]
        if not lacking:
            return None
        variables = " and ".join(_variable(name) for name in lacking)
        return f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing: set {variables}"

    return problem


_NEEDED: dict[Need, tuple[str, ...]] = {
    "database": ("database_url",),
    "redis": ("redis_url",),
    "speech": ("deepgram_api_key", "openai_api_key"),
    "livekit": ("livekit_url", "livekit_api_key", "livekit_api_secret"),
    "carrier": ("telnyx_api_key", "telnyx_public_key", "sip_host", "public_url"),
}
"""The fields that meet a need; of two ways to a store, the direct one."""

_MISSING: dict[Need, Callable[[dict[str, Any]], str | None]] = {
    "database": lambda given: _store_missing("database_url", "supabase_url", "supabase_service_role_key", given),
    "redis": lambda given: _store_missing("redis_url", "upstash_redis_rest_url", "upstash_redis_rest_token", given),
    **{need: _all_missing(*_NEEDED[need]) for need in ("speech", "livekit", "carrier")},
}
