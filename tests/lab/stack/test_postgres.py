import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from lab.stack import processes
from lab.stack.binaries import postgres_programs
from lab.stack.ports import free_port
from lab.stack.postgres import EmbeddedPostgres, folders, home_of
from shared.config import under_ci
from shared.errors import StackError

ROOT = Path(__file__).parents[3]
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root needs another place")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system doesn't end children with their parent")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder; what lies elsewhere for it is removed as well."""
    yield tmp_path / "postgres"
    for left in folders(tmp_path):
        shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
async def postgres(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder, durable=False)
    await server.start()
    yield server
    await server.stop()


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query, timeout=10)
    finally:
        await connection.close(timeout=5)


async def gone(pid: int, within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while processes.command_line(pid):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def test_given_an_empty_folder_when_started_and_stopped_then_it_served_and_is_gone(folder: Path) -> None:
    server = EmbeddedPostgres(folder)

    await server.start()
    database = await ask(server.url, "select current_database()")
    durable = await ask(server.url, "show fsync")
    pid = server.pid
    await server.stop()

    assert (database, durable) == ("pickup", "on")
    assert pid and await gone(pid)
    with pytest.raises(OSError):
        await ask(server.url, "select 1")


async def test_given_rows_when_another_run_starts_on_the_folder_then_they_are_there(folder: Path) -> None:
    first, second = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    await first.start()
    await ask(first.url, "create table kept as select 42 as answer")
    await first.stop()

    await second.start()
    try:
        assert await ask(second.url, "select answer from kept") == 42
    finally:
        await second.stop()


async def test_given_a_kill_when_started_again_then_same_address_and_what_was_committed(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    await server.start()
    url = server.url
    try:
        await ask(url, "create table kept as select 42 as answer")
        server.kill()
        with pytest.raises(OSError):
            await ask(url, "select 1")

        await server.start()

        assert server.url == url
        assert await ask(url, "select answer from kept") == 42
    finally:
        await server.stop()


async def test_given_a_template_when_databases_are_made_of_it_at_once_then_each_is_a_copy(
    postgres: EmbeddedPostgres,
) -> None:
    template = await postgres.create_database("template_of_tests")
    await ask(template, "create table rows as select generate_series(1, 500) as n")

    urls = await asyncio.gather(*(postgres.create_database(f"copy_{n}", "template_of_tests") for n in range(4)))

    assert [await ask(url, "select count(*) from rows") for url in urls] == [500] * 4
    await postgres.drop_database("copy_0")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(urls[0], "select 1")


async def test_given_no_password_when_connecting_over_the_loopback_then_refused(postgres: EmbeddedPostgres) -> None:
    scheme, rest = postgres.url.split("://")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(f"{scheme}://pickup:guess@{rest.split('@')[1]}", "select 1")


async def test_given_a_running_server_when_another_is_started_on_its_folder_then_refused(
    postgres: EmbeddedPostgres, folder: Path
) -> None:
    with pytest.raises(StackError, match=f"process {os.getpid()} runs the Postgres"):
        await EmbeddedPostgres(folder).start()

    assert await ask(postgres.url, "select 1") == 1


async def test_given_a_stray_server_of_ours_when_started_then_it_is_ended_first(folder: Path, tmp_path: Path) -> None:
    server = EmbeddedPostgres(folder)
    await server.start()
    await ask(server.url, "create table kept as select 42 as answer")
    await server.stop()
    account = processes.unprivileged_account()
    program = postgres_programs(None, account) / "postgres"
    data = home_of(folder) / "data"
    options = ["-c", f"port={free_port()}", "-c", "unix_socket_directories="]
    stray = processes.spawn([program, "-D", data, *options], tmp_path / "stray.log", account=account)
    try:
        deadline = time.monotonic() + 10
        while "ready" not in _text(data / "postmaster.pid"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

        await server.start()

        assert stray.poll() is not None
        assert await ask(server.url, "select answer from kept") == 42
    finally:
        await server.stop()
        await processes.stop(stray, [])


async def test_given_a_strangers_pid_in_the_pid_file_when_started_then_the_stranger_lives(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    await server.start()
    server.kill()
    pid_file = home_of(folder) / "data" / "postmaster.pid"
    stranger = _started(["sleep", "60"])
    try:
        text = pid_file.read_text()
        pid_file.write_text(text.replace(text.split("\n", 1)[0], str(stranger.pid), 1))

        await server.start()

        assert await ask(server.url, "select 1") == 1
        assert stranger.poll() is None
    finally:
        await server.stop()
        stranger.kill()
        stranger.wait(timeout=5)


async def test_given_data_of_another_version_when_started_then_the_error_says_how_to_mend(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    await server.start()
    await server.stop()
    (home_of(folder) / "data" / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(StackError, match=r"Postgres 9\.6.*PG_BIN.*make clean"):
        await server.start()


async def test_given_a_pg_bin_without_programs_when_started_then_the_error_names_it(folder: Path) -> None:
    with pytest.raises(StackError, match=r"PG_BIN is .*there is no program initdb and no postgres"):
        await EmbeddedPostgres(folder, pg_bin=folder / "nothing").start()


@linux
async def test_given_a_starter_killed_when_it_can_not_clean_up_then_no_server_is_left(folder: Path) -> None:
    script = (
        "import asyncio, sys, time; from pathlib import Path; from lab.stack.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]))\n"
        "asyncio.run(server.start()); print(server.pid, flush=True); time.sleep(60)"
    )
    starter = _started([sys.executable, "-c", script, str(folder)])
    assert starter.stdout
    pid = int(await asyncio.to_thread(starter.stdout.readline))
    assert processes.command_line(pid)

    starter.send_signal(signal.SIGKILL)
    starter.communicate(timeout=5)

    assert await gone(pid)


AS_ORDINARY_USER = """
import asyncio, os, sys
from pathlib import Path
import asyncpg
from lab.stack import processes
from lab.stack.postgres import EmbeddedPostgres, folders

