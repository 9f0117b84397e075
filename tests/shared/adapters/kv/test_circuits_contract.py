"""The shared circuits: what every transport to Redis must do."""

import asyncio

from shared.adapters.kv.circuits import RedisCircuits
from shared.adapters.kv.scripts import Scripts
from shared.domain.circuit import CLOSED, Circuit
from shared.ports import Known


async def test_given_many_changes_at_once_then_each_counts_and_one_process_probes(scripts: Scripts) -> None:
    circuits = RedisCircuits(scripts, "preview-one")

    def failed(name: str) -> Circuit:
        return CLOSED.failed(1000.0 + len(name))

    def adding(name: str) -> Known:
        return {name: failed(name)}

    names = ["stt:deepgram/nova-3", "tts:openai/tts-1", "llm:openai/gpt-4o-mini"]
    await asyncio.gather(*(circuits.change(lambda known, name=name: {**known, **adding(name)}) for name in names))
    assert await circuits.change(lambda known: known) == {name: failed(name) for name in names}
    assert await circuits.change(lambda known: {}) == {} == await circuits.change(lambda known: known)
    claims = [await circuits.claim_probe(names[0], holder, 10) for holder in ("one", "two", "one")]
    assert claims == [True, False, True]
    assert await circuits.claim_probe(names[1], "two", 10)
    assert await RedisCircuits(scripts, "production").claim_probe(names[0], "two", 10), "another stage's is another"
