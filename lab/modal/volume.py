"""A Modal volume on this machine: each machine that mounts it has a view of its own, at the same path."""

from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Method:
    """A method of Modal's client, of which only the asynchronous form is used."""

    aio: Callable[[], Coroutine[None, None, None]]


@dataclass
class SharedVolume:
    """`mount` is its path on every machine. One machine acts at a time: the one that is inside `View.mounted`."""

    mount: Path
    committed: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """What all machines see when they reload."""

    def view(self) -> "View":
        """A machine that mounts it now."""
        return View(self, dict(self.committed), dict(self.committed))

    def present(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.mount.iterdir()} if self.mount.is_dir() else {}

    def put(self, files: dict[str, bytes]) -> None:
        self.mount.mkdir(parents=True, exist_ok=True)
        for name in self.present().keys() - files.keys():
            (self.mount / name).unlink()
        for name, content in files.items():
            (self.mount / name).write_bytes(content)


@dataclass
class View:
    """What one machine sees: the volume as it last reloaded it, and its own writes and deletions since."""

    volume: SharedVolume
    synced: dict[str, bytes]
    aside: dict[str, bytes]
    """Its files while another machine acts."""
    fault: Exception | None = None
    """Raised by `commit` and `reload`."""
    has_open_files: bool = False
    """Then a reload fails, as on Modal."""

    @contextmanager
    def mounted(self) -> Generator[None]:
        self.volume.put(self.aside)
        try:
            yield
        finally:
            self.aside = self.volume.present()
            self.volume.put({})

    @property
    def commit(self) -> Method:
        return Method(self._commit)

    @property
    def reload(self) -> Method:
        return Method(self._reload)

    async def _commit(self) -> None:
        self._reach()
        here = self.volume.present()
        for name in self.synced.keys() - here.keys():
            self.volume.committed.pop(name, None)
        self.volume.committed.update({name: here[name] for name in here if here[name] != self.synced.get(name)})
        self.synced = here

    async def _reload(self) -> None:
        self._reach()
        if self.has_open_files:
            raise RuntimeError("there are open files preventing the operation")
        here, theirs = self.volume.present(), self.volume.committed
        mine = {name for name in {*here, *self.synced} if here.get(name) != self.synced.get(name)}
        kept = {name: here[name] for name in mine if name in here}
        self.volume.put({name: content for name, content in theirs.items() if name not in mine} | kept)
        self.synced = dict(theirs)

    def _reach(self) -> None:
        if self.fault is not None:
            raise self.fault
