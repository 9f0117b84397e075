"""Screens each INVITE before it rings: is there a trunk for it, and does it have the trunk's login?"""

import logging
import secrets
import string
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from lab.gateway import messages
from lab.gateway.attributes import host_of
from lab.gateway.bus import Bus, BusError
from lab.gateway.digest import Challenges
from lab.sip.stack import Refusal, SipMessage, address_of

log = logging.getLogger(__name__)

REQUEST_SECONDS = 3.0
_KEPT = 500
_LETTERS = string.ascii_letters + string.digits


def new_call_id() -> str:
    """A new id like those of LiveKit's SIP service: `SCL_…`."""
    return "SCL_" + "".join(secrets.choice(_LETTERS) for _ in range(12))


@dataclass(frozen=True)
class Screened:
    """An INVITE that may ring."""

    invite: SipMessage
    call: Any
    """The call in the server's terms (a `SIPCall`)."""
    trunk_id: str


class Screening:
    def __init__(self, bus: Bus) -> None:
        self.draining = False
        """Set: every call is refused with 503."""
        self._bus = bus
        self._challenges = Challenges()
        self._passed: OrderedDict[str, Screened] = OrderedDict()

    async def __call__(self, invite: SipMessage) -> Refusal | None:
        """Why the INVITE doesn't ring; None for one that rings, and that `passed` gives then."""
        if self.draining:
            return Refusal(503, "Service Unavailable")
        to, caller = invite.header("To") or invite.header("t"), invite.header("From") or invite.header("f")
        call = messages.SIPCall(
            lk_call_id=new_call_id(),
            source_ip=invite.source,
            sip_call_id=invite.call_id,
            to={"user": address_of(to)[0], "host": host_of(to)},
            **{"from": {"user": address_of(caller)[0], "host": host_of(caller)}},
        )
        refusal, trunk = None, None
        try:
            trunk = await self._bus.request(
                "IOInfo",
                "GetSIPTrunkAuthentication",
                messages.AuthenticationRequest(call=call),
                messages.AuthenticationResponse,
                seconds=REQUEST_SECONDS,
            )
        except BusError as error:
            log.warning("livekit-server doesn't answer: %s", error)
            refusal = Refusal(503, "Try again later")
        else:
            if not trunk.sip_trunk_id:
                refusal = Refusal(404, "No trunk found")
            elif trunk.username and trunk.password:
                refusal = self._challenges.refusal(invite, trunk.username, trunk.password, trunk.realm)
        if refusal is None and trunk is not None:
            self._passed[invite.call_id] = Screened(invite, call, trunk.sip_trunk_id)
            while len(self._passed) > _KEPT:
                self._passed.popitem(last=False)
        else:
            log.info("call to %s refused with %s", call.to.user, refusal)
        return refusal

    def passed(self, sip_call_id: str) -> Screened | None:
        """The INVITE of a call that rings, once."""
        return self._passed.pop(sip_call_id, None)
