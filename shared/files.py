"""Writes a file whole: a reader finds the old file or the new one, never a part."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Puts `data` into a file beside `path`, then renames that to `path`; makes the folder. Blocks. Raises `OSError`.

    Only this account can read the file. Any number of threads and processes may write the same path at once: the last
    rename counts. The data isn't forced to the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # no reader looks for this name, and no other writer has it
    descriptor, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
