"""How the carrier's voice application must be set, so that one address that fails loses no webhook: docs/deploy.md."""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_WEBHOOK_SECONDS = 4
"""A store that hangs, or a command with its repeats, keeps an answer for 3 s."""
MOST_SILENT_SECONDS = 30


@dataclass(frozen=True)
class VoiceApplication:
    """What the carrier's portal has of one application; its numbers share these settings."""

    name: str
    webhook_url: str
    failover_url: str = ""
    webhook_seconds: int | None = None
    """How long an address has for its answer. None: the carrier's own default."""
    first_command_seconds: int | None = None
    """After how long a call without a command is hung up. None: never."""


def shortcomings(applications: Sequence[VoiceApplication], webhook_url: str) -> tuple[str, ...]:
    """What is wrong with the applications that deliver to this address, a sentence each; empty when all is well."""
    ours = [application for application in applications if application.webhook_url == webhook_url]
    if not ours:
        return (f"no voice application delivers webhooks to {webhook_url}",)
    return tuple(f"application {one.name}: {what}" for one in ours for what in _lacking(one))


def _lacking(application: VoiceApplication) -> list[str]:
    found: list[str] = []
    if application.failover_url in ("", application.webhook_url):
        found.append("it has no failover URL of its own")
    if (application.webhook_seconds or 0) < LEAST_WEBHOOK_SECONDS:
        found.append(f"its webhook timeout is under {LEAST_WEBHOOK_SECONDS} s")
    silent = application.first_command_seconds
    if silent is None or silent > MOST_SILENT_SECONDS:
        found.append("a call that gets no command rings without end: hang-up on timeout isn't set")
    return found
