"""The FastAPI app: the routers that the settings call for."""

from fastapi import FastAPI

from shared.errors import PickupError
from shared.services import Services
from webhooks import consent, health, livekit
from webhooks.answers import refuse


def create_app(services: Services) -> FastAPI:
    """Only a local stage describes itself, under `/docs` and `/openapi.json`."""
    local = services.settings.stage == "local"
    app = FastAPI(
        title="Pickup webhooks",
        version=services.settings.release,
        openapi_url="/openapi.json" if local else None,
        docs_url="/docs" if local else None,
        redoc_url="/redoc" if local else None,
        # its address would be made of the sender's Host header
        redirect_slashes=False,
    )
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
