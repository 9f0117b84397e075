"""Audio as files of this machine."""

import asyncio
from pathlib import Path


class LocalFiles:
    """In one folder; `name` may not lead out of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, name: str, audio: bytes) -> str:
        path = self._folder / Path(name).name
        await asyncio.to_thread(_write, path, audio)
        return str(path)

    async def delete(self, path: str) -> None:
        await asyncio.to_thread(Path(path).unlink, missing_ok=True)


def _write(path: Path, audio: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(audio)
    part.replace(path)
