"""The webhooks in a container, where the server is Modal's: the app that `python -m webhooks` serves itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from modal_deploy.separation import refuse_foreign_role
from shared.config import load_settings
from shared.observe import reporting
from shared.process import NEEDS
from shared.wiring import open_services, refuse_foreign_redis
from webhooks.app import create_app


def hooks() -> Starlette:
    """The services are open from the start of its lifespan to the end."""
    return Starlette(lifespan=_open)


@asynccontextmanager
async def _open(app: Starlette) -> AsyncGenerator[None]:
    settings = load_settings(NEEDS)
    with reporting(settings, "webhooks"):
        refuse_foreign_role(settings)
        await refuse_foreign_redis(settings)
        async with open_services(settings) as services:
            app.mount("/", create_app(services))
            yield
