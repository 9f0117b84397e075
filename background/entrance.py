"""A stage's way in: the trunk and the dispatch rule by which LiveKit takes the calls to its numbers."""

import structlog

from shared.errors import PickupError
from shared.observe import report
from shared.services import Services

log = structlog.get_logger(__name__)


async def open_entrance(services: Services) -> None:
    """Makes trunk and rule as the settings and the stage's numbers want them; touches nothing that is so already.

    Failures are reported, not raised: calls may go on over what was made before.
    """
    try:
        dids = await services.directory.dids(services.settings.stage)
        if not dids:
            log.warning("no number is bound to the stage", action="provision")
            return
        done = await services.switchboard.provision(services.trunk_plan(dids))
    except PickupError as error:
        report(error, action="provision")
        return
    if done.changed:
        log.warning("entrance changed", action="provision", trunk=done.trunk_id, changed=list(done.changed))
