"""The port `AudioFiles`: recordings as files on this machine, and those that LiveKit's egress puts into a bucket."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from shared.files import write_whole

if TYPE_CHECKING:
    from shared.adapters.s3 import Bucket


FILE_SECONDS = 15.0
"""For one file, wherever it lies; then it is a `TimeoutError`, which is an `OSError`."""


class LocalFiles:
    """Recordings in one folder; a `name` can't lead out of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, name: str, audio: bytes) -> str:
        path = self._folder / Path(name).name
        async with asyncio.timeout(FILE_SECONDS):
            await asyncio.to_thread(write_whole, path, audio)
        return str(path)

    async def delete(self, path: str) -> None:
        async with asyncio.timeout(FILE_SECONDS):
            await asyncio.to_thread(Path(path).unlink, missing_ok=True)


class RecordingFiles(LocalFiles):
    """Recordings in one folder and in a bucket.

    `delete` raises `OSError` for a file that it can't reach (another machine's, an unmounted folder's, another
    bucket's): such a file may still be there, and counts as not deleted.
    """

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
            async with asyncio.timeout(FILE_SECONDS):
                await self._bucket.delete(path)
        except ValueError as error:
            raise FileNotFoundError(str(error)) from error
