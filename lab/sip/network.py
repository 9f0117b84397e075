"""Addresses and ports of this machine, as SIP needs them."""

import random
import socket

from lab.sip.leg import SipError
from shared.errors import StackError


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free for UDP and TCP, below the range from which the system gives ports to connections.

    Raises OSError when `host` isn't an address of this machine.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
    for _ in range(200):
        port = random.randint(20_000, 32_000)
        if is_free(host, port):
            return port
    raise StackError(f"found no free SIP port on {host}")


def is_free(host: str, port: int) -> bool:
    """Whether this address of ours is free for UDP and TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def near(address: str) -> str:
    """The address of ours by which `host:port` is reached. Raises SipError when that can't be told."""
    host, _, port = address.rpartition(":")
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            # nothing is sent by it
            probe.connect((host, int(port)))
        except OSError as error:
            raise SipError(f"{address} can't be reached: {error.strerror}") from error
        return probe.getsockname()[0]
