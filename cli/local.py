"""The embedded stack and the services on it, as every local command needs them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lab import timescale
from lab.stack import StackAddresses, joined_stack
from shared.config import EVERYTHING, Settings, data_dir, live_keys, load_settings, pg_bin, redis_bin, release
from shared.observe import init_logs, init_sentry
from shared.wiring import Services, open_services

LAB_KEY = "lab"
"""The emulated providers take any key but `bad`."""


@dataclass(frozen=True)
class Local:
    settings: Settings
    services: Services
    stack: StackAddresses


@asynccontextmanager
async def local(
    *, live: bool = False, providers: bool = True, progress: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Local]:
    """Join or start the embedded stack and open the services on it; `live` uses the real speech providers."""
    # before anything is started, as a missing key ends it all
    keys = live_keys() if live else {}
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(
            joined_stack(
                data_dir(), with_providers=providers, pg_bin=pg_bin(), redis_bin=redis_bin(), progress=progress
            )
        )
        needs = EVERYTHING if providers else ("database", "redis")
        settings = load_settings(needs, **local_settings(stack, keys))
        # the terminal is for the story
        init_logs(settings, file=opened.enter_context((stack.folder / "logs" / "pickup.log").open("a")), as_json=True)
        init_sentry(settings)
        yield Local(settings, await opened.enter_async_context(open_services(settings)), stack)


def local_settings(stack: StackAddresses, keys: dict[str, Any]) -> dict[str, Any]:
    """The settings of stage `local` on this stack: with the real providers' keys, else the lab's where it runs."""
    chosen: dict[str, Any] = {
        "stage": "local",
        "release": release(),
        "database_url": stack.postgres_url,
        "redis_url": stack.redis_url,
    }
    if keys or not stack.providers_url:
        return chosen | keys
    host = stack.providers_url.removeprefix("http://")
    # the lab doesn't work faster when this process's clock runs faster
    slack = max(1.0, timescale.speed() / 2)
    bounds = ("stt_silence_seconds", "llm_silence_seconds", "tts_silence_seconds")
    return chosen | {
        **{name: Settings.model_fields[name].default * slack for name in bounds},
        "deepgram_api_key": LAB_KEY,
        "openai_api_key": LAB_KEY,
        "deepgram_base_url": f"{stack.providers_url}/v1/listen",
        "openai_base_url": f"{stack.providers_url}/v1",
        "sentry_dsn": f"http://lab@{host}/1",
    }
