"""INVITEs that are held until it is decided whether they ring: the stack itself answers 180 to each at once.

libre gives each message to a list of listeners. Ours comes third: after the two of the transaction layer, which know
retransmissions, and before the one that makes calls.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from baresip import _native

from lab.sip.messages import SipMessage

_LISTENER = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)
"""libre's `sip_msg_h`: a message and an argument; true if no other listener shall get it."""


class _List(ctypes.Structure):
    """libre's `struct list`, as far as it is read."""

    _fields_ = (("head", ctypes.c_void_p),)


class _Element(ctypes.Structure):
    """libre's `struct le`, with which each listener begins."""

    _fields_ = (
        ("prev", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("list", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
    )


@dataclass(frozen=True)
class Refusal:
    """The final answer to an INVITE that doesn't ring."""

    code: int
    reason: str
    header: str = ""
    """A line of the answer, as `Proxy-Authenticate: …`."""


class HeldInvites:
    """All methods run on the SIP thread. `current` gives the message that is handled there, and `came` gets each INVITE
    of a new call."""

    def __init__(self, current: Callable[[], SipMessage | None], came: Callable[[SipMessage], None]) -> None:
        self._current = current
        self._came = came
        self._held: dict[tuple[str, str], int] = {}
        """The stack's message by Call-ID and CSeq."""
        self._handler = _LISTENER(self._on_request)
        self._listener = ctypes.c_void_p()
        self._library: Any = ctypes.CDLL(_native.__file__)
        for name in ("mem_ref", "uag_find_msg", "uag_sip"):
            getattr(self._library, name).restype = ctypes.c_void_p

    def watch(self) -> None:
        library, listener = self._library, self._listener
        library.sip_listen(ctypes.byref(listener), self._sip(), ctypes.c_bool(True), self._handler, None)
        listeners = ctypes.c_void_p(ctypes.cast(listener, ctypes.POINTER(_Element)).contents.list)
        first = ctypes.c_void_p(ctypes.cast(listeners, ctypes.POINTER(_List)).contents.head)
        second = ctypes.c_void_p(ctypes.cast(first, ctypes.POINTER(_Element)).contents.next)
        library.list_unlink(listener)
        library.list_insert_after(listeners, second, listener, listener)

    def close(self) -> None:
        """Holds no more. Nobody answers those that are held."""
        self._library.mem_deref(ctypes.c_void_p(self._listener.value))
        while self._held:
            self._library.mem_deref(ctypes.c_void_p(self._held.popitem()[1]))

    def ring(self, invite: SipMessage) -> None:
        """Let the stack go on with it: it answers 180 and tells of the call."""
        if held := self._held.pop(_key(invite), None):
            message = ctypes.c_void_p(held)
            self._library.ua_accept(ctypes.c_void_p(self._library.uag_find_msg(message)), message)
            self._library.mem_deref(message)

    def refuse(self, invite: SipMessage, refusal: Refusal) -> None:
        if not (held := self._held.pop(_key(invite), None)):
            return
        headers = f"{refusal.header}\r\n" if refusal.header else ""
        # a format of C, without arguments
        rest = f"{headers}Content-Length: 0\r\n\r\n".replace("%", "%%").encode()
        code, reason, message = ctypes.c_uint16(refusal.code), refusal.reason.encode(), ctypes.c_void_p(held)
        self._library.sip_treplyf(None, None, self._sip(), message, ctypes.c_bool(False), code, reason, rest)
        self._library.mem_deref(message)

    def _on_request(self, message: int, _: int) -> bool:
        invite = self._current()
        if invite is None or not invite.opens_call:
            return False
        # else the caller's side repeats it while it waits for an answer
        if _key(invite) not in self._held:
            self._held[_key(invite)] = self._library.mem_ref(ctypes.c_void_p(message))
            self._came(invite)
        return True

    def _sip(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._library.uag_sip())


def _key(invite: SipMessage) -> tuple[str, str]:
    return invite.call_id, invite.header("CSeq")
