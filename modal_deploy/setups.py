"""The numbers of a stage, checked by its deploy: where a set-up is broken, nothing is deployed."""

import asyncio
import sys

from agent.businesses.business import all_templates
from modal_deploy.deployment import Deployment
from shared.calls.setups import Setups
from shared.config import Settings, load_settings
from shared.errors import ConfigError, DirectoryError
from shared.wiring import open_directory


def refuse_broken_setups(deployment: Deployment) -> None:
    """Raises `ConfigError` that lists what is wrong with each number, by this release's templates.

    It reads the database of the deploy's own environment, as nobody can read the one in the secret; a deploy without
    says that the numbers aren't checked, and goes on.
    """
    settings = load_settings((), stage=deployment.stage)
    if settings.database is None:
        print(f"the numbers of {deployment.stage} aren't checked: set PICKUP_DATABASE_URL for that", file=sys.stderr)
        return
    asyncio.run(_check(settings))


async def _check(settings: Settings) -> None:
    try:
        async with open_directory(settings) as directory:
            checked = await Setups(settings.stage, directory).check(all_templates())
    except DirectoryError as error:
        raise ConfigError(f"the numbers of {settings.stage} can't be checked: {error}") from error
    broken = {each.setup.did: each.lines for each in checked if each.findings}
    if broken:
        lines = [f"  - {did}: {line}" for did, lines in broken.items() for line in lines]
        raise ConfigError(f"{len(broken)} of {len(checked)} numbers are broken:\n" + "\n".join(lines))
