"""The port `AudioFiles`: recordings in a folder of this machine, and those that LiveKit's egress puts into buckets."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shared.files import write_whole
from shared.ports import Erasure, StoredFile

if TYPE_CHECKING:
    from shared.adapters.s3 import Bucket
    from shared.adapters.volume import Volume

FILE_SECONDS = 15.0
"""For one file, wherever it lies; then it is a `TimeoutError`, which is an `OSError`."""


class Place(Protocol):
    """Where recordings lie. Whatever goes wrong is an `OSError`."""

    def holds(self, path: str) -> bool:
        """Whether such a path is this place's."""
        ...

    async def exists(self, path: str) -> bool: ...

    async def delete(self, path: str) -> bool:
        """False where it wasn't there; either way it isn't afterwards, which is proven."""
        ...

    async def page(self, after: str, limit: int) -> Sequence[StoredFile]:
        """The files whose names come after that one, in order."""
        ...


class Folder:
    """One folder; a `name` can't lead out of it.

    On a network volume each machine has a view of its own: it sees what others committed when it reloads, and they see
    what it commits. Without a volume the folder is a disk that all of the stage's processes share.
    """

    def __init__(self, folder: Path, volume: "Volume | None" = None) -> None:
        self._folder = folder
        self._volume = volume

    def holds(self, path: str) -> bool:
        return not path.startswith("s3://")

    async def write(self, name: str, audio: bytes) -> str:
        path = self._folder / Path(name).name
        await asyncio.to_thread(write_whole, path, audio)
        await self.commit()
        return str(path)

    async def commit(self) -> None:
        if self._volume is not None:
            await self._volume.commit()

    async def exists(self, path: str) -> bool:
        if await self._is_here(path):
            return True
        await self._refresh()
        return await self._is_here(path)

    async def delete(self, path: str) -> bool:
        if not await self.exists(path):
            return False
        await asyncio.to_thread(Path(path).unlink, missing_ok=True)
        await self.commit()
        if await self._is_here(path):
            raise FileExistsError(f"{path} is there again after it was deleted")
        return True

    async def page(self, after: str, limit: int) -> Sequence[StoredFile]:
        await self._refresh()
        return await asyncio.to_thread(self._page, after, limit)

    async def _is_here(self, path: str) -> bool:
        if not await asyncio.to_thread(Path(path).parent.is_dir):
            raise FileNotFoundError(f"{path} is on another machine, or its folder is not mounted")
        return await asyncio.to_thread(Path(path).exists)

    async def _refresh(self) -> None:
        """From now on the view is what all machines have. Raises `OSError` where it may be an older one."""
        if self._volume is not None:
            # a deletion of ours that wasn't committed would hide a file that others still see
            await self._volume.commit()
            await self._volume.reload()

    def _page(self, after: str, limit: int) -> list[StoredFile]:
        if not self._folder.is_dir():
            return []
        paths = sorted(path for path in self._folder.iterdir() if path.name > after and path.is_file())[:limit]
        return [StoredFile(str(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in paths]


class RecordingFiles:
    """Recordings in one folder and in egress's buckets.

    Raises `OSError` for a file that it can't reach (another machine's, an unmounted folder's, another bucket's): such a
    file may still be there, and counts as not deleted.
    """

    def __init__(
        self,
        folder: Path,
        bucket: "Bucket | None" = None,
        backup: "Bucket | None" = None,
        *,
        volume: "Volume | None" = None,
    ) -> None:
        self._folder = Folder(folder, volume)
        self._backup = backup
        self._places: list[Place] = [self._folder, *filter(None, (bucket, backup))]

    async def write(self, name: str, audio: bytes) -> str:
        async with asyncio.timeout(FILE_SECONDS):
            return await self._folder.write(name, audio)

    async def settle(self, path: str) -> None:
        if self._folder.holds(path):
            async with asyncio.timeout(FILE_SECONDS):
                await self._folder.commit()

    async def exists(self, path: str, *, in_backup: bool = False) -> bool:
        return any([await _bounded(place.exists, at) for place, at in self._copies(path, in_backup)])

    async def delete(self, path: str, *, in_backup: bool = False) -> Erasure:
        found = [await _bounded(place.delete, at) for place, at in self._copies(path, in_backup)]
        return Erasure.DELETED if any(found) else Erasure.ABSENT

    async def page(self, place: int, after: str, limit: int) -> Sequence[StoredFile] | None:
        if place >= len(self._places):
            return None
        async with asyncio.timeout(FILE_SECONDS):
            return await self._places[place].page(after, limit)

    def _copies(self, path: str, in_backup: bool) -> list[tuple[Place, str]]:
        """Where it may lie, and under which path: egress's backup has it under the same name."""
        place = next((each for each in self._places if each.holds(path)), None)
        if place is None:
            raise FileNotFoundError(f"{path} is in a bucket that isn't configured: set RECORDING_STORAGE and its keys")
        copies = [(place, path)]
        backup = self._backup
        if place is not self._folder and place is not backup and backup is not None:
            copies.append((backup, backup.path_of(path)))
        elif in_backup and place is not backup:
            raise FileNotFoundError(
                f"egress put {path} into its backup storage, which isn't configured: set RECORDING_BACKUP_STORAGE"
            )
        return copies


async def _bounded(work: Callable[[str], Awaitable[bool]], path: str) -> bool:
    async with asyncio.timeout(FILE_SECONDS):
        return await work(path)
