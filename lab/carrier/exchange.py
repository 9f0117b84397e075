"""Parts of the carrier that all its calls share."""

from dataclasses import dataclass, field

from lab.carrier.recording import Recordings
from lab.carrier.route import Route
from lab.carrier.voice import Voice
from lab.carrier.webhooks import Webhooks
from lab.sip.stack import SipStack

RINGING_SECONDS = 180.0
"""How long a caller rings without any command."""


@dataclass
class Exchange:
    stack: SipStack
    webhooks: Webhooks
    voice: Voice
    recordings: Recordings
    routes: dict[str, Route] = field(default_factory=dict[str, Route])
    """Routes by number."""
    phones: dict[str, str] = field(default_factory=dict[str, str])
    """SIP addresses of other people's numbers: `host:port` by number."""

    def uri_of(self, to: str) -> str | None:
        """The SIP URI of a number or a SIP URI; None for a number that nobody has."""
        if to.lower().startswith(("sip:", "sips:")):
            return to
        return f"sip:{to}@{self.phones[to]}" if to in self.phones else None
