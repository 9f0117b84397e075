"""A disk that a test fills: a small file system where root may mount one, else a folder that takes no files."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    folder: Path
    mounted: bool

    def fill(self, but: int = 0) -> None:
        """No room is left, or `but` bytes of it."""
        if not self.mounted:
            for folder in (self.folder, *(each for each in self.folder.rglob("*") if each.is_dir())):
                folder.chmod(0o500)
            return
        with (self.folder / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
            file.truncate(max(0, file.tell() - but))

    def free(self) -> None:
        for folder in (self.folder, *(each for each in self.folder.rglob("*") if each.is_dir())):
            folder.chmod(0o700)
        (self.folder / "filler").unlink(missing_ok=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "small", str(folder)]
    mounted = os.getuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    disk = SmallDisk(folder, mounted)
    try:
        yield disk
    finally:
        disk.free()
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
