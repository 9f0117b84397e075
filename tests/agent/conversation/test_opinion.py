"""The model's second opinion on an answer: one of three words, in time, or nothing."""

import time

from livekit.agents.utils import http_context
from livekit.plugins import openai

from agent.conversation.opinion import SECONDS, second_opinion
from lab.providers.control import LabControl

ASKED = "I have this prayer request: for my dad. Shall I send it?"


async def test_given_an_answer_then_the_model_classifies_it_within_its_time_or_not_at_all(
    providers_url: str, lab: LabControl
) -> None:
    async with http_context.open():
        mind = openai.LLM(base_url=f"{providers_url}/v1", api_key="lab")
        try:
            # the first request also opens the connection
            await second_opinion(mind, ASKED, "hm")
            answers = ("you hit the nail on the head", "that is a bridge too far for me", "I would, if my wife agrees")
            assert [await second_opinion(mind, ASKED, each) for each in answers] == [True, False, None]
            for fault in ("delay", "status", "hang"):
                async with lab.faulty("llm", fault, seconds=3.0):
                    began = time.monotonic()
                    assert await second_opinion(mind, ASKED, answers[0]) is None
                    assert time.monotonic() - began < SECONDS + 1.0
        finally:
            await mind.aclose()
