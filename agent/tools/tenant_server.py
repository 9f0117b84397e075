"""A tenant's MCP server, by the framework's client: asked like the functions' servers, its tools like any tool."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import httpx2
from livekit.agents import ToolError
from livekit.agents.llm import RawFunctionTool

from agent.tools.context import ToolContext
from agent.tools.execution import FAILED
from agent.tools.functions import arguments_between
from agent.tools.tool import Arguments, Result, Tool, failed, refusal
from shared.domain.function_faults import faults_of
from shared.domain.functions import HttpRequest, host_of, request_of, secrets_in
from shared.domain.mcp import McpServer, answer_of_tool, described, parameters_of
from shared.errors import PartnerError, PickupError
from shared.observe import report
from shared.ports import Partners, TenantGrants

CONNECT_SECONDS = 3.0
"""To begin with it and read its tools, beside the greeting."""
_CLOSE_SECONDS = 1.0
_AGAIN = "I'm sorry, that didn't work. Could you tell me again?"
_OURS = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding")


@asynccontextmanager
async def open_tenant_server(
    server: McpServer, tenant_id: str, grants: TenantGrants, partners: Partners
) -> AsyncIterator[dict[str, Tool]]:
    """The tools that the template takes of it, by name. Raises `PartnerError`, `StoreError`."""
    request = request_of(server.request, {}, await _secrets(server, tenant_id, grants))
    through = _Through(host_of(server.url), server.seconds, partners)
    # it takes half a second, and most calls have no such server
    framework = await asyncio.to_thread(import_module, "livekit.agents.llm.mcp")
    client = await asyncio.to_thread(import_module, "mcp.client.streamable_http")

    class Server(framework.MCPServer):
        @asynccontextmanager
        async def client_streams(self) -> AsyncGenerator[Any]:
            async with (
                httpx2.AsyncClient(transport=through, headers=dict(request.headers)) as http,
                client.streamable_http_client(server.url, http_client=http) as streams,
            ):
                yield streams

    connected: Any = Server(
        client_session_timeout_seconds=server.seconds,
        tool_result_resolver=lambda given: answer_of_tool([getattr(part, "text", "") for part in given.result.content]),
    )
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connected.initialize()
                found: list[RawFunctionTool] = await connected.list_tools()
        except Exception as error:
            # whatever it is that the server, or the client, can't do
            raise PartnerError(f"{server.name} can't be used: {through.failure or repr(error)}") from error
        tools = {each.info.name: each for each in found}
        if missing := [name for name in server.tool_names if name not in tools]:
            report(PartnerError(f"{server.name} has no tool {', '.join(missing)}"), action="tenant_server")
        yield {
            name: made
            for name in server.tool_names
            if name in tools and (made := _tool(server, tools[name], connected))
        }
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await connected.aclose()
        except Exception as error:
            report(error, action="tenant_server_close")


async def _secrets(server: McpServer, tenant_id: str, grants: TenantGrants) -> dict[str, str]:
    """Raises `PartnerError` where the tenant doesn't allow the server, or lacks a secret of its headers."""
    granted, host, needed = await grants.of(tenant_id), host_of(server.url), secrets_in(server.request)
    if host not in granted.hosts:
        raise PartnerError(f"{host} isn't among the tenant's hosts: pickup tenant hosts add {tenant_id} {host}")
    if missing := [name for name in needed if name not in granted.secrets]:
        raise PartnerError(f"the tenant has no secret {', '.join(missing)}: pickup tenant secrets set {tenant_id}")
    return {name: granted.secrets[name] for name in needed}


class _Through(httpx2.AsyncBaseTransport):
    """Carries the client's requests by the port `Partners`: public addresses, bounded answers, no other host."""

    def __init__(self, host: str, seconds: float, partners: Partners) -> None:
        self._host = host
        self._seconds = seconds
        self._partners = partners
        self.failure: PickupError | None = None
        """The newest."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            # a stream of what the server says of itself: nothing that a call waits for
            return httpx2.Response(405, request=request)
        url = str(request.url)
        if host_of(url) != self._host:
            return httpx2.Response(403, request=request)
        headers = {name: value for name, value in request.headers.items() if name not in _OURS}
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._partners.ask(HttpRequest(request.method, url, headers, await request.aread()))
        except (PartnerError, TimeoutError) as error:
            late = PartnerError(f"{self._host} didn't answer within {self._seconds:g} s", may_be_done=True)
            self.failure = error if isinstance(error, PartnerError) else late
            # an error of this one request: an exception would end the client
            return httpx2.Response(504, text=str(self.failure), request=request)
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body, request=request)


def _tool(server: McpServer, theirs: RawFunctionTool, connected: Any) -> Tool | None:
    """None for a tool whose arguments can't be checked: a model provider may refuse all of a call's requests for it.

    `connected`: the framework's client.
    """
    schema = theirs.info.raw_schema
    name, parameters = theirs.info.name, parameters_of(schema.get("parameters") or {"type": "object"})
    described_as = described(schema.get("description"), name)
    function = server.request.model_copy(update={"name": name, "parameters": parameters})
    if parameters is None or any(faults_of(function)):
        report(PartnerError(f"{server.name}: the arguments of {name} can't be checked"), action="tenant_server")
        return None
    changes = name in server.changing

    async def run(context: ToolContext[Any], sent: Arguments) -> Result:
        try:
            answer = await theirs(sent.model_dump(mode="json", exclude_none=True))
        except ToolError as error:
            if not connected.initialized:
                return failed(f"{name} can't be asked any more.", FAILED)
            # the server answered, and refused these arguments
            raise refusal(f"{name} was refused: {error.message}.", say=_AGAIN) from error
        except Exception as error:
            if changes:
                # it may be done all the same: `agent.tools.effect` says so
                raise
            report(error, action="tenant_server", tool=name, call_id=context.conversation.call_id)
            return failed(f"{name} can't be asked now.", FAILED)
        if not changes:
            context.live.change(looked_up=True)
        return {"status": "done", "answer": answer}

    arguments = arguments_between(name, parameters)
    return Tool(name, described_as, arguments, run, once=changes, seconds=server.seconds + 1)
