"""`pickup house-audio`: makes the shipped sentences anew, after their words were changed."""

import asyncio

import typer


def house_audio() -> None:
    """Speak the sentences that callers must hear whatever is down, into shared/audio. Example:  pickup house-audio"""
    asyncio.run(_make())


async def _make() -> None:
    from local_deploy.house_audio import make_house_audio

    async for path, text in make_house_audio():
        typer.echo(f"{path.name}  {text}")
