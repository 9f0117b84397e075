"""The directory when its ground breaks: each failure is a `DirectoryError`, and none leads to sales (PT-77, PT-78)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from postgrest.exceptions import APIError

from shared.adapters.directory import SqlDirectory
from shared.adapters.postgres import open_postgres
from shared.adapters.supabase import open_supabase
from shared.domain.routing import Admit, Announce, Inquiry, Reason, decide
from shared.domain.tenant import Listing
from shared.errors import DirectoryError
from shared.ports import Directory
from supabase import AsyncClient, AsyncClientOptions, acreate_client

A, B, SALES, NOBODY = "+12065550100", "+12075550110", "+18005550199", "+12065550198"
GRACE, HARBOR = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"


class EmbeddingDirectory:
    """As the original asked: one table embedded in the other, which hangs on the foreign key between them."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def listing(self, did: str, caller: str) -> Listing | None:
        try:
            query = self._client.table("numbers").select("*, tenants(*)").eq("did", did)
            rows: Any = (await query.execute()).data
        except APIError as error:
            raise DirectoryError(error.message or "", error.code or "") from error
        if not rows:
            return None
        row = rows[0]
        return Listing(did, row["stage"], row["active"], row["route"], row["tenant_id"], row["template"])


async def routed(directory: Any, did: str) -> tuple[Any, str]:
    """The decision for a call, and the code of the failure it rests on."""
    try:
        listing, code = await directory.listing(did, ""), ""
    except DirectoryError as error:
        listing, code = None, error.cause_code
    inquiry = Inquiry(stage="local", did=did, caller="", listing=listing, directory_failed=bool(code))
    return decide(inquiry), code


def assert_not_sales(decision: Any) -> None:
    assert decision == Announce(Reason.DIRECTORY_ERROR)


@asynccontextmanager
async def embedding(served: Any) -> AsyncIterator[EmbeddingDirectory]:
    async with httpx.AsyncClient(transport=served.transport, timeout=3) as http:
        options = AsyncClientOptions(httpx_client=http, auto_refresh_token=False, postgrest_client_retry=False)
        yield EmbeddingDirectory(await acreate_client(served.url, served.key, options))


@pytest.mark.requirement("PT-77", "PT-11", "PT-01", "PT-02", "PT-14")
async def test_when_a_foreign_key_is_dropped_then_nobody_is_answered_as_somebody_else(
    database_url: str, serve_postgrest: Callable[[str], Any]
) -> None:
    connection = await asyncpg.connect(database_url)
    with serve_postgrest(database_url) as served:
        async with embedding(served) as embeds, open_supabase(served.url, served.key, transport=served.transport) as db:
            ours: Directory = SqlDirectory(db)

            async def tells(did: str, code: str) -> None:
                """Waits until PostgREST has taken the changed schema in."""
                async with asyncio.timeout(10):
                    while (await routed(embeds, did))[1] != code:
                        await asyncio.sleep(0.02)

            for directory in (embeds, ours):
                for did, tenant in ((A, GRACE), (B, HARBOR)):
                    decision, _ = await routed(directory, did)
                    assert isinstance(decision, Admit)
                    assert (decision.tenant_id, decision.reason) == (tenant, Reason.NUMBER_BOUND)
                decision, _ = await routed(directory, SALES)
                assert isinstance(decision, Admit)
                assert (decision.route, decision.reason) == ("sales", Reason.TOLL_FREE)
                assert (await routed(directory, NOBODY))[0] == Announce(Reason.NUMBER_UNKNOWN)

            await connection.execute("alter table numbers drop constraint numbers_tenant_id_fkey")
            await connection.execute("notify pgrst, 'reload schema'")
            await tells(B, "PGRST200")
            for did in (A, B, NOBODY, SALES):
                decision, code = await routed(embeds, did)
                assert code == "PGRST200"
                assert_not_sales(decision)
            for did, tenant in ((A, GRACE), (B, HARBOR)):
                decision, _ = await routed(ours, did)
                assert isinstance(decision, Admit), "SQL functions need no key"
                assert decision.tenant_id == tenant

            await connection.execute(
                "alter table numbers add constraint numbers_tenant_id_fkey "
                "foreign key (tenant_id) references tenants (id); notify pgrst, 'reload schema'"
            )
            await tells(B, "")
            decision, _ = await routed(embeds, B)
            assert isinstance(decision, Admit)
    await connection.close()


BREAKAGES = {
    "table renamed": ("alter table numbers rename to nummern", "42P01"),
    "column dropped": ("alter table numbers drop column route cascade", "42703"),
    "function dropped": ("drop function listing_v1", "42883"),
    "name emptied": (
        "alter table tenants drop constraint tenants_name_not_empty; update tenants set name = ' '",
        "malformed",
    ),
    "facts of another kind": (
        "alter table tenants drop constraint tenants_facts_object; update tenants set facts = '[]'",
        "malformed",
    ),
    "number without a route": (
        "alter table numbers drop constraint numbers_route_known; "
        "alter table numbers drop constraint numbers_only_tenant_route_has_tenant; "
        "update numbers set route = 'nowhere'",
        "malformed",
    ),
}


