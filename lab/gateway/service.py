"""Parts of the gateway that all its calls share."""

import asyncio
from dataclasses import dataclass, field

from lab.gateway.bus import Bus
from lab.gateway.call import Patience
from lab.gateway.server import Server
from lab.sip.stack import SipStack


@dataclass(frozen=True)
class Service:
    """LiveKit's side, the SIP side, time limits, and the order to stop."""

    bus: Bus
    stack: SipStack
    server: Server
    patience: Patience
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: all calls end now."""
