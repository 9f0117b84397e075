"""What the calls of one gateway share."""

import asyncio
from dataclasses import dataclass, field

from lab.gateway.bus import Bus
from lab.gateway.call import Patience
from lab.gateway.server import Server
from lab.sip.stack import SipStack


@dataclass(frozen=True)
class Service:
    """The two sides, and when to stop."""

    bus: Bus
    stack: SipStack
    server: Server
    patience: Patience
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """All calls end now."""
