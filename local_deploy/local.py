"""Opens the embedded stack and the services on it, for local commands."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lab.base import timescale
from lab.stack.stack import StackAddresses, joined_stack
from shared.config import (
    EVERYTHING,
    Settings,
    SpeechSettings,
    data_dir,
    live_keys,
    load_settings,
    pg_bin,
    redis_bin,
    release,
)
from shared.observe import init_logs, init_sentry
from shared.services import Services
from shared.wiring import open_services

LAB_KEY = "lab"
"""The emulated providers take any key but `bad`."""


@dataclass(frozen=True)
class Ground:
    """The embedded stack, and the settings of stage `local` on it."""

    stack: StackAddresses
    overrides: dict[str, Any]


@dataclass(frozen=True)
class Local:
    settings: Settings
    services: Services
    stack: StackAddresses


@asynccontextmanager
async def ground(
    *, live: bool = False, providers: bool = True, progress: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Ground]:
    """Joins or starts the embedded stack. With `live` the settings name the real speech providers."""
    # first, as a missing key makes the rest useless
    keys = live_keys() if live else {}
    async with joined_stack(
        data_dir(), with_providers=providers, pg_bin=pg_bin(), redis_bin=redis_bin(), progress=progress
    ) as stack:
        yield Ground(stack, local_settings(stack, keys))


@asynccontextmanager
async def opened(stack: StackAddresses, settings: Settings) -> AsyncIterator[Services]:
    """Opens the services of these settings. Logs go to a file, as the terminal shows the call."""
    with (stack.folder / "logs" / "pickup.log").open("a") as file:
        init_logs(settings, file=file, as_json=True)
        init_sentry(settings)
        async with open_services(settings) as services:
            yield services


@asynccontextmanager
async def local(
    *, live: bool = False, providers: bool = True, progress: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Local]:
    """Opens the embedded stack and the services on it, for a command that runs in one process."""
    needs = EVERYTHING if providers else ("database", "redis")
    async with ground(live=live, providers=providers, progress=progress) as here:
        settings = load_settings(needs, **here.overrides)
        async with opened(here.stack, settings) as services:
            yield Local(settings, services, here.stack)


def local_settings(stack: StackAddresses, keys: dict[str, Any]) -> dict[str, Any]:
    """The settings of stage `local` on this stack: for the real providers with `keys`, else for the lab's."""
    chosen: dict[str, Any] = {
        "stage": "local",
        "release": release(),
        "database_url": timescale.database_url(stack.postgres_url),
        "redis_url": stack.redis_url,
    }
    if keys or not stack.providers_url:
        return chosen | keys
    host = stack.providers_url.removeprefix("http://")
    # the providers aren't faster when this process's clock is
    slack = max(1.0, timescale.speed() / 2)
    bounds = ("stt_silence_seconds", "llm_silence_seconds", "tts_silence_seconds", "switch_seconds")
    return chosen | {
        **{name: SpeechSettings.model_fields[name].default * slack for name in bounds},
        "deepgram_api_key": LAB_KEY,
        "openai_api_key": LAB_KEY,
        "deepgram_base_url": f"{stack.providers_url}/v1/listen",
        "openai_base_url": f"{stack.providers_url}/v1",
        "sentry_dsn": f"http://lab@{host}/1",
    }
