"""`python -m modal_deploy`: has the deployed stage's watchdog look now, which starts the worker. For a preview, as
nothing does that by the clock there; in production it saves the rest of a minute."""

import sys

import modal

from modal_deploy.deployment import Deployment
from shared.errors import ConfigError


def main() -> int:
    try:
        told = Deployment.told()
        modal.Function.from_name(told.app, "watchdog", environment_name=told.place).spawn()
    except (ConfigError, modal.exception.Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{told.app}: its watchdog is looking")
    return 0


if __name__ == "__main__":
    sys.exit(main())
