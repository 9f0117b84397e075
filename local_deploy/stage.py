"""One stage of `pickup up`: its settings, its numbers, and its processes."""

import re
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.stack import processes
from lab.stack.child import Child
from lab.stack.operator import stage_dsn, stage_redis_url
from lab.stack.ports import free_port
from local_deploy.local import Ground
from shared.config import STAGE_PATTERN, as_environment
from shared.domain.generations import Generation, StageGenerations
from shared.errors import InputError
from shared.files import write_whole
from shared.services import Services

LOCAL = "local"
STOP = ((signal.SIGTERM, 8.0),)


class Stage:
    """Shares nothing with another stage but the servers: it has its own database role, keys, folders and processes.

    `among_others` puts its name before those of its processes. Not to be started twice.
    """

    def __init__(self, settings: dict[str, Any], logs: Path, among_others: bool = False) -> None:
        self.name: str = settings["stage"]
        self.settings = settings
        """The stage's own settings, without those that all stages share (LiveKit, the carrier)."""
        self._port, self._failover_port = free_port(), free_port()
        self.webhooks_url = f"http://127.0.0.1:{self._port}"
        self.failover_url = f"http://127.0.0.1:{self._failover_port}"
        """A second process of the webhooks: the carrier delivers there what the first doesn't take."""
        self.dids: tuple[str, ...] = ()
        """Its active numbers, once its trunk is provisioned."""
        self.workers: list[Child] = []
        self.known = StageGenerations()
        """Its generations, as they were seen last."""
        self.started = 0
        """The number of the latest generation whose workers were started."""
        self._hired = 0
        self._drain_seconds, self._settings = 0.0, dict[str, Any]()
        self._logs = logs
        self._prefix = f"{self.name}/" if among_others else ""

    async def open_entrance(self, services: Services) -> None:
        """Provisions its trunk and dispatch rule. Raises InputError for a stage without a number, SwitchboardError."""
        self.dids = tuple(await services.directory.dids(self.name))
        if not self.dids:
            raise InputError(
                f"stage {self.name} has no number: bind one first, with  "
                f"pickup number bind +1… --stage {self.name} --tenant 00000000-0000-4000-a000-000000000001"
            )
        await services.switchboard.provision(services.trunk_plan(self.dids))

    def staff(self, settings: dict[str, Any], workers: int, drain_seconds: float) -> list[Child]:
        """Its processes, not started yet, all with these settings: webhooks and failover, the watchdog, the workers."""
        environment = as_environment(settings)
        webhooks = ("webhooks", "--host", "127.0.0.1", "--port")
        self._drain_seconds, self._settings = drain_seconds, settings
        for _ in range(workers):
            self.one_more_worker()
        return [
            self._child("webhooks", (*webhooks, str(self._port)), environment, STOP),
            self._child("failover", (*webhooks, str(self._failover_port)), environment, STOP),
            self._child("watchdog", ("background.watchdog",), environment, STOP),
            *self.workers,
        ]

    def one_more_worker(self, of: Generation | None = None) -> Child:
        """Another worker, not started yet, of this generation or the current one. Once another generation took over,
        and it has left, it isn't started again."""
        new = of or self.known.current
        its = {"generation": new.number, "release": new.release} if new else {}
        number = new.number if new else 0
        self.started = max(self.started, number)
        self._hired += 1
        worker = self._child(
            f"worker-{self._hired}",
            ("agent.worker", "--drain-seconds", str(self._drain_seconds)),
            as_environment(self._settings | its),
            ((signal.SIGTERM, self._drain_seconds + 10.0),),
            wanted=lambda: self.has(number),
        )
        self.workers.append(worker)
        return worker

    def has(self, number: int) -> bool:
        """Whether the generation of this number is the current one or the candidate; 0 stands for none. Where Redis has
        lost what it knew, every generation goes on."""
        known = self.known
        if not number or known.current is None:
            return True
        return number in {each.number for each in (known.current, known.candidate) if each}

    def _child(
        self,
        name: str,
        module: tuple[str, ...],
        environment: dict[str, str],
        stop_steps: processes.Steps,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Child:
        program = [sys.executable, "-m", *module]
        (self._logs / self._prefix).mkdir(exist_ok=True)
        return Child(
            f"{self._prefix}{name}",
            program,
            self._logs,
            environment=environment,
            stop_steps=stop_steps,
            wanted=wanted,
        )


def checked_stage(name: str) -> str:
    """`name`. Raises InputError for a name that no stage may have."""
    if not re.fullmatch(STAGE_PATTERN, name):
        raise InputError(
            f"--stage {name}: a stage is local, production or preview-<slug> (lower-case letters, digits and dashes)"
        )
    return name


async def own_settings(here: Ground, stage: str) -> dict[str, Any]:
    """The settings of a stage on this stack: what no other stage has.

    Its role in the database, its user of Redis, its signing keys, and its folders for the spool and the recordings.
    """
    own: dict[str, Any] = {
        "stage": stage,
        "database_url": await stage_dsn(here.stack.postgres_url, stage),
        "redis_url": await stage_redis_url(here.stack.redis_url, stage),
    }
    folder = here.stack.folder
    if stage != LOCAL:
        folder = folder / "stages" / stage
        own |= {"data_dir": folder, "recordings_dir": folder / "recordings"}
    return here.overrides | own | {"signing_keys": kept_keys(folder / "signing.keys")}


def kept_keys(path: Path) -> str:
    """The signing keys in this file, which only this account can read; makes one where there is no file."""
    if not path.exists():
        write_whole(path, secrets.token_hex(32).encode())
    return path.read_text().strip()
