"""The tool `time`: the tenant's local time, and whether it is open."""

from typing import Any

from agent.tools.context import ToolContext
from agent.tools.tool import Arguments, Result, Tool
from shared.domain.facts import time_there


class TimeArguments(Arguments):
    pass


async def time(context: ToolContext[Any], _: TimeArguments) -> Result:
    return {"status": "done", "answer": time_there(context.tenant, context.clock.now())}


TIME = Tool("time", "Tells the date and the time where this business is, and whether it is open.", TimeArguments, time)
