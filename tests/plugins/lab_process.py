"""A server process of the lab, for as long as a test's context lasts."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.stack.starting import Starting


@contextmanager
def running(starting: Starting) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """The process and its ready line's fields; SIGINT ends it. Raises `StackError` with its log's end."""
    ready = starting.wait_ready()
    process = starting.process
    try:
        yield process, ready
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        starting.close()
