"""`python -m modal_deploy`: runs the deployed stage's watchdog now, which starts a missing worker.

A preview has no cron, so nothing else runs it there; in production it saves the rest of a minute.
"""

import sys

import modal

from modal_deploy.deployment import Deployment
from shared.errors import ConfigError


def main() -> int:
    try:
        deployment = Deployment.named()
        modal.Function.from_name(deployment.app, "watchdog", environment_name=deployment.place).spawn()
    except (ConfigError, modal.exception.Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{deployment.app}: its watchdog runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
