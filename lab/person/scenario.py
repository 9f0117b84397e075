"""Scenarios: what a simulated caller does, read from YAML. A bad file is refused with the line and the reason."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.errors import InputError

FOLDER = Path(__file__).parent / "scenarios"
DEFAULT = "hours"
ANONYMOUS = "anonymous"
COUGH = "(cough)"
TELEVISION = "(television)"
"""Stand for a sound where a caller's sentence stands: a television talks 25 dB below the caller."""
SOUNDS = (COUGH, TELEVISION)

Seconds = Annotated[float, Field(ge=0, le=3600)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Say(_Part):
    """Waits until the agent has finished, then speaks."""

    kind: Literal["say"] = "say"
    text: str = Field(min_length=1)


class Interrupt(_Part):
    """Interrupts the agent `after_seconds` into its next speech."""

    kind: Literal["interrupt"] = "interrupt"
    say: str = Field(min_length=1)
    after_seconds: Seconds = 1.0


class Listen(_Part):
    """Waits until the agent has spoken and finished."""

    kind: Literal["listen"] = "listen"
    turns: int = Field(default=1, ge=1, le=20)


class Silence(_Part):
    """Stays silent for `seconds`, whatever the agent does."""

    kind: Literal["silence"] = "silence"
    seconds: Seconds


class Press(_Part):
    """Waits until the agent has finished, then presses keys."""

    kind: Literal["press"] = "press"
    digits: str = Field(pattern=r"^[0-9*#A-D]+$")


class HangUp(_Part):
    """Hangs up `after_seconds` from now, after the agent begins to speak, or, as first step, after the first ring."""

    kind: Literal["hang_up"] = "hang_up"
    when: Literal["now", "agent_speaking", "ringing"] = "now"
    after_seconds: Seconds = 0.0


Step = Annotated[Say | Interrupt | Listen | Silence | Press | HangUp, Field(discriminator="kind")]

_SHORT = {"say": "text", "interrupt": "say", "listen": "turns", "silence": "seconds", "press": "digits"}
"""The field that a step's bare value fills: `say: Hello` is `say: {text: Hello}`."""


def _step(value: Any) -> Any:
    """`listen`, `say: Hello` and `interrupt: {say: Stop, after_seconds: 2}` → the fields of a step."""
    if isinstance(value, str):
        return {"kind": value}
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("a step is one word, or one key with its value, such as `say: Hello`")
    kind, content = next(iter(value.items()))
    if isinstance(content, dict):
        return {**content, "kind": kind}
    return {"kind": kind} if content is None else {"kind": kind, _SHORT.get(kind, "text"): content}


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


Pattern = Annotated[str, BeforeValidator(_pattern)]


class Answer(_Part):
    """The caller's answer when the agent's last turn matches `heard` (any case); given at most `times` times."""

    heard: Pattern
    say: str = Field(min_length=1)
    times: int = Field(default=1, ge=1, le=20)


class Expectation(_Part):
    """What must be true after the call, for the tests; None isn't checked."""

    disposition: str | None = None
    outcome: str | None = None
    rows: dict[str, int] = Field(default_factory=dict)
    """Table → number of rows that this call writes."""
    said: dict[str, tuple[Pattern, ...]] = Field(default_factory=dict)
    """`table.column` → patterns that its text must match."""
    heard: tuple[Pattern, ...] = ()
    """Patterns that the agent's words must match, in this order."""
    not_heard: tuple[Pattern, ...] = ()
    consent: Literal["granted", "refused", "withdrawn"] | None = None
    recording: bool | None = None
    """Whether a recording must exist."""


class Scenario(_Part):
    """One caller and one call."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str
    did: str = "+12065550100"
    caller: str | None = "+12065550142"
    """None: withheld."""
    voice: str = "caller-1"
    """A key of `lab.providers.voice.VOICES`."""
    codec: Literal["wideband", "g711"] = "wideband"
    noise_snr_db: float | None = Field(default=None, ge=-10, le=60)
    pause_seconds: Seconds = 0.12
    """The longest pause within a sentence; well under 0.2, so that a recogniser takes it for one utterance."""
    gap_seconds: Seconds = 1.0
    """The pause at each ` | ` in a sentence, as a caller makes between the groups of a number."""
    turn_quiet_seconds: Seconds = 0.8
    """After this long a quiet the agent counts as finished."""
    patience_seconds: Seconds = 12.0
    """How long the caller waits for the agent to begin before it goes on."""
    linger_seconds: Seconds = 6.0
    """How long the caller stays on after the last step while the agent is silent."""
    max_seconds: Seconds = 240.0
    steps: tuple[Annotated[Step, BeforeValidator(_step)], ...]
    answers: tuple[Answer, ...] = ()
    expect: Expectation = Expectation()

    def texts(self) -> tuple[str, ...]:
        """All sentences that the caller may say, each once."""
        spoken = [
            step.text if isinstance(step, Say) else step.say for step in self.steps if isinstance(step, Say | Interrupt)
        ]
        return tuple(dict.fromkeys([*spoken, *(answer.say for answer in self.answers)]))


def load_scenario(name: str, *, did: str | None = None, caller: str | None = None) -> Scenario:
    """A shipped scenario, or the one in the YAML file `name`; `did` and `caller` replace its numbers.

    `caller` may be `anonymous`. Raises InputError with file, line and reason, or with the names of the scenarios.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.exists():
        raise InputError(f"there is no scenario {name!r}; shipped: {', '.join(names())}, or give a .yaml file")
    changes: dict[str, Any] = {"did": did} if did else {}
    if caller:
        changes["caller"] = None if caller == ANONYMOUS else caller
    return _read(path).model_copy(update=changes)


def all_scenarios() -> tuple[Scenario, ...]:
    """The shipped scenarios, by name."""
    return tuple(load_scenario(name) for name in names())


def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def _read(path: Path) -> Scenario:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: can't be read: {error}") from error
    try:
        return Scenario.model_validate({"name": path.stem, **_mapping(yaml.safe_load(text), path)})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{path.name}:{line}: {error.problem}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = [part for part in first["loc"] if part not in _KINDS]
        place = ".".join(map(str, where)) or "scenario"
        raise InputError(f"{path.name}:{_line_of(text, where)}: {place}: {first['msg']}") from error


_KINDS = {"say", "interrupt", "listen", "silence", "press", "hang_up"}


def _mapping(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{path.name}:1: a scenario is a mapping with `description` and `steps`")
    return cast("dict[str, Any]", value)


def _line_of(text: str, where: list[int | str]) -> int:
    """The line (from 1) of a place in a YAML text, or of the nearest part that encloses it."""
    node = yaml.compose(text)
    line = 1
    for part in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                return line
            node, line = found[0][1], found[0][0].start_mark.line + 1
            continue
        else:
            return line
        line = node.start_mark.line + 1
    return line
