"""The tools that templates may name: one module a business, and `common`."""

from agent.businesses.church import tools as church
from agent.tools import common
from agent.tools.tool import Tool

TOOLS: dict[str, Tool] = {tool.name: tool for tool in (*common.TOOLS, *church.TOOLS)}