folder, programs, interpreter, uid, gid = sys.argv[1:]
# The interpreter of the tests may lie in root's home; the launcher does with any.
sys.executable, processes.LAUNCHER = interpreter, Path(folder) / "launcher.py"
# What is imported on first use must be here before root's home is closed.
asyncio.run(asyncio.to_thread(int))
os.environ["HOME"] = folder
os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))

async def main():
    server = EmbeddedPostgres(Path(folder) / "data" / "postgres", pg_bin=Path(programs))
    await server.start()
    connection = await asyncpg.connect(server.url)
    print(await connection.fetchval("select 42"))
    await connection.close()
    await server.stop()
    print(*folders(Path(folder) / "data"))

asyncio.run(main())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="all other tests run as an ordinary user already")
async def test_given_an_ordinary_user_when_started_then_the_data_lies_in_the_folder_itself() -> None:
    account = processes.unprivileged_account()
    assert account
    programs = await asyncio.to_thread(postgres_programs, None, account)
    interpreter = _interpreter_for(account)
    home = Path(tempfile.mkdtemp(dir="/var/tmp"))
    try:
        shutil.copy(processes.LAUNCHER, home / "launcher.py")
        shutil.chown(home, account.uid, account.gid)
        (home / "launcher.py").chmod(0o644)
        arguments = [str(home), str(programs), interpreter, str(account.uid), str(account.gid)]
        run = _started([sys.executable, "-c", AS_ORDINARY_USER, *arguments])
        said, complaint = run.communicate(timeout=60)

        assert said.decode().split() == ["42", str(home / "data")], complaint.decode()
        assert (home / "data" / "postgres" / "data").stat().st_uid == account.uid
    finally:
        shutil.rmtree(home)


@as_root
async def test_given_root_when_data_is_removed_then_nothing_is_left_elsewhere(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    await server.start()
    await server.stop()
    places = folders(folder.parent)
    assert places == [home_of(folder), folder.parent]
    assert places[0].parent == Path("/var/tmp")

    server.remove()

    assert folders(folder.parent) == [folder.parent]


@as_root
async def test_given_a_folder_that_was_deleted_by_hand_when_made_anew_then_its_old_data_is_not_there(
    folder: Path,
) -> None:
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        server = EmbeddedPostgres(folder, durable=False)
        await server.start()
        try:
            assert await ask(server.url, "select count(*) from pg_database where datname = 'once'") == 0
            await server.create_database("once")
        finally:
            await server.stop()


def _interpreter_for(account: processes.Account) -> str:
    for interpreter in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run(
                [interpreter, "-c", ""], check=True, cwd="/", user=account.uid, group=account.gid, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return interpreter
    reason = f"no Python that {account.name} can run"
    return pytest.fail(reason) if under_ci() else pytest.skip(reason)


def _started(program: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
