"""`pickup recordings`: speaks anew the sentences that the agent ships as recordings, after their words were changed."""

import asyncio

import typer


def recordings() -> None:
    """Record the sentences that must be heard whatever is down (into agent/recordings). Example:  pickup recordings"""
    asyncio.run(_record())


async def _record() -> None:
    from agent import recorded
    from agent.spoken import SAMPLE_RATE
    from lab.providers.voice import Mouth

    recorded.FOLDER.mkdir(exist_ok=True)
    wanted = {recorded.recording_of(text): text for text in recorded.SENTENCES}
    for old in set(recorded.FOLDER.glob("*.ogg")) - set(wanted):
        old.unlink()
    mouth = Mouth()
    try:
        for path, text in wanted.items():
            pcm = b"".join([part async for part in mouth.speak(text, "alloy")])
            recorded.write(path, pcm, SAMPLE_RATE)
            typer.echo(f"{path.name}  {text}")
    finally:
        mouth.close()
