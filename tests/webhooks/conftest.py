from attacked_world import attacked, client, server
from telnyx_world import api, shared_api
from webhooks_world import serve, settings, shared, shared_process, started, telnyx, webhooks

__all__ = [
    "api",
    "attacked",
    "client",
    "serve",
    "server",
    "settings",
    "shared",
    "shared_api",
    "shared_process",
    "started",
    "telnyx",
    "webhooks",
]
