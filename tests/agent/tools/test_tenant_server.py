"""A tenant's MCP server, a process of its own: which of its tools a call has, and what each failure costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from agent.businesses.business import business_of
from agent.businesses.template_file import check_template
from agent.tools import tenant_server
from agent.tools.tenant_server import open_tenant_server
from agent.tools.tool import Refused, Tool
from lab.mcp_server import TOKEN, TenantServer, open_mcp_server
from shared.adapters.partners import open_partners
from shared.domain.mcp import McpServer, parameters_of
from shared.domain.setup import Granted, ungranted
from shared.errors import PartnerError
from shared.ports import Grants

TENANT = "00000000-0000-4000-a000-000000000001"


class Granting:
    """The grants of one tenant."""

    def __init__(self, *hosts: str, **secrets: str) -> None:
        self.granted = Grants(frozenset(hosts), secrets)

    async def of(self, tenant_id: str) -> Grants:
        return self.granted if tenant_id == TENANT else Grants()


@pytest.fixture
async def diary() -> AsyncIterator[TenantServer]:
    async with open_mcp_server() as server:
        yield server


def described(diary: TenantServer, *tools: str, **more: Any) -> McpServer:
    headers = {"Authorization": "Bearer {secret.hall}"}
    body = {"name": "diary", "url": diary.url, "headers": headers, "tools": tools, "seconds": 3.0}
    return McpServer.model_validate(body | more)


async def test_given_a_tenants_server_then_its_named_tools_answer_and_each_failure_costs_no_more_than_it_must(
    diary: TenantServer, conversation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_server, "CONNECT_SECONDS", 20.0)
    tenant: Any = Granting(diary.host, hall=TOKEN)
    ((_, context),) = conversation.state.tools(["end_call"])
    wanted = described(diary, "hall_on", "sleepy", "huge", "odd", "gone", changing=["book_hall"])

    async def use(tool: Tool, **arguments: Any) -> dict[str, Any]:
        return await tool.run(context, tool.arguments.model_validate(arguments))

    async with open_partners(inside=True) as partners:

        def opened(server: McpServer, grants: Any = tenant) -> AbstractAsyncContextManager[dict[str, Tool]]:
            return open_tenant_server(server, TENANT, grants, partners)

        async with opened(wanted) as tools:
            assert tools.keys() == {"hall_on", "sleepy", "huge", "book_hall"}, "not those of several types, or unnamed"
            hall = tools["hall_on"]
            schema = hall.arguments.model_json_schema()
            assert hall.description.startswith("Tells whether the parish hall") and schema["required"] == ["day"]
            assert (hall.once, tools["book_hall"].once) == (False, True)
            assert await use(hall, day="Monday", evening=True) == {
                "status": "done", "answer": "The parish hall is free in the evening of Monday.",
            }  # fmt: skip
            assert conversation.value.looked_up
            with pytest.raises(Refused, match="which day"):
                await hall.run(context, hall.arguments.model_construct(day=" "))
            assert await use(tools["book_hall"], day="Monday") == {
                "status": "done",
                "answer": "Booked Monday, 1 in all.",
            }
            for failing, arguments in ((tools["sleepy"], {"seconds": 30}), (tools["huge"], {})):
                assert (await use(failing, **arguments))["status"] == "failed", failing.name
            assert (await use(hall, day="Monday"))["answer"] == "The parish hall is taken Monday."

        table: list[tuple[McpServer, Any, str]] = [
            (wanted, Granting(hall=TOKEN), "hosts add"),
            (wanted, Granting(diary.host), "secrets set"),
            (wanted, Granting(diary.host, hall="wrong"), "can't be used"),
            (described(diary, "hall_on", url=diary.url + "/elsewhere"), tenant, "can't be used"),
        ]
        for server, grants, why in table:
            with pytest.raises(PartnerError, match=why):
                async with opened(server, grants):
                    pass
        diary.process.kill()
        await diary.process.wait()
        with pytest.raises(PartnerError, match="can't be reached"):
            async with opened(wanted):
                pass
    async with open_partners(inside=False) as outside:
        with pytest.raises(PartnerError, match="https://"):
            async with asyncio.timeout(10), open_tenant_server(wanted, TENANT, tenant, outside):
                pass


def test_given_a_tools_schema_then_what_can_be_checked_of_it_is_kept_and_another_one_is_refused() -> None:
    whole = {"type": "object", "title": "T", "properties": {
        "day": {"type": "string", "title": "Day", "maxLength": 9, "format": "date"},
        "guests": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None},
        "rooms": {"type": "array", "items": {"type": "string", "enum": ["large", "small"], "title": "R"}},
    }, "required": ["day"], "additionalProperties": False}  # fmt: skip
    found = parameters_of(whole)
    assert found is not None and found.required == ("day",)
    assert (found.properties["day"].max_length, found.properties["guests"].minimum) == (9, 1)
    assert found.properties["rooms"].items is not None and found.properties["rooms"].items.enum == ("large", "small")
    bad: list[Any] = [
        {"type": "string"},
        {"type": "object", "properties": {"a": {"$ref": "https://evil.example/s.json"}}},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}},
        {"type": "object", "properties": {"A-b": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"type": "null"}}},
    ]
    assert [each for each in bad if parameters_of(each) is not None] == []


def test_given_a_templates_servers_when_checked_then_what_is_wrong_has_its_line_and_a_remedy() -> None:
    church = business_of("church")
    text = (church.folder / "template.yaml").read_text(encoding="utf-8")
    server = (
        "\nmcp:\n  - name: diary\n    url: https://hall.example/mcp\n    headers: {Authorization: '{secret.hall}'}\n"
    )
    named = text.replace(
        "tools: [submit_prayer_request, end_call]", "tools: [submit_prayer_request, hall_on, end_call]", 1
    )
    whole = named + server + "    tools: [hall_on]\n"
    table = [
        (whole, []),
        (named + server, ["nodes.care.tools.1", "mcp.diary"]),
        (whole.replace("[hall_on]\n", "[hall_on, end_call]\n"), ["mcp.diary.tools"]),
        (whole.replace("https://hall", "http://hall"), ["mcp.diary.url"]),
        (whole.replace("'{secret.hall}'", "'Bearer abc'"), ["mcp.diary.headers.Authorization"]),
    ]
    found = [[each.path for each in check_template(body, lambda _: church.tool_names)[1]] for body, _ in table]
    assert found == [paths for _, paths in table]
    written = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")
    (block,) = (each.split("```")[0] for each in written.split("```yaml\n") if each.startswith("mcp:"))
    assert check_template(f"{text}\n{block}", lambda _: church.tool_names)[1] == ()
    template, _ = check_template(whole, lambda _: church.tool_names)
    assert template is not None
    lacking = [each.code for each in ungranted(TENANT, template, Granted(frozenset(), frozenset()))]
    assert lacking == ["host", "secret"]
