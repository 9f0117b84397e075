"""What this machine, this checkout and this deploy say of themselves: folders, programs, stage, release."""

import os
import re
import subprocess
import time
from pathlib import Path

from shared.domain.telephony.peers import networks_of
from shared.errors import ConfigError

STAGE_PATTERN = r"^(local|production|preview-[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)$"
_ROOT = Path(__file__).resolve().parents[2]


def data_dir() -> Path:
    """The folder of all that must outlive a process: PICKUP_DATA_DIR, else `.pickup` in the checkout or here."""
    if chosen := _path("PICKUP_DATA_DIR"):
        return chosen
    return (_ROOT if (_ROOT / "pyproject.toml").exists() else Path.cwd()) / ".pickup"


def cache_dir() -> Path:
    """The user's folder of what is made once for all checkouts: the phone rig's programs."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "pickup"


def release() -> str:
    """The commit that runs: PICKUP_RELEASE, else the checkout's commit by git, else `unversioned`."""
    if named := os.environ.get("PICKUP_RELEASE"):
        return named
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


def generation() -> int:
    """The number of this deploy: PICKUP_GENERATION, else the milliseconds since 1970."""
    named = os.environ.get("PICKUP_GENERATION", "")
    return int(named) if named.isdecimal() else time.time_ns() // 1_000_000


def deployed_stage() -> str:
    """The stage that is deployed: PICKUP_STAGE. Raises `ConfigError` unless it is one that can be deployed."""
    named = os.environ.get("PICKUP_STAGE", "")
    if named == "local" or not re.fullmatch(STAGE_PATTERN, named):
        remedy = "set PICKUP_STAGE to production or preview-<slug> (lower-case letters, digits and dashes)"
        raise ConfigError(f"{f'not a stage that is deployed: {named!r}' if named else 'no stage is named'}: {remedy}")
    return named


def regions() -> tuple[str, ...]:
    """Where a deployed stage runs, near the carrier and LiveKit: PICKUP_REGIONS, by commas. Raises `ConfigError`."""
    named = tuple(region.strip() for region in os.environ.get("PICKUP_REGIONS", "us-east,us-west").split(","))
    if len(set(named)) < 2 or not all(re.fullmatch(r"[a-z]{2,}(-[a-z0-9]+)*", region) for region in named):
        raise ConfigError(
            f"PICKUP_REGIONS={','.join(named)}: set it to two of Modal's regions or more, as us-east,us-west: what"
            " takes one away leaves the other"
        )
    return named


def deployed_peers() -> str | None:
    """The carrier's networks that a deploy names: PICKUP_SIP_PEERS, None without. Raises `ConfigError`."""
    named = os.environ.get("PICKUP_SIP_PEERS")
    try:
        return None if named is None else ",".join(networks_of(named))
    except ValueError as error:
        raise ConfigError(f"PICKUP_SIP_PEERS: {error}") from error


def pg_bin() -> Path | None:
    """The folder of Postgres' programs, where PG_BIN names one instead of the wheel's."""
    return _path("PG_BIN")


def redis_bin() -> Path | None:
    """A redis-server program, where REDIS_BIN names one instead of the wheel's."""
    return _path("REDIS_BIN")


def under_ci() -> bool:
    """Whether a missing tool is a failure: CI=true."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def _path(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).expanduser().absolute() if named else None
