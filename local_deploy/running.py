"""The file by which `pickup test-call` finds the `pickup up` of the same data folder."""

import os
from pathlib import Path
from typing import Any

import orjson

from shared.config import data_dir
from shared.errors import InputError
from shared.files import write_whole


def announcement_path(folder: Path) -> Path:
    return folder / "up.json"


def announce_running(folder: Path, ready: dict[str, Any]) -> None:
    """`ready`: `sip`, `carrier` (each `host:port`) and `pid`, and whatever else a user may want."""
    write_whole(announcement_path(folder), orjson.dumps(ready))


def sip_address(given: str | None, direct: bool) -> str:
    """`given`, checked, or the `host:port` of the running system: its carrier's, or with `direct` its SIP service's.

    Raises `InputError` for an address that is none, and where nothing runs.
    """
    if given is not None:
        host, colon, port = given.rpartition(":")
        if not (host and colon and port.isdigit()):
            raise InputError(f"--sip {given}: give it as HOST:PORT, e.g. 127.0.0.1:5060")
        return given
    try:
        ready = orjson.loads(announcement_path(data_dir()).read_bytes())
        if _lives(ready.get("pid")):
            return ready["sip"] if direct else ready.get("carrier") or ready["sip"]
    except (OSError, ValueError, KeyError):
        pass
    raise InputError("nothing runs here to call: start `pickup up`, or say whom to call with --sip HOST:PORT")


def _lives(pid: int | None) -> bool:
    try:
        os.kill(pid or os.getpid(), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
