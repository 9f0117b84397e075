"""What every test is held to (tests/plugins/hygiene.py) does catch what it says, and lets pass what is right."""

import socket
from pathlib import Path

import pytest
from hygiene import is_local
from trial import run_pytest

FAULTY = """
import asyncio, contextlib, socket, urllib.request
import pytest

async def work(): await asyncio.sleep(60)

async def test_leaks_a_task(): asyncio.create_task(work(), name="forgotten")

@pytest.fixture
async def cancelled_late():
    yield asyncio.create_task(work(), name="left by the fixture")

async def test_leaks_by_a_fixture(cancelled_late): pass

async def test_forgets_to_await(): work()

def test_forgets_to_await_outside_a_loop(): work()

def test_looks_a_name_up():
    with contextlib.suppress(OSError):
        urllib.request.urlopen("http://example.invalid", timeout=1)

async def test_connects_elsewhere():
    with contextlib.suppress(OSError):
        await asyncio.open_connection("192.0.2.1", 80)

def test_sends_a_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, contextlib.suppress(OSError):
        s.sendto(b"x", ("192.0.2.1", 53))
"""

SOUND = """
import asyncio, socket
import pytest

async def work(): await asyncio.sleep(60)

@pytest.fixture
async def server():
    async with await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]

@pytest.fixture
async def task():
    task = asyncio.create_task(work())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

async def test_owns_its_task(task): assert not task.done()

async def test_a_task_slow_in_ending(): asyncio.create_task(asyncio.sleep(0.05))

async def test_reaches_the_loopback(server):
    for host in ("127.0.0.1", "localhost"):
        reader, writer = await asyncio.open_connection(host, server)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

def test_pairs_of_sockets():
    a, b = socket.socketpair()
    a.close(); b.close()
"""

SKIPPED = """
import pytest
def test_tool(): pytest.skip("needs npm: install Node")
def test_other(): pytest.skip("only where we are root")
@pytest.mark.skipif(True, reason="needs a phone rig")
def test_marked(): pass
"""


def test_given_tests_that_leak_or_reach_out_when_run_then_each_fails_and_names_it(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, FAULTY)

    summary = run.stdout.partition("short test summary")[2]
    lines = FAULTY.replace("async ", "").splitlines()
    faulty = [line.split("(")[0].removeprefix("def ") for line in lines if line.startswith("def test_")]
    assert [name for name in faulty if f"::{name} " not in f"{summary} "] == []
    for complaint in (
        "forgotten",
        "left by the fixture",
        "coroutine 'work' was never awaited",
        "a look-up of example.invalid",
        "a connection to ('192.0.2.1', 80)",
        "a datagram to ('192.0.2.1', 53)",
    ):
        assert complaint in run.stdout


def test_given_tests_that_end_what_they_began_when_run_then_all_pass(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, SOUND)

    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(("ci", "summary"), [(False, "3 skipped"), (True, "1 failed, 1 skipped, 1 error")])
def test_given_a_missing_tool_when_run_then_it_is_skipped_by_name_and_fails_in_ci(
    tmp_path: Path, ci: bool, summary: str
) -> None:
    run = run_pytest(tmp_path, SKIPPED, "-rs", ci=ci)

    assert summary in run.stdout
    assert "needs npm: install Node" in run.stdout


@pytest.mark.parametrize(
    ("family", "address", "local"),
    [
        (socket.AF_UNIX, "/run/some.sock", True),
        (socket.AF_INET, ("127.0.0.1", 80), True),
        (socket.AF_INET, ("127.8.9.10", 80), True),
        (socket.AF_INET, ("localhost", 80), True),
        (socket.AF_INET6, ("::1", 80, 0, 0), True),
        (socket.AF_INET6, ("::ffff:127.0.0.1", 80, 0, 0), True),
        (socket.AF_INET6, ("::ffff:192.0.2.1", 80, 0, 0), False),
        (socket.AF_INET, ("10.0.0.1", 80), False),
        (socket.AF_INET, ("192.0.2.1", 80), False),
        (socket.AF_INET6, ("2001:db8::1", 80, 0, 0), False),
        (socket.AF_INET, ("localhost.example", 80), False),
    ],
)
def test_given_an_address_when_asked_then_only_this_machine_is_local(
    family: socket.AddressFamily, address: object, local: bool
) -> None:
    assert is_local(family, address) is local
