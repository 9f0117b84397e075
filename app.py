"""What `modal deploy app.py` deploys: the app of the stage that PICKUP_STAGE names. See docs/deploy.md."""

import sys

from shared.errors import ConfigError

try:
    from modal_deploy.functions import app, deployment
    from modal_deploy.separation import refuse_shared_secrets
    from modal_deploy.setups import refuse_broken_setups

    refuse_shared_secrets(deployment)
    refuse_broken_setups(deployment)
except ConfigError as error:
    # said plainly: the client would put its words below a traceback
    sys.exit(f"not deployed: {error}")

__all__ = ["app"]
