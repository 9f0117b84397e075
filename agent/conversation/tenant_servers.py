"""Keeps a call's connections to the MCP servers of its tenant, from its beginning to its end."""

import asyncio

from agent.conversation.serving import Serving
from agent.conversation.state import CallState
from agent.tools.tenant_server import open_tenant_server
from shared.calls.alerting import CallAlerts
from shared.domain.mcp import McpServer
from shared.errors import PickupError
from shared.observe import report
from shared.tasks import Tasks


class TenantServers:
    """A server that can't be reached costs the call its tools, and nothing else.

    Its tasks belong to it; `aclose` cancels and awaits them.
    """

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._begun: set[tuple[str, str, str]] = set()
        self._tasks = Tasks(call_id=state.call_id)

    def connect(self, serving: Serving) -> None:
        """Begin with the servers of this template; its nodes offer their tools from when they are known."""
        for server in serving.template.mcp:
            key = (serving.tenant.tenant_id, serving.template.name, server.name)
            if key not in self._begun:
                self._begun.add(key)
                self._start(server, serving)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    def _start(self, server: McpServer, serving: Serving) -> None:
        self._tasks.start(f"server {server.name}", lambda: self._hold(server, serving))

    async def _hold(self, server: McpServer, serving: Serving) -> None:
        services, tenant_id = self._state.services, serving.tenant.tenant_id
        try:
            async with open_tenant_server(server, tenant_id, services.grants, services.partners) as tools:
                await self._state.offer(serving, tools)
                await asyncio.Event().wait()
        except PickupError as error:
            report(error, action="tenant_server", server=server.name, call_id=self._state.call_id)
            alerts = CallAlerts(self._state.call_id, services.alerts)
            title = f"Calls to the template {serving.template.name} lack the tools of the tenant's server {server.name}"
            alerts.add(f"tenant_server:{tenant_id}:{server.name}", "notice", title, error=str(error))
            await alerts.send()
