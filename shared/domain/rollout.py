"""Which version of a template answers which caller: a share of the callers tries a new one (`docs/templates.md`)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

SHIPPED = "shipped"
"""The label of the version that an agent's release ships, which has no number."""

ALERT = "template_version:"
"""How the keys of the alerts about versions begin."""


@dataclass(frozen=True)
class Rollout:
    """What serves a stage's calls to one template. A version that is None is the shipped one."""

    step: int
    """Rises by one with each change."""
    stable: int | None
    """Serves all calls but those of the trial."""
    trial: int | None = None
    share: int | None = None
    """Percent of the callers whom the trial serves, 1 to 99; None without a trial."""
    earlier: tuple[int | None, ...] = ()
    """What was stable before, the latest last: a rollback returns to it."""
    withdrawn: bool = False
    """It answers no call, and no orchestrator hands one to it, until it is published again or rolled back."""

    @property
    def serving(self) -> tuple[int, ...]:
        """The published versions that serve callers now, the stable one first."""
        return () if self.withdrawn else tuple(each for each in (self.stable, self.trial) if each is not None)


@dataclass(frozen=True)
class VersionRecord:
    """A version with the calls that it has served to their end."""

    version: str
    """Its number, or `SHIPPED`."""
    created_at: datetime | None
    calls: int
    answered: int
    outcomes: dict[str, int]
    median_seconds: float | None
    """From the answer to the end."""
    cost_usd: Decimal | None


@dataclass(frozen=True)
class TemplateHistory:
    rollout: Rollout | None
    """None: nothing was ever published."""
    versions: tuple[VersionRecord, ...]
    """The newest first, `SHIPPED` last."""


def version_for(rollout: Rollout | None, template: str, caller: str) -> int | None:
    """The version that serves this caller; None: the shipped one.

    `caller` is a comparing key, or the call's id where the caller is anonymous. A caller keeps the version that they
    had while its share grows, and a template's trials have the same callers.
    """
    if rollout is None:
        return None
    if rollout.trial is not None and place_of(template, caller) < (rollout.share or 0):
        return rollout.trial
    return rollout.stable


def place_of(template: str, caller: str) -> int:
    """A caller's place among hundred, the same in every process: those below a trial's share get it."""
    digest = hashlib.sha256(f"{template}\n{caller}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100


def stand_ins(rollout: Rollout | None, version: int) -> tuple[int, ...]:
    """The versions that may serve in the place of one that can't be used, the best first; after them, the shipped one.

    Those that served before it. What was stable before the shipped one was, has been given up for it.
    """
    if rollout is None:
        return ()
    found: list[int] = []
    for each in (rollout.stable, *reversed(rollout.earlier)):
        if each is None:
            break
        if each != version and each not in found:
            found.append(each)
    return tuple(found)


def label(version: int | None) -> str:
    """As calls record it."""
    return SHIPPED if version is None else str(version)


def numbered(label: str | None) -> int | None:
    """The version of a label; None for the shipped one, and for a label of another release's making."""
    return int(label) if label is not None and label.isdecimal() else None
