"""The settings of a process: a frozen value with one group an outside party, each group absent or whole.

Each field names the environment variable that it is read from. Its name in overrides is the variable's in lower case,
without `PICKUP_`: `livekit_url` for LIVEKIT_URL, `database_url` for PICKUP_DATABASE_URL.
"""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from shared.config.group import Group, variable
from shared.config.machine import STAGE_PATTERN, data_dir, release
from shared.config.notices import ChatSettings, MailSettings, SmsSettings
from shared.config.speech import SpeechSettings
from shared.domain.telephony.peers import networks_of
from shared.domain.telephony.rooms import SipLogin, SipOut
from shared.domain.tenant import is_timezone
from shared.errors import ConfigError

_POOLER = re.compile(r"pooler\.|pgbouncer|:(?:6543|6432)\b|\bport=(?:6543|6432)\b", re.IGNORECASE)
"""In the address of a DSN: Supabase's or Neon's pooler by its name or port, PgBouncer by its own."""


class PostgresSettings(Group):
    """The database by a connection."""

    url: SecretStr = variable("PICKUP_DATABASE_URL")
    """A Postgres DSN."""
    pooler: bool | None = variable("PICKUP_DATABASE_POOLER", None)
    """Whether a transaction pooler is in front: prepared statements aren't kept then. None: by the address."""

    @property
    def pooler_unnamed(self) -> bool:
        """Whether the address is a pooler's, without `pooler` saying so."""
        parts = urlsplit(self.url.get_secret_value())
        address = f"{parts.netloc.rpartition('@')[2]}?{parts.query}"
        return self.pooler is None and bool(_POOLER.search(address))


class SupabaseSettings(Group):
    """The database by Supabase's API."""

    url: str = variable("SUPABASE_URL")
    service_role_key: SecretStr = variable("SUPABASE_SERVICE_ROLE_KEY")


class RedisSettings(Group):
    """Redis by a connection."""

    url: SecretStr = variable("PICKUP_REDIS_URL")


class UpstashSettings(Group):
    """Redis by Upstash's API."""

    url: str = variable("UPSTASH_REDIS_REST_URL")
    token: SecretStr = variable("UPSTASH_REDIS_REST_TOKEN")


class LiveKitSettings(Group):
    url: str = variable("LIVEKIT_URL")
    """`ws://` or `wss://`."""
    api_key: str = variable("LIVEKIT_API_KEY")
    api_secret: SecretStr = variable("LIVEKIT_API_SECRET")
    sip_peers: str = variable("PICKUP_SIP_PEERS", "")
    """The carrier's networks (`networks_of`), with commas between: LiveKit takes calls from no others, but for a caller
    who writes one of them into From. Empty: from anywhere."""

    @field_validator("sip_peers")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        return ",".join(networks_of(text))

    @property
    def peers(self) -> tuple[str, ...]:
        return networks_of(self.sip_peers)


