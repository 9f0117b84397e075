"""The file by which `pickup test-call` finds the `pickup up` of the same data folder: its addresses and its keys."""

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from shared.config import data_dir, load_settings, needed
from shared.domain.telephony.numbers import e164
from shared.domain.telephony.rooms import SYNTHETIC_HEADER
from shared.errors import ConfigError, InputError
from shared.files import write_whole
from shared.tokens import StageTokens


@dataclass(frozen=True)
class RunningSystem:
    sip: str
    """`host:port` of the SIP service, past the carrier."""
    carrier: str
    """`host:port` where phones reach the carrier."""
    dids: Mapping[str, str]
    """Number → stage."""
    tokens: Mapping[str, StageTokens] = field(repr=False)
    """By stage."""

    def tokens_for(self, did: str) -> StageTokens | None:
        """Of the stage that the number belongs to; of the first stage for a number that was bound since the start."""
        return self.tokens.get(self.dids.get(did, next(iter(self.tokens), "")))


def announcement_path(folder: Path) -> Path:
    return folder / "up.json"


def announce_running(folder: Path, ready: Mapping[str, Any], tokens: Mapping[str, StageTokens]) -> None:
    """`ready`: the addresses that `pickup up` prints. Only this account can read the file, which holds the keys too."""
    keys = {stage: each.keys for stage, each in tokens.items()}
    write_whole(announcement_path(folder), orjson.dumps({**ready, "signing_keys": keys}))


def find_running(folder: Path | None = None) -> RunningSystem | None:
    """The system that runs on this data folder; None if none does, or its release announces itself in another way."""
    try:
        found = orjson.loads(announcement_path(folder or data_dir()).read_bytes())
        if not _lives(found["pid"]):
            return None
        return RunningSystem(
            found["sip"],
            found["carrier"],
            {did: stage for stage, its in found["stages"].items() for did in its["dids"]},
            {stage: StageTokens(stage, tuple(keys)) for stage, keys in found["signing_keys"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def sip_address(given: str | None, direct: bool, running: RunningSystem | None) -> str:
    """`given`, checked, or the `host:port` of the running system: its carrier's, or with `direct` its SIP service's.

    Raises `InputError` for an address that is none, and where nothing runs.
    """
    if given is not None:
        host, colon, port = given.rpartition(":")
        if not (host and colon and port.isdigit()):
            raise InputError(f"--sip {given}: give it as HOST:PORT, e.g. 127.0.0.1:5060")
        return given
    if running is None:
        raise InputError("nothing runs here to call: start `pickup up`, or say whom to call with --sip HOST:PORT")
    return running.sip if direct else running.carrier


def synthetic_marks(did_raw: str, address: str, running: RunningSystem | None) -> Callable[[], dict[str, str]] | None:
    """Makes the header that marks one call to this number as synthetic; None where no key for it is known here.

    The key is the running system's if it has this address, else that of the environment's stage.
    """
    did = e164(did_raw) or did_raw
    tokens = running.tokens_for(did) if running and address in (running.sip, running.carrier) else _environments()
    if tokens is None:
        return None
    return lambda: {SYNTHETIC_HEADER: tokens.sign_synthetic(did, datetime.now(UTC), uuid.uuid4().hex[:12])}


def _environments() -> StageTokens | None:
    try:
        settings = load_settings(needs=("signing",))
    except ConfigError:
        return None
    return StageTokens(settings.stage, needed(settings.signing).listed)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
