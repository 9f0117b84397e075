"""`python -m modal_deploy`, after a deploy: runs the stage's watchdog now, and prints the addresses of its webhooks.

The watchdog makes trunk and dispatch rule, and orders workers. A preview has no cron, so nothing else runs it there; in
production this saves the rest of a minute.
"""

import sys

import modal

from modal_deploy.deployment import Deployment
from shared.errors import ConfigError


def main() -> int:
    try:
        deployment = Deployment.named()
        modal.Function.from_name(deployment.app, "watchdog", environment_name=deployment.place).spawn()
        hooks = modal.Function.from_name(deployment.app, "hooks", environment_name=deployment.place).get_web_url()
    except (ConfigError, modal.exception.Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{deployment.app}: its watchdog runs")
    print(f"LiveKit sends its webhooks to {hooks}/livekit, by its project's settings; Telnyx to {hooks}/telnyx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