class SipLoginSettings(Group):
    """The user and the password that LiveKit's trunk asks for, so that it takes calls from nobody else."""

    user: str = variable("PICKUP_SIP_USER")
    password: SecretStr = variable("PICKUP_SIP_PASSWORD")

    @field_validator("user")
    @classmethod
    def _is_user(cls, user: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", user):
            raise ValueError("a SIP user is 1 to 64 letters, digits, dots, dashes and underscores")
        return user

    @field_validator("password")
    @classmethod
    def _is_password(cls, password: SecretStr) -> SecretStr:
        # whoever sees one answer to a challenge can try passwords on it at leisure
        if not re.fullmatch(r"[A-Za-z0-9._~-]{20,128}", password.get_secret_value()):
            raise ValueError("a SIP password is 20 to 128 letters, digits, dots, dashes, underscores and tildes")
        return password

    @property
    def login(self) -> SipLogin:
        return SipLogin(self.user, self.password.get_secret_value())


class SipOutSettings(Group):
    """The carrier that takes our own calls, to the people whom callers are put through to."""

    host: str = variable("PICKUP_SIP_OUT_HOST", pattern=r"^[A-Za-z0-9.:-]+$")
    """Host, and port where it isn't 5060."""
    user: str = variable("PICKUP_SIP_OUT_USER", "")
    password: SecretStr = variable("PICKUP_SIP_OUT_PASSWORD", SecretStr(""))
    usd_per_minute: Decimal | None = variable("PICKUP_SIP_OUT_USD_PER_MINUTE", None, ge=0)
    """Its price; None: what such a call costs isn't known."""

    @property
    def out(self) -> SipOut:
        return SipOut(self.host, self.user, self.password.get_secret_value())


class SigningSettings(Group):
    """The secrets of the stage's own that its tokens are signed with, and numbers in its logs are hashed with."""

    keys: SecretStr = variable("PICKUP_SIGNING_KEYS")
    """By commas. The first one signs, each verifies."""

    @field_validator("keys")
    @classmethod
    def _strong(cls, keys: SecretStr) -> SecretStr:
        listed = _listed(keys)
        if not all(_KEY.fullmatch(key) for key in listed):
            raise ValueError("each key has 32 printable characters or more, and a comma stands between two")
        if any(len(set(key)) < _FEWEST_DIFFERENT for key in listed):
            raise ValueError("a key isn't random")
        if len(set(listed)) < len(listed):
            raise ValueError("a key stands there twice")
        return keys

    @property
    def listed(self) -> tuple[str, ...]:
        """At least one."""
        return _listed(self.keys)


_KEY = re.compile(r"[!-~]{32,}")
_FEWEST_DIFFERENT = 8


def _listed(keys: SecretStr) -> tuple[str, ...]:
    return tuple(key.strip() for key in keys.get_secret_value().split(","))


class CarrierSettings(Group):
    """Telnyx's call control, and the two addresses that Telnyx reaches us at."""

    api_key: SecretStr = variable("TELNYX_API_KEY")
    public_key: str = variable("TELNYX_PUBLIC_KEY")
    """Ed25519, base64: verifies its webhooks' signatures."""
    sip_host: str = variable("PICKUP_SIP_HOST")
    """Where the carrier calls the agents: host, and port where it isn't 5060, of LiveKit's SIP service."""
    public_url: str = variable("PICKUP_PUBLIC_URL")
    """Where the carrier reaches our webhooks, `https://…`: it fetches house audio from them."""
    base_url: str | None = variable("TELNYX_BASE_URL", None)
    """None: Telnyx's own."""
    direct_calls: bool = variable("PICKUP_DIRECT_CALLS", False)
    """Whether a call is admitted that reached LiveKit without the carrier's signed header: on a developer's machine."""


class RecordingStorage(Group):
    """The S3 bucket that LiveKit's egress writes recordings to."""

    url: str = variable("RECORDING_STORAGE", pattern="^s3://[^/]+")
    """`s3://bucket/folder`."""
    access_key_id: str = variable("AWS_ACCESS_KEY_ID")
    secret_access_key: SecretStr = variable("AWS_SECRET_ACCESS_KEY")
    region: str = variable("AWS_REGION", "us-east-1")
    endpoint_url: str | None = variable("AWS_ENDPOINT_URL", None)
    """None: Amazon's own. Another store is addressed in path style."""


class BackupStorage(Group):
    """The S3 bucket that is configured as egress's backup storage: for files that the other one doesn't take."""

    url: str = variable("RECORDING_BACKUP_STORAGE", pattern="^s3://[^/]+")
    access_key_id: str = variable("RECORDING_BACKUP_ACCESS_KEY_ID")
    secret_access_key: SecretStr = variable("RECORDING_BACKUP_SECRET_ACCESS_KEY")
    region: str = variable("RECORDING_BACKUP_REGION", "us-east-1")
    endpoint_url: str | None = variable("RECORDING_BACKUP_ENDPOINT_URL", None)
    """None: Amazon's own."""


class SheetsSettings(Group):
    """Tenants' equipment lists in Google Sheets."""

    account: SecretStr = variable("PICKUP_SHEETS_ACCOUNT")
    """The key file of the service account that the sheets are shared with, its JSON itself."""
    url: str | None = variable("PICKUP_SHEETS_URL", None)
    """None: Google's own."""

    @field_validator("account")
    @classmethod
    def _is_key_file(cls, account: SecretStr) -> SecretStr:
        try:
            lacking = {"client_email", "private_key", "token_uri"} - set(json.loads(account.get_secret_value()))
        except (ValueError, TypeError):
            raise ValueError("it must be the JSON of a service account's key file") from None
        if lacking:
            raise ValueError(f"the service account's key file lacks {', '.join(sorted(lacking))}")
        return account


class SentrySettings(Group):
    dsn: SecretStr = variable("SENTRY_DSN")


class Settings(Group):
    stage: Annotated[str, Field(pattern=STAGE_PATTERN)] = variable("PICKUP_STAGE")
    """`local`, `production` or `preview-<slug>`. There is no default: a forgotten stage must not become production."""
    release: str = Field(default_factory=release, min_length=1, validation_alias="PICKUP_RELEASE")
    generation: int = variable("PICKUP_GENERATION", 0, ge=0)
    """The number of this deploy (`shared.domain.generations`); 0: its workers belong to no generation."""
    data_dir: Path = Field(default_factory=data_dir, validation_alias="PICKUP_DATA_DIR")
    recordings_dir: Path = Field(
        default_factory=lambda values: values["data_dir"] / "recordings", validation_alias="PICKUP_RECORDINGS_DIR"
    )
    volume_socket: Path | None = variable("PICKUP_VOLUME_SOCKET", None)
    """Where `recordings_dir` is on a network volume: the unix socket of the process that commits and reloads it."""
    worker_calls: int = variable("PICKUP_WORKER_CALLS", 4, ge=1)
    """How many calls a worker takes at once: on 2 cores with the lab's speech engines beside it, 4 are still whole."""
    start_seconds: float = variable("PICKUP_START_SECONDS", 60.0, gt=0, le=300)
    """The longest that a call's session may take to start. Its caller has been served elsewhere long before."""
    heartbeat_seconds: float = variable("PICKUP_HEARTBEAT_SECONDS", 60.0, ge=0.5, le=600)
    """Between two durable heartbeats of a worker; it is stale when its last one is three times as old."""
    timezone: str = variable("PICKUP_TIMEZONE", "America/Los_Angeles")
    """An IANA name: what a call goes by whose tenant's time zone can't be used."""
    snapshot_seconds: float = variable("PICKUP_SNAPSHOT_SECONDS", 30.0, ge=0, le=600)
    """How long a copy of a tenant's stock may be used: what is said of it may be so old, never what is booked."""
    egress: bool = variable("PICKUP_EGRESS", False)
    """Whether LiveKit's egress records calls in rooms, to `recordings`; else, and where it fails, the agents."""

    database: PostgresSettings | SupabaseSettings | None = None
    redis: RedisSettings | UpstashSettings | None = None
    livekit: LiveKitSettings | None = None
    signing: SigningSettings | None = None
    carrier: CarrierSettings | None = None
    sip_login: SipLoginSettings | None = None
    sip_out: SipOutSettings | None = None
    speech: SpeechSettings | None = None
    recordings: RecordingStorage | None = None
    backup: BackupStorage | None = None
    sentry: SentrySettings | None = None
    sheets: SheetsSettings | None = None
    sms: SmsSettings | None = None
    mail: MailSettings | None = None
    chat: ChatSettings | None = None

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, name: str) -> str:
        if not is_timezone(name):
            raise ValueError("there is no such time zone: name it as IANA does, like America/Los_Angeles")
        return name

    @property
    def takes_direct_calls(self) -> bool:
        """Whether a call that reached LiveKit without the carrier's signed header is admitted."""
        return self.carrier is None or self.carrier.direct_calls


_T = TypeVar("_T")


def needed(group: _T | None) -> _T:
    """A group that this process must have. Raises `ConfigError` where it was loaded without the need of it."""
    if group is None:
        raise ConfigError("the settings were loaded without the need of a group that is used: name it to load_settings")
    return group
