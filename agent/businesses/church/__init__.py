"""A church: answers questions about it, takes prayer requests and messages."""

from pathlib import Path

from agent.businesses.business import Business
from agent.businesses.church import tools
from agent.businesses.church.store import ChurchStore
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, (*common.TOOLS, *tools.TOOLS), ChurchStore)
