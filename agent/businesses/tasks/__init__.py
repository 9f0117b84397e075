"""A task manager by phone: tasks are added, read out, finished, renamed and deleted by voice."""

from pathlib import Path

from agent.businesses.business import Business
from agent.businesses.tasks import tools
from agent.businesses.tasks.store import TaskStore
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, (*common.TOOLS, *tools.TOOLS), TaskStore)
