"""Removes what calls left on this machine: the database, recordings, logs (`make clean`). A stack in use stays."""

import shutil
import socket
import sys
from pathlib import Path

# Run by path: the checkout isn't on the module path unless the project is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab.stack.stack import folders, socket_path
from shared.config import data_dir


def main() -> None:
    data = data_dir()
    if _is_running(data):
        sys.exit(f"pickup: a call or another command is using {data}; let it end first")
    found = folders(data)
    for folder in found:
        shutil.rmtree(folder)
        print(f"· removed {folder}", file=sys.stderr)
    if not found:
        print(f"· nothing to remove: there is no {data}", file=sys.stderr)


def _is_running(data: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_path(data)))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


main()
