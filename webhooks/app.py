"""The FastAPI app: the routers that the settings call for."""

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
        # loaded here, as a process without a carrier doesn't need them
        from webhooks import audio, telnyx

        app.include_router(telnyx.router(services))
        app.include_router(audio.router())
    return app
