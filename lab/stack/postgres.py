"""Embedded Postgres: the real server on a loopback port, as an ordinary user or as root, its data kept between runs."""

import asyncio
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg

from lab.stack import processes
from lab.stack.binaries import TEMPORARY, postgres_programs, private_folder
from lab.stack.server import Server
from shared.errors import StackError

USER = "pickup"
DATABASE = "pickup"
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"

_POINTER = "postgres.path"

_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres(Server):
    """One Postgres server over the data in `folder`.

    As root the server runs as an unprivileged account, which couldn't enter `folder`; its data then lies in a
    folder under /var/tmp, named in `folder`/postgres.path (see `home_of`). `pg_bin` is the folder of `initdb` and
    `postgres`, if not the one found by itself. With `durable` False nothing is forced to disk: for tests.

    """

    name = "Postgres"
    start_seconds = 20.0
    # SIGINT ends all connections and writes everything down, SIGQUIT leaves that to the next start
    stop_steps = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0))
    # a port that was taken meanwhile, memory that isn't freed yet after a crash
    retried = ("could not bind", "shared memory block")

    def __init__(self, folder: Path, *, pg_bin: Path | None = None, durable: bool = True) -> None:
        super().__init__()
        self._folder = folder.absolute()
        self._pg_bin = pg_bin
        self._durable = durable
        self._account: processes.Account | None = None
        self._programs: Path | None = None
        self._password = ""
        self._home = self._folder
        self._refusal = ""

    @property
    def url(self) -> str:
        """The DSN of the database `pickup`, as its superuser. Raises StackError before the first start."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The DSN of another database of this server."""
        if self._port is None:
            raise StackError("Postgres has no address before it was started")
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/{database}"

    async def start(self) -> None:
        """Returns when connections are served. Raises StackError, which names what is missing or the log's end."""
        if self.running and await self._answers(self._deadline()):
            return
        self._account = account = processes.unprivileged_account()
        self._programs = programs = await asyncio.to_thread(postgres_programs, self._pg_bin, account)
        self._home = _make_home(self._folder, account)
        self._take_folder(self._home)
        try:
            await self._end_stray()
            await self._claim_home()
            if not (self._home / "data" / "PG_VERSION").exists():
                await self._initialise(programs, account)
            self._password = _read_password(self._home)
            await self._serve(self._home / "postgres.log")
        except BaseException:
            await self.stop()
            raise

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Makes a database, a copy of `template` if given (which may have no connection), and returns its DSN."""
        if template:
            # copying the files is faster than writing them to the log, which is Postgres' default
            await self._execute(
                f"create database {_quoted(name)} template {_quoted(template)} strategy file_copy",
                # what ground.sql takes from everybody belongs to the database itself, and isn't copied
                f"revoke temporary on database {_quoted(name)} from public",
            )
        else:
            await self._execute(f"create database {_quoted(name)}")
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        """Removes a database and ends the connections to it; does nothing where there is none."""
        await self._execute(f"drop database if exists {_quoted(name)} with (force)")

    def remove(self) -> None:
        """Removes all data of the stopped server, for good."""
        for folder in {home_of(self._folder), self._folder}:
            shutil.rmtree(folder, ignore_errors=True)

    async def _claim_home(self) -> None:
        """Removes data that lies elsewhere and whose own folder was deleted: nothing of it is to come back."""
        pointer = self._folder / _POINTER
        if self._home == self._folder or pointer.exists():
            return
        await asyncio.to_thread(shutil.rmtree, self._home / "data", ignore_errors=True)
        pointer.write_text(f"{self._home}\n")

    async def _execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url_of("postgres"), timeout=10)
        try:
            for statement in statements:
                await connection.execute(statement, timeout=30)
        finally:
            await connection.close(timeout=5)

    async def _initialise(self, programs: Path, account: processes.Account | None) -> None:
        """Makes the data folder under another name and renames it, so that a folder of that name is whole."""
        fresh, secret, log = self._home / "data.new", self._home / "password.new", self._home / "initdb.log"
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
        log.unlink(missing_ok=True)
        fresh.mkdir(mode=0o700)
        password = secrets.token_hex(16)
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(password)
        if account:
            os.chown(fresh, account.uid, account.gid)
            os.chown(secret, account.uid, account.gid)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", f"--locale={LOCALE}", "--no-sync", f"--pwfile={secret}"]
        process = processes.spawn(
            [programs / "initdb", "-D", fresh, "-U", USER, *options], log, account=account, environment=_environment()
        )
        try:
            if not await processes.ended(process, 60) or process.returncode != 0:
                raise StackError(f"initdb of {programs} failed:\n{processes.tail(log)}")
        finally:
            await processes.stop(process, [(signal.SIGTERM, 2.0)])
        if account:
            os.chown(secret, os.getuid(), os.getgid())
        secret.rename(self._home / "password")
        fresh.rename(self._home / "data")

    async def _end_stray(self) -> None:
        """Ends a server that outlived its starter, on systems that don't do that themselves."""
        data = self._home / "data"
        try:
            pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        command = processes.command_line(pid)
        if f"-D {data} " in command + " ":
            await processes.stop_stray(pid, self.stop_steps)
        elif command:
            # another program has that process id now: Postgres would take it for itself and refuse to start
            (data / "postmaster.pid").unlink(missing_ok=True)

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
        assert self._programs
        command = self._command(self._programs)
        return processes.spawn(
            command, log, account=self._account, death_signal=signal.SIGINT, environment=_environment()
        )

    def _explained(self, report: str) -> str:
        if "incompatible with server" in report:
            kept = (self._home / "data" / "PG_VERSION").read_text().strip()
            return (
                f"the data in {self._home} was written by Postgres {kept}, and the programs in {self._programs} are "
                "another version: set PG_BIN to the programs of that version, or remove the data with `make clean`"
            )
        return f"Postgres in {self._home} didn't start:\n{report}\nConnecting to it failed by: {self._refusal}"

    def _command(self, programs: Path) -> list[str | Path]:
        settings = [
            f"port={self._port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "shared_buffers=32MB",
            "jit=off",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self._durable else _NOT_DURABLE),
        ]
        return [programs / "postgres", "-D", self._home / "data", *(part for item in settings for part in ("-c", item))]

    async def _probe(self) -> bool:
        """Whether the server serves its database, which is made at the first start."""
        try:
            await (await asyncpg.connect(self.url, timeout=5)).close(timeout=5)
        except asyncpg.InvalidCatalogNameError:
            await self.create_database(DATABASE)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            # it may be the answer of a server that is still starting, or of a stranger on our port
            self._refusal = f"{type(error).__name__}: {error}"
            return False
        return True


def home_of(folder: Path) -> Path:
    """Where the data of `EmbeddedPostgres(folder)` lies: `folder` itself, or the one under /var/tmp named in it."""
    try:
        return Path((folder / _POINTER).read_text().strip())
    except OSError:
        return folder


def folders(data_dir: Path) -> list[Path]:
    """All folders that hold data of the stack of `data_dir` and that exist: what `make clean` has to remove."""
    home = home_of(data_dir.absolute() / "postgres")
    inside = home.is_relative_to(data_dir.absolute())
    return [folder for folder in ([data_dir] if inside else [home, data_dir]) if folder.exists()]


def _make_home(folder: Path, account: processes.Account | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if account is None:
        return folder
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return private_folder(TEMPORARY / f"pickup-{os.getuid()}-{key}", 0o711)


def _read_password(home: Path) -> str:
    try:
        return (home / "password").read_text().strip()
    except OSError as error:
        raise StackError(f"the password of the data in {home} is gone; `make clean` removes the data") from error


def _environment() -> dict[str, str]:
    # the user's own PG* variables may not reach the server
    return {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
