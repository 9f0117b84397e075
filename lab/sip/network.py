"""This machine's address towards a SIP peer."""

import socket

from lab.sip.leg import SipError


def near(address: str) -> str:
    """The local address from which `host:port` is reached. Raises SipError if no route leads there."""
    host, _, port = address.rpartition(":")
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            # connecting a UDP socket sends nothing
            probe.connect((host, int(port)))
        except OSError as error:
            raise SipError(f"{address} can't be reached: {error.strerror}") from error
        return probe.getsockname()[0]
