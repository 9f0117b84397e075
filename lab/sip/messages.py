"""Received SIP messages with all headers and their source address, which the stack's own events leave out."""

import ctypes
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_KEPT = 512
"""Messages kept at most."""

TRACE = ctypes.CFUNCTYPE(
    None,
    ctypes.c_bool,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_ubyte),
    ctypes.c_size_t,
    ctypes.c_void_p,
)
"""libre's `sip_trace_h`: whether sent, transport, source, destination, the packet, its length, an argument."""


@dataclass(frozen=True)
class SipMessage:
    """A received INVITE, or the 200 OK that answered one of ours."""

    source: str
    """The sender's IP address."""
    uri: str
    """The URI of the request line; empty for an answer."""
    headers: tuple[tuple[str, str], ...]
    """Name and value, in the message's order and spelling."""

    @property
    def opens_call(self) -> bool:
        """Whether it is the INVITE of a new call: one within a call has a tag in To."""
        return bool(self.uri) and ";tag=" not in (self.header("To") or self.header("t")).lower()

    @property
    def call_id(self) -> str:
        return self.header("Call-ID") or self.header("i")

    def header(self, name: str) -> str:
        """The value of the first header of that name, in any case; empty if there is none."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), "")


class ReceivedMessages:
    """The latest INVITE or 200 OK by Call-ID. Filled on the SIP thread."""

    def __init__(self, address_of: Callable[[int], str]) -> None:
        self._address_of = address_of
        self._kept: OrderedDict[str, SipMessage] = OrderedDict()
        self.current: SipMessage | None = None
        """The one that the SIP thread is handling; None for any other message."""
        self.trace = TRACE(self._on_packet)
        """The stack calls it with each packet; it must live as long as the stack."""

    def of(self, call_id: str) -> SipMessage | None:
        return self._kept.get(call_id)

    def _on_packet(
        self, sent: bool, _tp: int, source: int, _to: int, packet: "ctypes._Pointer", size: int, _arg: int
    ) -> None:
        if sent:
            return
        self.current = None
        data = ctypes.string_at(packet, size)
        if not data.startswith((b"INVITE ", b"SIP/2.0 200")):
            return
        message = read(data, self._address_of(source))
        if not message.uri and not message.header("CSeq").endswith("INVITE"):
            return
        self._kept[message.call_id] = self.current = message
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def read(data: bytes, source: str) -> SipMessage:
    """Parses the head of a SIP message."""
    head = data.partition(b"\r\n\r\n")[0].decode(errors="replace").replace("\r\n ", " ").replace("\r\n\t", " ")
    start, *lines = head.split("\r\n")
    headers = tuple(
        (name.strip(), value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon
    )
    first = start.split(" ")
    return SipMessage(source, "" if start.startswith("SIP/2.0") else first[1] if len(first) > 1 else "", headers)
