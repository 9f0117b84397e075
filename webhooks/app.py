"""The FastAPI app over a process's services."""

from fastapi import FastAPI

from shared.errors import PickupError
from shared.wiring import Services
from webhooks import health, livekit
from webhooks.answers import refuse


def create_app(services: Services) -> FastAPI:
    app = FastAPI(title="Pickup webhooks", version=services.settings.release)
    app.add_exception_handler(PickupError, refuse)
    app.add_exception_handler(Exception, refuse)
    app.include_router(livekit.router(services))
    app.include_router(health.router(services))
    return app
