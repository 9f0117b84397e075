"""The stage that a command works on, and where its database is."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

    from shared.config import Need, Settings
    from shared.ports import TenantGrants
    from shared.services import Services

Stage = Annotated[str, typer.Option(help="local, production or preview-<slug>.")]
Deployed = Annotated[bool, typer.Option("--deployed", help="On the database that the environment names.")]


@asynccontextmanager
async def database_settings(
    stage: str, deployed: bool, needs: "Collection[Need]" = ("database",)
) -> "AsyncGenerator[Settings]":
    """Settings with the stage's database: on this machine's stack, or the one that the environment names.

    `needs`: the groups of settings, `database` among them.

    Raises InputError for a name that no stage may have.
    """
    from local_deploy.local import ground
    from local_deploy.stage import checked_stage
    from shared.config import load_settings

    checked_stage(stage)
    if deployed:
        yield load_settings(needs, stage=stage)
        return
    async with ground(providers=False) as here:
        yield load_settings(needs, **here.overrides | {"stage": stage})


@asynccontextmanager
async def stage_services(stage: str, deployed: bool) -> "AsyncGenerator[Services]":
    """All services of the stage on its database and Redis. Nothing is logged: the command says what it finds."""
    import logging

    from shared.observe import init_logs
    from shared.wiring import open_services

    async with database_settings(stage, deployed, ("database", "redis")) as settings:
        init_logs(settings, level=logging.CRITICAL)
        async with open_services(settings) as services:
            yield services


@asynccontextmanager
async def grants(stage: str, deployed: bool) -> "AsyncGenerator[TenantGrants]":
    """What the tenants' functions of the stage may reach."""
    from shared.wiring import open_grants

    async with database_settings(stage, deployed) as settings, open_grants(settings) as granted:
        yield granted
