"""Places one call of a patient caller to an agent with a sloppy model, by text, and says what became of the wish."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.speech.engines import Engines
from bench.runner import answered
from bench.sloppy.patient import MOST_TURNS, Patient, patient
from lab.person.text_line import TextLine
from shared.config import changed
from shared.domain.call import CallEvent
from shared.services import Services

_CALL_SECONDS = 180.0
_LINGER_SECONDS = 3.0
"""The caller waits so long for the agent to hang up after the goodbye."""
_DID = "+12065550100"

Result = Literal["stored", "refused", "nothing"]
"""The row is in Postgres, the agent said that it couldn't be passed on, or neither."""


@dataclass(frozen=True)
class Trial:
    seed: int
    kind: str
    result: Result
    rows: int
    """More than one: the request was passed on twice."""
    turns: int
    """Of the caller."""
    outcome: str
    talk: list[tuple[str, str]] = field(repr=False)
    """(speaker, words), in order."""

    @property
    def live(self) -> bool:
        """Whether the caller got the one row, or the truth."""
        return self.result == "refused" or (self.result == "stored" and self.rows == 1)


async def trial(seed: int, services: Services, engines: Engines, *, model: str = "sloppy") -> Trial:
    """Raises TimeoutError when the call doesn't end."""
    settings, caller = changed(services.settings, llm_model=f"{model}:{seed}"), patient(seed)
    services, events = replace(services, settings=settings), list[CallEvent]()
    line = TextLine(did=_DID, caller=f"+1206555{seed % 10000:04d}")
    async with asyncio.timeout(_CALL_SECONDS):
        turns = await answered(line, services, engines, events.append, _talk(line, caller))
    record = await services.records.find(line.call_id)
    assert record is not None, "a call without a record"
    rows = sum(request["kind"] == caller.kind for request in record.requests)
    refused = any(event.kind == "tool_done" and event.fields["status"] == "refused" for event in events)
    spoken = {"agent_said": "agent", "caller_said": "caller"}
    return Trial(
        seed,
        caller.kind,
        "stored" if rows else "refused" if refused and caller.done else "nothing",
        rows,
        turns,
        f"{record.outcome}, {record.end_reason}",
        [(spoken[event.kind], event.fields["text"]) for event in events if event.kind in spoken],
    )


async def _talk(line: TextLine, caller: Patient) -> int:
    """The caller's turns until either side hangs up."""
    heard = await line.listen()
    for turn in range(MOST_TURNS):
        said = None if line.over else caller.answer(heard)
        if said is None:
            await line.linger(_LINGER_SECONDS)
            return turn
        heard = await line.say(said)
    await line.linger(0)
    return MOST_TURNS
