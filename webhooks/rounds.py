"""What has to be looked after again and again, whoever told or forgot to tell of it."""

from shared.calls.heal import Healer
from shared.calls.messages import Messages
from shared.errors import PickupError
from shared.observe import report
from shared.wiring import Services
from webhooks.rooms import rooms_of


class Rounds:
    """One for a stage, kept between rounds: the healer remembers since when a call has no agent."""

    def __init__(self, services: Services) -> None:
        stage = services.settings.stage
        self._healer = Healer(rooms_of(services))
        self._messages = Messages(stage, services.voicemails, services.carrier, services.files)

    async def go(self) -> None:
        """One round. What can't be done now is reported, and tried again at the next."""
        for duty, work in (("heal", self._healer.heal), ("messages", self._messages.fetch)):
            try:
                await work()
            except PickupError as error:
                report(error, action=duty)
