"""What happens to the system, and when: drawn from a seed, so that a run that failed can be run again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

Act = Literal["kill", "freeze", "provider", "webhooks"]

KILLED = ("job", "worker", "webhooks", "failover", "watchdog", "redis", "postgres", "livekit", "gateway", "carrier")
FROZEN = ("worker", "webhooks", "watchdog", "redis", "postgres")
PROVIDERS = ("stt", "llm", "tts")
PROVIDER_FAULTS = ("refuse", "status", "hang", "cut")
WEBHOOK_FAULTS = ("double", "delay", "reorder", "lose")
FREEZES_SECONDS = (2.0, 8.0)
FAULTS_SECONDS = (3.0, 10.0)
PAUSE_SECONDS = (8.0, 16.0)
"""Between two strikes: the system heals from one before the next comes."""
FIRST_SECONDS = 6.0


@dataclass(frozen=True)
class Strike:
    """One blow. `target`: a process, a kind of provider, or nothing for the webhooks' delivery."""

    at_seconds: float
    """Since the first call."""
    act: Act
    target: str
    how: str = ""
    """The provider's or the delivery's fault."""
    seconds: float = 0.0
    """How long it lasts; a kill lasts until the system has started the process again."""

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.0f} s" if self.seconds else ""
        return " ".join(filter(None, (self.act, self.target, self.how))) + lasts


def drawn(seed: int, seconds: float, spared: Sequence[str] = ()) -> list[Strike]:
    """The strikes of a run of this length. `spared` targets aren't struck."""
    chance = random.Random(seed)
    possible = [strike for strike in _possible() if strike.target not in spared]
    strikes: list[Strike] = []
    at = FIRST_SECONDS
    # each kind once before one comes a second time: a short run would miss some
    for turn in count():
        if turn % len(possible) == 0:
            chance.shuffle(possible)
        one = possible[turn % len(possible)]
        lasts = 0.0
        if one.act != "kill":
            lasts = round(chance.uniform(*(FREEZES_SECONDS if one.act == "freeze" else FAULTS_SECONDS)), 1)
        if at + lasts > seconds:
            return strikes
        strikes.append(Strike(round(at, 1), one.act, one.target, one.how, lasts))
        at += lasts + chance.uniform(*PAUSE_SECONDS)
    raise AssertionError("count never ends")


def _possible() -> list[Strike]:
    return [
        *(Strike(0, "kill", target) for target in KILLED),
        *(Strike(0, "freeze", target) for target in FROZEN),
        *(Strike(0, "provider", target, how) for target in PROVIDERS for how in PROVIDER_FAULTS),
        *(Strike(0, "webhooks", "delivery", how) for how in WEBHOOK_FAULTS),
    ]
