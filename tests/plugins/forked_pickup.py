"""`pickup` without its start: a process that has loaded the commands' modules forks a child for each command.

A child has its own arguments, environment, standard streams and exit code, as a process that a person starts. A start
costs one to three seconds of CPU, nearly all of it imports.
"""

import atexit
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn

from pickup_world import PICKUP, ROOT, SECONDS, Pickup, real


@dataclass(frozen=True)
class ForkedPickup(Pickup):
    """`pickup` on a data folder of its own, each command in a fork."""

    forks: "Forks" = field(kw_only=True)

    @property
    def program(self) -> Pickup:
        """The same in a process of its own: at least one command a group is tested so."""
        return Pickup(self.data_dir, self.more)

    def __call__(self, *arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.forks.run([str(PICKUP), *map(str, arguments)], self._env(), stdin or "")


class Forks:
    """The process that forks. One command at a time."""

    def __init__(self, process: subprocess.Popen[bytes], line: socket.socket) -> None:
        self._process = process
        self._line = line

    def run(self, argv: Sequence[str], env: dict[str, str], stdin: str) -> subprocess.CompletedProcess[str]:
        with _file(stdin) as sent, _file() as printed, _file() as complained:
            request = json.dumps({"argv": argv, "env": env}).encode()
            socket.send_fds(self._line, [request], [sent.fileno(), printed.fileno(), complained.fileno()])
            try:
                code = int(self._line.recv(16))
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise
            return subprocess.CompletedProcess(argv, code, _text(printed), _text(complained))


@contextmanager
def forks() -> Iterator[Forks]:
    """Children end before it does, as it awaits each."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        program = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
        process = subprocess.Popen(
            program, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
        )
        theirs.close()
        ours.settimeout(real(SECONDS))
        yield Forks(process, ours)
    process.wait(timeout=real(20))


@contextmanager
def _file(text: str = "") -> Iterator[IO[str]]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        file.write(text)
        file.seek(0)
        yield file


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


# ---- the process that forks


def _serve(line: socket.socket, main: Callable[[], None]) -> None:
    """Commands until the tests close the line."""
    while request := (received := socket.recv_fds(line, 1 << 20, 3))[0]:
        child = os.fork()
        if not child:
            line.close()
            _become(json.loads(request), received[1])
            _end(_code(main))
        for stream in received[1]:
            os.close(stream)
        line.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(command: dict[str, Any], streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(command["env"])
    sys.argv = command["argv"]


def _code(main: Callable[[], None]) -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else bool(ended.code)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> NoReturn:
    """Without taking the interpreter down, which costs a second with all these modules."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _load() -> None:
    """What commands import when they run."""
    for package in ("local_deploy", "shared.adapters.kv", "shared.adapters.sql", "shared.calls", "shared.domain"):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.endswith(".__main__"):
                import_module(module.name)
    for module in ("agent.conversation.prompt", "agent.businesses.versions", "shared.wiring"):
        import_module(module)
    import_module("agent.businesses.business").all_templates()


if __name__ == "__main__":
    from cli.main import main

    _load()
    # else a child's garbage collector would touch, and so copy, all that was loaded
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])), main)
