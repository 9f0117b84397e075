"""The demo line: asks which demo business the caller would like to hear, which then answers as itself (PT-03)."""

from pathlib import Path

from agent.businesses.business import Business
from agent.businesses.demo import tools
from agent.businesses.demo.store import DemoStore
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, (*common.TOOLS, *tools.TOOLS), DemoStore)
