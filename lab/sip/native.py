"""Functions that baresip-python leaves out, called in its native library: refuse with any code, read the port, trace.

They may only run on the SIP thread: a job runs there when the stack answers a PING.
"""

import ctypes
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from baresip import Runtime, _native
from baresip._events import set_sink
from baresip._native import lib

from lab.sip.leg import SipError
from lab.sip.messages import ReceivedMessages

_UDP = 0
"""SIP_TRANSP_UDP of libre."""

Result = TypeVar("Result")


class SipThread:
    """Runs functions on the SIP thread of a started runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._jobs: deque[Callable[[], None]] = deque()
        self._forward: Callable[[int, int, bytes | None], None] = runtime._on_native_event
        self._library = ctypes.CDLL(_native.__file__)
        self._library.uag_call_find.restype = ctypes.c_void_p
        self._library.call_get_ua.restype = ctypes.c_void_p
        self._library.uag_sip.restype = ctypes.c_void_p
        self._library.sa_struct_get_size.restype = ctypes.c_size_t
        self._library.sa_port.restype = ctypes.c_uint16
        self.received = ReceivedMessages(self._address)
        set_sink(self._take)

    async def hang_up(self, sip_call_id: str, code: int, reason: str) -> bool:
        """End or refuse a call with this code; False if there is no such call any more."""

        def job() -> bool:
            call = self._library.uag_call_find(sip_call_id.encode())
            if not call:
                return False
            agent = ctypes.c_void_p(self._library.call_get_ua(ctypes.c_void_p(call)))
            self._library.ua_hangup(agent, ctypes.c_void_p(call), ctypes.c_uint16(code), reason.encode())
            return True

        return await self.run(job)

    async def port(self) -> int:
        """The UDP port that the stack listens on. Raises SipError when it listens on none."""

        def job() -> int:
            address = ctypes.create_string_buffer(self._library.sa_struct_get_size())
            error = self._library.sip_transp_laddr(self._sip(), address, _UDP, None)
            return 0 if error else self._library.sa_port(address)

        if not (port := await self.run(job)):
            raise SipError("the SIP stack has no UDP port")
        return port

    async def watch(self) -> None:
        """Start filling `received`."""
        await self.run(lambda: self._library.sip_set_trace_handler(self._sip(), self.received.trace))

    def _sip(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._library.uag_sip())

    def _address(self, sa: int) -> str:
        text = ctypes.create_string_buffer(64)
        self._library.sa_ntop(ctypes.c_void_p(sa), text, len(text))
        return text.value.decode()

    async def run(self, job: Callable[[], Result]) -> Result:
        """Run `job` on the SIP thread; returns what it returned."""
        done: list[Result] = []
        self._jobs.append(lambda: done.append(job()))
        # `_take` runs the job before it forwards the answer that this await returns on
        await self._runtime.cmd(lib.BP_CMD_PING)
        return done[0]

    def _take(self, event: int, handle: int, payload: bytes | None) -> None:
        """Runs on the SIP thread."""
        if event == lib.BP_EV_PONG:
            while self._jobs:
                self._jobs.popleft()()
        self._forward(event, handle, payload)