@pytest.mark.requirement("PT-78", "PT-11", "PT-13", "PT-14")
@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_when_the_schema_breaks_then_it_is_a_directory_error_with_its_code(
    database_url: str, breakage: str
) -> None:
    statement, code = BREAKAGES[breakage]
    connection = await asyncpg.connect(database_url)
    await connection.execute(statement)
    await connection.close()
    async with open_postgres(database_url) as database:
        directory = SqlDirectory(database)
        with pytest.raises(DirectoryError) as caught:
            await directory.listing(B, "")
            await directory.tenant(HARBOR)
        assert caught.value.cause_code == code


@pytest.mark.requirement("PT-78")
async def test_when_the_permission_is_revoked_then_it_is_a_directory_error(
    database_url: str, serve_postgrest: Callable[[str], Any]
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("revoke execute on function listing_v1 from service_role")
    await connection.close()
    with serve_postgrest(database_url) as served:
        async with open_supabase(served.url, served.key, transport=served.transport) as database:
            decision, code = await routed(SqlDirectory(database), B)
    assert_not_sales(decision)
    assert code == "42501"


class Answering(httpx.AsyncBaseTransport):
    """The API as a broken gateway would be."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self._answer(request)


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _hang_up(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("server disconnected", request=request)


ANSWERS: dict[str, tuple[Callable[[httpx.Request], httpx.Response], str]] = {
    "500": (lambda _: httpx.Response(500, text="oops"), "500"),
    "503 page": (lambda _: httpx.Response(503, text="<html>busy</html>"), "503"),
    "malformed": (lambda _: httpx.Response(200, text='{"did": "+12'), "malformed"),
    "empty": (lambda _: httpx.Response(200, text=""), "malformed"),
    "a list": (lambda _: httpx.Response(200, json=[]), "malformed"),
    "another shape": (lambda _: httpx.Response(200, json={"did": B}), "malformed"),
    "unauthorised": (lambda _: httpx.Response(401, json={"code": "PGRST301", "message": "JWT expired"}), "PGRST301"),
    "refused": (_refuse, "ConnectError"),
    "cut": (_hang_up, "RemoteProtocolError"),
}


@pytest.mark.requirement("PT-78", "PT-11", "PT-14")
@pytest.mark.parametrize("answer", ANSWERS)
async def test_when_the_api_answers_wrongly_then_it_is_a_directory_error(answer: str) -> None:
    respond, code = ANSWERS[answer]
    async with open_supabase("http://supabase.test", "key", transport=Answering(respond)) as database:
        decision, cause_code = await routed(SqlDirectory(database), B)
    assert_not_sales(decision)
    assert cause_code == code


async def test_when_the_first_answer_is_lost_then_it_is_asked_again() -> None:
    row = {
        "did": B, "stage": "local", "active": True, "route": "tenant", "tenant_id": HARBOR, "template": "church",
        "allowlist": [], "caller_blocked": False, "calls_limit": None, "calls_used": 0,
    }  # fmt: skip
    transport = Answering(
        lambda request: _hang_up(request) if transport.asked == 1 else httpx.Response(200, content=orjson.dumps(row))
    )
    async with open_supabase("http://supabase.test", "key", transport=transport) as database:
        listing = await SqlDirectory(database).listing(B, "")
    assert listing is not None
    assert listing.tenant_id == HARBOR


@pytest.mark.requirement("PT-78", "PT-13")
@pytest.mark.parametrize("transport", ["asyncpg", "supabase"])
async def test_when_the_store_is_silent_then_it_is_a_directory_error_within_its_bound(transport: str) -> None:
    over = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    opened = (
        open_postgres(f"postgresql://u:p@127.0.0.1:{port}/d", call_seconds=0.3)
        if transport == "asyncpg"
        else open_supabase(f"http://127.0.0.1:{port}", "key", call_seconds=0.3)
    )
    async with opened as database:
        async with asyncio.timeout(2):
            decision, code = await routed(SqlDirectory(database), B)
    over.set()
    server.close()
    await server.wait_closed()
    assert_not_sales(decision)
    assert code == "timeout"


@pytest.mark.requirement("PT-78")
async def test_when_nobody_listens_then_it_is_a_directory_error(tmp_path: Path) -> None:
    async with open_postgres("postgresql://u:p@127.0.0.1:1/d") as database:
        decision, code = await routed(SqlDirectory(database), B)
    assert_not_sales(decision)
    assert code == "08006"


@pytest.mark.requirement("PT-78", "PT-13")
async def test_when_a_query_hangs_then_it_is_a_directory_error_and_the_next_one_is_answered(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    async with open_postgres(database_url, call_seconds=0.3) as database:
        directory = SqlDirectory(database)
        async with connection.transaction():
            await connection.execute("lock table numbers in access exclusive mode")
            async with asyncio.timeout(2):
                decision, code = await routed(directory, B)
        assert_not_sales(decision)
        assert code == "timeout"
        assert isinstance((await routed(directory, B))[0], Admit)
    await connection.close()
