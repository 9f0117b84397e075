"""A personal assistant with private tools: calendar, mail, messages, notes and tasks of the number's owner alone."""

from pathlib import Path

from agent.businesses.assistant import tools
from agent.businesses.assistant.store import AssistantStore
from agent.businesses.business import Business
from agent.businesses.tasks import tools as tasks
from agent.tools import common, look_up

BUSINESS = Business(
    Path(__file__).parent,
    (*common.TOOLS, *tools.TOOLS, *tasks.TOOLS, look_up.LOOK_UP),
    AssistantStore,
    briefing=("read_calendar", "recall", "system_health"),
)
