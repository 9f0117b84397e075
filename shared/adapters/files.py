"""The port `AudioFiles`: recordings as files of this machine, and those that egress puts into a bucket."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.adapters.s3 import Bucket


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


class RecordingFiles(LocalFiles):
    """Deletes what it can tell to be gone afterwards; what lies elsewhere is an `OSError`, never taken for deleted."""

    def __init__(self, folder: Path, bucket: "Bucket | None" = None) -> None:
        super().__init__(folder)
        self._bucket = bucket

    async def delete(self, path: str) -> None:
        if path.startswith("s3://"):
            await self._delete_in_bucket(path)
        elif not await asyncio.to_thread(Path(path).parent.is_dir):
            raise FileNotFoundError(f"{path} is on another machine, or its folder is not mounted")
        else:
            await super().delete(path)

    async def _delete_in_bucket(self, path: str) -> None:
        if self._bucket is None:
            raise FileNotFoundError(f"{path} is in a bucket that isn't configured: set RECORDING_STORAGE and its keys")
        try:
            await self._bucket.delete(path)
        except ValueError as error:
            raise FileNotFoundError(str(error)) from error
