"""The demo line's tool: finds the demo tenant that a caller names, and lets it answer."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from agent.businesses.demo.store import DemoLine, DemoStore
from agent.tools.context import ToolContext
from agent.tools.tool import Arguments, Result, Tool, refusal
from shared.domain.language.text import words
from shared.errors import DirectoryError, InputError, StoreError, TemplateError
from shared.observe import report

_NO_DEMO = "I'm sorry, I can't connect you with a demo right now. Please call again a little later."


class DemoArguments(Arguments):
    which: Annotated[str | None, Field(max_length=300, description="The one they would like, in their words.")] = None


def named(said: str, lines: Sequence[DemoLine], ours: str) -> list[DemoLine]:
    """The lines whose names share the most words with what the caller said; none where no word is shared.

    A word of `ours`, the line's own greeting, tells nobody apart: a caller repeats it.
    """
    heard = set(words(said).split()) - set(words(ours).split())
    shared = {line: len(heard & set(words(line.name).split())) for line in lines}
    most = max(shared.values(), default=0)
    return [line for line in lines if most and shared[line] == most]


async def answer_as(context: ToolContext[DemoStore], arguments: DemoArguments) -> Result:
    try:
        lines = await context.store.lines()
        # a model may leave out what the caller has just said
        said = f"{arguments.which or ''} {context.conversation.unanswered}"
        found = named(said, lines, context.phrases.greeting) if len(lines) != 1 else lines
        if len(found) != 1:
            return {"status": "asked", "said": _choice(found or lines)}
        greeting = await context.live.answer_as(found[0].tenant_id, found[0].template)
    except (StoreError, DirectoryError, InputError, TemplateError) as error:
        report(error, call_id=context.conversation.call_id, action="demo")
        raise refusal("No demo can be reached now.", say=_NO_DEMO) from error
    return {"status": "done", "said": f"{greeting} How can I help you today?"}


def _choice(lines: Sequence[DemoLine]) -> str:
    names = [line.name for line in lines]
    if not names:
        return _NO_DEMO
    either = f"{', '.join(names[:-1])} or {names[-1]}" if names[1:] else names[0]
    return f"I can connect you with {either}. Which one would you like?"


TOOLS = (
    Tool(
        "answer_as",
        "Lets a demo business answer the caller from now on, as itself. Without `which`, or where that isn't clear, it "
        "says which there are and asks.",
        DemoArguments,
        answer_as,
        hands_over=True,
    ),
)
