"""The tool `update_outcome`: the model states what a call achieved, out of the set that its template declares."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import Field, create_model

from agent.tools.context import ToolContext
from agent.tools.tool import Arguments, Result, Tool
from shared.domain.template import UPDATE_OUTCOME


def outcome_tool(outcomes: Mapping[str, str]) -> Tool:
    """`outcomes`: what each name means. The call's record shows the last one beside the outcome that code computes."""
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in outcomes.items())
    kind: Any = Annotated[cast(Any, Literal)[tuple(outcomes)], Field(description=meanings)]
    arguments = create_model(UPDATE_OUTCOME, __base__=Arguments, outcome=(kind, ...))

    async def update(context: ToolContext[Any], sent: Any) -> Result:
        del context
        return {"status": "done", "outcome": sent.outcome}

    described = (
        "State what this call has achieved, as soon as it is clear and again when it changes. It does nothing else, "
        "and the caller hears nothing of it: then answer the caller."
    )
    return Tool(UPDATE_OUTCOME, described, arguments, update)
