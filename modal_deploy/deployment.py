"""A deployment: a stage's names on Modal, and the release. Read at the deploy, and in each container."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Self

import click

from shared.config import Need, deployed_peers, deployed_stage, generation, needed_variables, release
from shared.errors import ConfigError

NEEDS: tuple[Need, ...] = ("database", "redis", "speech", "livekit", "signing")
"""Of a stage's processes together: they share one secret."""


@dataclass(frozen=True)
class Deployment:
    stage: str
    release: str
    peers: str | None = None
    """The carrier's networks, where the deploy names them: a wrong list is refused before anything is deployed, which
    it couldn't be in a secret, as nobody can read that."""
    generation: int = 0
    """The number of this deploy: later ones have greater ones."""

    @classmethod
    def named(cls) -> Self:
        """By PICKUP_STAGE, and the tag of `modal deploy --tag`, else PICKUP_RELEASE or git.

        Raises `ConfigError` with its remedy. A container reads the variables of `environment`.
        """
        commit = _tag() or release()
        if commit == "unversioned":
            raise ConfigError("no release is named: deploy with --tag <commit>")
        return cls(deployed_stage(), commit, deployed_peers(), generation())

    @property
    def kind(self) -> Literal["production", "preview"]:
        return "production" if self.stage == "production" else "preview"

    @property
    def app(self) -> str:
        """The app's name, and the volume's of its recordings."""
        return f"pickup-{self.stage}"

    @property
    def place(self) -> str:
        """The Modal environment: a name space. What keeps previews from production is `modal_deploy.separation`."""
        return "main" if self.kind == "production" else "preview"

    @property
    def secret(self) -> str:
        """What all stages of the kind share."""
        return f"pickup-{self.kind}"

    @property
    def secrets(self) -> dict[str, list[str]]:
        """The keys that each of its secrets must hold. A preview's own one holds its login to the database: another
        preview's would let it read and write the other's rows. A later secret's key goes before an earlier one's."""
        if self.kind == "production":
            return {self.secret: required_keys()}
        shared = [key for key in required_keys() if key != DATABASE]
        return {self.secret: shared, f"pickup-{self.stage}": [DATABASE]}

    @property
    def environment(self) -> dict[str, str | None]:
        """The processes' environment variables, beside the secret's."""
        named: dict[str, str | None] = {} if self.peers is None else {"PICKUP_SIP_PEERS": self.peers}
        return named | {
            "PICKUP_STAGE": self.stage,
            "PICKUP_RELEASE": self.release,
            "PICKUP_GENERATION": str(self.generation),
            "PICKUP_RECORDINGS_DIR": RECORDINGS,
            "PICKUP_VOLUME_SOCKET": VOLUME_SOCKET,
        }

    def refuse_elsewhere(self, place: str) -> None:
        """Raises `ConfigError` when `place` isn't the stage's Modal environment."""
        if place != self.place:
            elsewhere = f"environment {place!r}" if place else "an environment that isn't named"
            raise ConfigError(
                f"stage {self.stage} doesn't belong into {elsewhere}: deploy it with --env {self.place}, "
                f"or set MODAL_ENVIRONMENT to {self.place}"
            )


DATABASE = "PICKUP_DATABASE_URL"
PRODUCTION = Deployment("production", "")
RECORDINGS = "/recordings"
"""Where the stage's volume of recordings is mounted."""
VOLUME_SOCKET = "/tmp/pickup-recordings.sock"
"""Where the function of a container commits and reloads that volume for the other processes."""


def required_keys(needs: Collection[Need] = NEEDS) -> list[str]:
    """What a stage's secret must hold: Modal refuses the deploy without, and names what lacks."""
    # a deployed stage has no terminal: an error that Sentry doesn't get reaches nobody
    return [*needed_variables(needs), "SENTRY_DSN"]


def _tag() -> str | None:
    """What `modal deploy` was given as its --tag, where that is what runs."""
    running = click.get_current_context(silent=True)
    return (running.params.get("tag") if running else None) or None
