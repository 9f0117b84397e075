"""The sales line: answers what Pickup is, and has somebody call back. It belongs to no tenant (PT-02)."""

from pathlib import Path

from agent.businesses.business import Business
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, common.TOOLS, lambda rows: rows)
