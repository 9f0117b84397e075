"""A shop whose customers pay on delivery: they confirm, change or cancel their orders by telephone."""

from pathlib import Path

from agent.businesses.business import Business
from agent.businesses.orders import tools
from agent.businesses.orders.store import OrderStore
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, (*common.TOOLS, *tools.TOOLS), OrderStore)
