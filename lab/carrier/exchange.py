"""What all calls of a carrier stand on."""

from dataclasses import dataclass, field

from lab.carrier.recording import Recordings
from lab.carrier.route import Route
from lab.carrier.voice import Voice
from lab.carrier.webhooks import Webhooks
from lab.sip.stack import SipStack

RINGING_SECONDS = 180.0
"""A caller whom nobody commands rings so long."""


@dataclass
class Exchange:
    stack: SipStack
    webhooks: Webhooks
    voice: Voice
    recordings: Recordings
    routes: dict[str, Route] = field(default_factory=dict[str, Route])
    """By number."""
    phones: dict[str, str] = field(default_factory=dict[str, str])
    """Where other people's numbers are reached: `host:port` by number."""

    def uri_of(self, to: str) -> str | None:
        """Where a number or a SIP URI leads; None for a number that nobody has."""
        if to.lower().startswith(("sip:", "sips:")):
            return to
        return f"sip:{to}@{self.phones[to]}" if to in self.phones else None
