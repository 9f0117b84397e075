"""Chooses ports of this machine for servers that are started later.

All lie below the range from which the system gives ports to outgoing connections (Linux: from 32,768 on). Ranges don't
overlap, so that what is taken for a moment never is what was chosen for later.
"""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

from shared.errors import StackError

RTP = range(10_000, 20_000)
"""For the sound of SIP stacks, which look for free ports in it by themselves."""
_SERVERS = range(20_000, 26_000)
_LIVEKIT_MEDIA = range(26_000, 32_000)
_ATTEMPTS = 200

_ours: set[int] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free for UDP and TCP, and that no other process gets from here while this one lives.

    Raises OSError when `host` isn't an address of this machine.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
    for _ in range(_ATTEMPTS):
        port = random.choice(_SERVERS)
        if is_free(host, port) and _reserved(port):
            return port
    raise StackError(f"found no free port on {host} between {_SERVERS.start} and {_SERVERS.stop}")


def media_ports(count: int) -> range:
    """Ports for LiveKit's media. The server takes each when it needs it, and skips those that aren't free."""
    first = random.randrange(_LIVEKIT_MEDIA.start, _LIVEKIT_MEDIA.stop - count + 1, count)
    return range(first, first + count)


def is_free(host: str, port: int) -> bool:
    """Whether this address of the machine is free for UDP and TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _reserved(port: int) -> bool:
    """Reserves the port for this process, for as long as it lives. False when another process has it."""
    if port in _ours:
        return False
    try:
        # a byte of the file for each port
        fcntl.lockf(_register(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _ours.add(port)
    return True


@cache
def _register() -> int:
    """The file of reservations, kept open: closing it once would free all of them."""
    path = Path(tempfile.gettempdir()) / f"pickup-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
