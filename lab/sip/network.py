"""Addresses of this machine, as SIP needs them."""

import socket

from lab.sip.leg import SipError


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
