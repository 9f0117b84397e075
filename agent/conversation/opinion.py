"""A second opinion on an answer that the patterns can't read: the model says whether it is a yes, a no, or neither."""

import asyncio
import re

from livekit.agents import APIConnectOptions, APIError, llm

SECONDS = 0.6
"""Without an opinion by then the answer is unclear: the caller waits for ours meanwhile."""

INSTRUCTIONS = """\
Somebody was asked a question on the telephone. Classify their answer. Reply with one word and nothing else:
yes: they agree to all of what was asked, and neither change, add, ask nor condition anything
no: they refuse or want it dropped
unclear: anything else"""
_OPTIONS = APIConnectOptions(max_retry=3, retry_interval=0.2, timeout=SECONDS)


async def second_opinion(mind: llm.LLM, question: str, answer: str) -> bool | None:
    """True for a yes, False for a no; None when the model is unsure, late or says anything else."""
    context = llm.ChatContext()
    context.add_message(role="system", content=INSTRUCTIONS)
    context.add_message(role="user", content=f"Question: {question}\nAnswer: {answer}")
    said = ""
    try:
        async with asyncio.timeout(SECONDS), mind.chat(chat_ctx=context, conn_options=_OPTIONS) as reply:
            async for chunk in reply:
                said += (chunk.delta and chunk.delta.content) or ""
    except (APIError, TimeoutError):
        return None
    return _CLASSES.get(re.sub(r"\W", "", said).lower())


_CLASSES = {"yes": True, "no": False}
