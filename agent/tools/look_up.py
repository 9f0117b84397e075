"""The tool that looks a question up in the tenant's documents: the model answers from what was found, and nothing else.

Where nothing is found, or the documents can't be read in time, code says so itself (PT-23, PT-62).
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field

from agent.tools.context import ToolContext
from agent.tools.tool import Arguments, Result, Tool, failed
from shared.domain.knowledge import FoundPassage
from shared.errors import StoreError
from shared.observe import log, report

NAME = "look_up"
LOOK_UP_SECONDS = 1.5
MOST_PASSAGES = 4
MOST_CHARACTERS = 3000
"""Of all passages that the model reads for one question."""
UNAVAILABLE = "I'm sorry, I can't look that up at the moment. I can have somebody call you back, if you like."


class LookUpArguments(Arguments):
    question: Annotated[
        str,
        Field(min_length=2, max_length=400, description="What the caller wants to know, in the caller's own words."),
    ]


async def look_up(context: ToolContext[Any], arguments: LookUpArguments) -> Result:
    call_id = context.conversation.call_id
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            found = await context.knowledge.find(context.tenant.tenant_id, arguments.question, MOST_PASSAGES)
    except TimeoutError:
        log.warning("documents not read in time", action="look_up", call_id=call_id, seconds=LOOK_UP_SECONDS)
        return failed("The documents can't be read at the moment.", UNAVAILABLE)
    except StoreError as error:
        report(error, action="look_up", call_id=call_id)
        return failed("The documents can't be read at the moment.", UNAVAILABLE)
    unknown = context.live.unknown_line(context.conversation.node)
    kept = list(_fitting(found))
    if not kept:
        return {"status": "not_found", "said": unknown}
    context.live.looked_up(kept)
    return {
        "status": "found",
        "passages": [{"title": each.title, "heading": each.heading, "text": each.text} for each in kept],
        "how": "Answer the question from these passages alone, in one or two short sentences; add nothing to them. "
        "Where they don't answer it, say what stands under otherwise.",
        "otherwise": unknown,
    }


def _fitting(found: Sequence[FoundPassage]) -> Iterator[FoundPassage]:
    """As many as the model is to read, the best first."""
    left = MOST_CHARACTERS
    for each in found:
        left -= len(each.heading) + len(each.text)
        if left >= 0:
            yield each


LOOK_UP = Tool(
    NAME,
    "Look a question up in what the business has written down. Use it for each question that the facts don't answer, "
    "before you say that you don't know. It gives passages: answer from them yourself.",
    LookUpArguments,
    look_up,
)
