"""The FastAPI app over a process's services."""

from fastapi import FastAPI

from shared.errors import PickupError
from shared.services import Services
from webhooks import consent, health, livekit
from webhooks.answers import refuse


def create_app(services: Services) -> FastAPI:
    app = FastAPI(title="Pickup webhooks", version=services.settings.release)
    app.add_exception_handler(PickupError, refuse)
    app.add_exception_handler(Exception, refuse)
    app.include_router(livekit.router(services))
    app.include_router(consent.router(services))
    app.include_router(health.router(services))
    if services.settings.carrier is not None:
        # what only a carrier's calls need isn't loaded without one
        from webhooks import audio, telnyx

        app.include_router(telnyx.router(services))
        app.include_router(audio.router())
    return app
