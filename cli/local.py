"""The embedded stack and the services on it, as every local command needs them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lab.stack import StackAddresses, joined_stack
from shared.config import Settings, data_dir, live_keys, load_settings, pg_bin, redis_bin, release
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
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(
            joined_stack(
                data_dir(), with_providers=providers, pg_bin=pg_bin(), redis_bin=redis_bin(), progress=progress
            )
        )
        settings = load_settings(**local_settings(stack, live))
        # the terminal is for the story
        init_logs(settings, file=opened.enter_context((stack.folder / "logs" / "pickup.log").open("a")), as_json=True)
        init_sentry(settings)
        yield Local(settings, await opened.enter_async_context(open_services(settings)), stack)


def local_settings(stack: StackAddresses, live: bool) -> dict[str, Any]:
    """The settings of stage `local` on this stack; raises `ConfigError` when `live` lacks a key."""
    chosen: dict[str, Any] = {
        "stage": "local",
        "release": release(),
        "database_url": stack.postgres_url,
        "redis_url": stack.redis_url,
    }
    if live:
        return chosen | live_keys()
    host = stack.providers_url.removeprefix("http://")
    return chosen | {
        "deepgram_api_key": LAB_KEY,
        "openai_api_key": LAB_KEY,
        "deepgram_base_url": f"{stack.providers_url}/v1/listen",
        "openai_base_url": f"{stack.providers_url}/v1",
        "sentry_dsn": f"http://lab@{host}/1",
    }
