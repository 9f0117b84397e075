"""Dead air in a call: which part of it is dead, by its signs of life, and what to try next.

All times are seconds of one clock that never goes back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from types import MappingProxyType


class Cause(StrEnum):
    NO_ANSWER = "no_answer"
    """The caller has finished a turn and hears nothing."""
    NO_WORDS = "no_words"
    """The caller speaks, and the recogniser gives nothing."""


class Rung(StrEnum):
    HOLD = "hold"
    """Say a prepared sentence; it repairs nothing."""
    RESTART = "restart"
    """Answer the turn once more."""
    OTHER_PROVIDER = "other_provider"
    """The next provider of the chain gets what this one made nothing of."""
    REBUILD = "rebuild"
    """New streams, queues and tasks for the rest of the conversation, in the same process."""
    TAKEOVER = "takeover"
    """Another process goes on with the call."""
    GIVE_UP = "give_up"
    """Say a recorded apology and promise to call back."""


MEMORY_SECONDS = 60.0
"""A cause that comes back within this is met with the next rung, not with the one that helped for a moment only."""
LEAST_VOICE_SECONDS = 1.0
"""A sound without words that is shorter is a cough, a door, a cup: the recogniser is right to be silent."""
SECOND_OPINION_SECONDS = 3.5
"""Within this another recogniser has found the words in what the first one made nothing of, if there are any."""
MOST_VOICE_SECONDS = 6.0
"""Speech that goes on for so long has had words in it: a recogniser gives some each second."""


@dataclass(frozen=True)
class Step:
    rung: Rung
    patience_seconds: float
    """Without any progress, or since the attempt before, until this rung is taken."""


LADDERS: Mapping[Cause, tuple[Step, ...]] = MappingProxyType(
    {
        Cause.NO_ANSWER: (
            Step(Rung.RESTART, 6.0),
            Step(Rung.REBUILD, 3.0),
            Step(Rung.TAKEOVER, 3.0),
            Step(Rung.GIVE_UP, 4.0),
        ),
        # a sound without words looks alike: callers are asked to repeat, and given up, by the conversation's timeouts
        Cause.NO_WORDS: (
            Step(Rung.OTHER_PROVIDER, 2.0),
            Step(Rung.REBUILD, 4.0),
        ),
    }
)


@dataclass(frozen=True)
class Limits:
    hold_seconds: float = 2.0
    """Of silence after the caller's turn, until the holding sentence begins."""
    engines_seconds: float = 9.0
    """Within this a model and a synthesiser that hang have been asked twice, and have failed by their own limits."""
    words_seconds: float = LADDERS[Cause.NO_WORDS][0].patience_seconds
    """After the end of speech, until a recogniser that has given no words is taken for a dead one."""


@dataclass(frozen=True)
class Signs:
    """When a call last gave each sign of life; -inf: never."""

    busy: bool = False
    """A transfer goes on, a tool runs, or the call is about to end: silence is right, or bounded by its own rules."""
    speaking: bool = False
    """The agent's speech is being played."""
    owed_since: float | None = None
    """When the caller finished the turn that hasn't been answered; None: nothing is owed."""
    progress_at: float = -inf
    """A token of the model that is no blank, a tool's end, or any other step towards an answer."""
    under_way: bool = False
    """A reply has begun, and the limits of its engines end it where it hangs."""
    caller_speaks: bool = False
    voice_at: float = -inf
    """Voice of the caller."""
    unheard_voice_seconds: float = 0.0
    """Voice of the caller since the newest words that were recognised."""
    unheard_since: float = -inf
    """When that voice began."""


@dataclass(frozen=True)
class Dead:
    cause: Cause
    since: float
    """The caller's silence began."""
    still_since: float
    """The last progress towards its end."""


@dataclass(frozen=True)
class Attempt:
    cause: Cause
    rung: Rung
    at: float


def found(signs: Signs, limits: Limits) -> Dead | None:
    """What is dead of the call, if anything. Silence of the caller alone never is."""
    if signs.busy:
        return None
    if signs.owed_since is not None and not signs.speaking and not signs.caller_speaks:
        since = max(signs.owed_since, signs.voice_at)
        still = max(since, signs.progress_at)
        own_limits = limits.engines_seconds - LADDERS[Cause.NO_ANSWER][0].patience_seconds if signs.under_way else 0.0
        return Dead(Cause.NO_ANSWER, since, still + own_limits)
    unheard, slow = signs.unheard_voice_seconds, limits.words_seconds - LADDERS[Cause.NO_WORDS][0].patience_seconds
    if not signs.caller_speaks and unheard >= LEAST_VOICE_SECONDS:
        return Dead(Cause.NO_WORDS, signs.voice_at, signs.voice_at + slow)
    if unheard >= MOST_VOICE_SECONDS:
        # the patience was spent on the caller's own speech
        still = signs.unheard_since + MOST_VOICE_SECONDS + slow - LADDERS[Cause.NO_WORDS][0].patience_seconds
        return Dead(Cause.NO_WORDS, signs.unheard_since, still)
    return None


def next_rung(
    dead: Dead, attempts: Sequence[Attempt], now: float, available: Collection[Rung], limits: Limits
) -> Rung | None:
    """The rung to take now; None: wait. `attempts`: those of this call so far, none of which is under way."""
    if dead.cause is Cause.NO_ANSWER and Rung.HOLD in available:
        held = any(each.rung is Rung.HOLD and each.at >= dead.since for each in attempts)
        if not held and now - dead.since >= limits.hold_seconds:
            return Rung.HOLD
    steps = [each for each in LADDERS[dead.cause] if each.rung in available]
    recent = [
        each
        for each in attempts
        if each.cause is dead.cause and each.rung is not Rung.HOLD and each.at >= now - MEMORY_SECONDS
    ]
    tried = {each.rung for each in recent}
    step = next((each for each in steps if each.rung not in tried), None)
    if step is None:
        return None
    first_of_this = not any(each.at >= dead.since for each in recent)
    patience = max(step.patience_seconds, steps[0].patience_seconds) if first_of_this else step.patience_seconds
    still_since = max([dead.still_since, *(each.at for each in recent if each.at >= dead.since)])
    return step.rung if now - still_since >= patience else None
