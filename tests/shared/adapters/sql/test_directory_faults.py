"""The directory when its ground breaks: each failure is a `DirectoryError`, and none leads to sales (PT-77, PT-78)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from postgrest.exceptions import APIError

from shared.adapters.memory import FixedClock
from shared.adapters.sql.cached_directory import CachedDirectory
from shared.adapters.sql.directory import SqlDirectory
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.supabase import open_supabase
from shared.calls.admit import AdmitCall, Ringing
from shared.domain.routing import Admit, Announce, Decision, Inquiry, Reason, decide
from shared.domain.tenant import Listing, Tenant
from shared.errors import DirectoryError, StoreUnavailable
from shared.ports import Alert, Directory
from shared.services import Services
from supabase import AsyncClient, AsyncClientOptions, acreate_client

A, B, SALES, NOBODY = "+12065550100", "+12075550110", "+18005550199", "+12065550198"
GRACE, HARBOR = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"


class EmbeddingDirectory:
    """As the original asked: one table embedded in the other, which hangs on the foreign key between them."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def listing(self, did: str, caller: str) -> Listing | None:
        rows = await self._rows(self._client.table("numbers").select("*, tenants(*)").eq("did", did))
        if not rows:
            return None
        row = rows[0]
        return Listing(did, row["stage"], row["active"], row["route"], row["tenant_id"], row["template"])

    async def tenant(self, tenant_id: str) -> Tenant | None:
        rows = await self._rows(self._client.table("tenants").select("*, numbers(*)").eq("id", tenant_id))
        return Tenant(tenant_id, rows[0]["name"], rows[0]["timezone"]) if rows else None

    async def dids(self, stage: str) -> list[str]:
        return [row["did"] for row in await self._rows(self._client.table("numbers").select("*, tenants(*)"))]

    async def _rows(self, query: Any) -> Any:
        try:
            return (await query.execute()).data
        except APIError as error:
            raise DirectoryError(error.message or "", error.code or "") from error


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


DROP_KEY = "alter table numbers drop constraint numbers_tenant_id_fkey; notify pgrst, 'reload schema'"
RESTORE_KEY = (
    "alter table numbers add constraint numbers_tenant_id_fkey foreign key (tenant_id) references tenants (id); "
    "notify pgrst, 'reload schema'"
)


@dataclass
class Incident:
    """The dropped key: two directories over PostgREST, one that embeds as the original did, and ours."""

    sql: Any
    clock: FixedClock
    embeds: EmbeddingDirectory
    cached: CachedDirectory
    """The embedding one behind our cache."""
    ours: SqlDirectory
    services: Services
    rang: int = 0

    async def ring(self, directory: Directory, did: str) -> Decision:
        """The decision upon a call, by the real use-case on real stores."""
        self.rang += 1
        admit = AdmitCall("local", "test", directory, self.services.calls, self.services.sessions, self.services.alerts)
        admission = await admit(Ringing(f"incident-{self.rang:04}", did, "+12065550142", self.clock.now()))
        assert (admission.tenant is None) == (admission.decision.tenant_id is None)
        return admission.decision

    async def change(self, statement: str, code: str) -> None:
        """Changes the schema and waits until PostgREST has taken it in: B then fails with `code`."""
        await self.sql.execute(statement)
        async with asyncio.timeout(10):
            while (await routed(self.embeds, B))[1] != code:
                await asyncio.sleep(0.02)

    async def alerts(self) -> dict[str, Alert]:
        return {alert.key: alert for alert in await self.services.alerts.open_alerts()}


@pytest.fixture
async def incident(
    database_url: str, services: Services, serve_postgrest: Callable[[str], Any]
) -> AsyncIterator[Incident]:
    connection, clock = await asyncpg.connect(database_url), FixedClock()
    with serve_postgrest(database_url) as served:
        async with embedding(served) as embeds, open_supabase(served.url, served.key, transport=served.transport) as db:
            ours = SqlDirectory(db)
            yield Incident(connection, clock, embeds, CachedDirectory(embeds, ours, clock), ours, services)
    await connection.close()


def bound(tenant_id: str, *, stale: bool = False) -> Admit:
    return Admit(Reason.NUMBER_BOUND, "tenant", tenant_id, "church", stale_directory=stale)


SOLD = Admit(Reason.TOLL_FREE, "sales", None, "sales")
FAILED = Announce(Reason.DIRECTORY_ERROR)


@pytest.mark.requirement("PT-77", "PT-11", "PT-01", "PT-19", "PT-50")
@pytest.mark.requirement("PT-02")
@pytest.mark.requirement("PT-14")
async def test_when_a_foreign_key_is_dropped_then_nobody_is_answered_as_somebody_else(incident: Incident) -> None:
    ring, cached, embeds, ours = incident.ring, incident.cached, incident.embeds, incident.ours
    # 1: all is well, and A's data is remembered
    for directory in (embeds, ours):
        assert await ring(directory, A) == bound(GRACE)
        assert await ring(directory, B) == bound(HARBOR)
        assert await ring(directory, SALES) == SOLD
        assert await ring(directory, NOBODY) == Announce(Reason.NUMBER_UNKNOWN)
    assert await ring(cached, A) == bound(GRACE)
    assert set(await incident.alerts()) == {f"number_unknown:{NOBODY}"}

    # 2 and 3: B isn't remembered
    await incident.change(DROP_KEY, "PGRST200")
    assert await ring(cached, B) == FAILED
    alert = (await incident.alerts())[f"directory_error:{B}"]
    assert (alert.severity, alert.fields and alert.fields["cause"]) == ("page", "PGRST200")
    for did, decision in ((A, bound(GRACE)), (B, bound(HARBOR)), (SALES, SOLD)):
        assert (await routed(ours, did))[0] == decision, "SQL functions need no key"
    assert f"directory_error:{B}" in await incident.alerts()

    # 4: A is, for an hour; that it is answered hides neither B's trouble nor its own
    assert await ring(cached, A) == bound(GRACE)
    incident.clock.advance(5 * 60 + 1)
    assert await ring(cached, A) == bound(GRACE, stale=True)
    troubles = await incident.alerts()
    assert {f"directory_error:{A}", f"directory_error:{B}"} <= set(troubles)
    fields = troubles[f"directory_error:{A}"].fields or {}
    assert (troubles[f"directory_error:{A}"].severity, fields["cause"], fields["served"]) == (
        "page",
        "PGRST200",
        "copy",
    )
    incident.clock.advance(55 * 60)
    assert await ring(cached, A) == FAILED

    # 5: sales by its own number alone
    for did in (A, B, NOBODY, SALES):
        assert await ring(embeds, did) == FAILED
    assert await ring(ours, SALES) == SOLD

    # 6: the next call is answered, by the same process
    await incident.change(RESTORE_KEY, "")
    incident.clock.advance(1)
    assert await ring(cached, B) == bound(HARBOR)
    assert f"directory_error:{B}" not in await incident.alerts()
    assert f"directory_error:{A}" in await incident.alerts(), "one that works says nothing of another"
    assert await ring(cached, A) == bound(GRACE)
    assert await ring(cached, NOBODY) == Announce(Reason.NUMBER_UNKNOWN)
    assert await ring(cached, SALES) == SOLD
    assert not {key for key in await incident.alerts() if key.startswith("directory_error:")}


@pytest.mark.requirement("PT-77")
@pytest.mark.requirement("PT-02")
async def test_when_the_key_is_dropped_then_remembered_sales_still_answer_on_their_number(incident: Incident) -> None:
    assert await incident.ring(incident.cached, SALES) == SOLD
    await incident.change(DROP_KEY, "PGRST200")
    incident.clock.advance(6 * 60)
    assert await incident.ring(incident.cached, SALES) == replace(SOLD, stale_directory=True)


@pytest.mark.requirement("PT-20", "PT-77")
async def test_when_a_number_moves_while_the_key_is_dropped_then_its_former_tenant_does_not_answer(
    incident: Incident,
) -> None:
    assert await incident.ring(incident.cached, A) == bound(GRACE)
    await incident.change(DROP_KEY, "PGRST200")
    await incident.sql.execute("update numbers set tenant_id = $1 where did = $2", HARBOR, A)
    assert await incident.ring(incident.cached, A) == FAILED
    await incident.change(RESTORE_KEY, "")
    assert await incident.ring(incident.cached, A) == bound(HARBOR)


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


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-78", "PT-11")
@pytest.mark.requirement("PT-14")
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


def _break(request: httpx.Request) -> httpx.Response:
    raise AttributeError("'NoneType' object has no attribute 'write'")


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
    "broken client": (_break, "AttributeError"),
}


@pytest.mark.requirement("PT-78", "PT-11")
@pytest.mark.requirement("PT-14")
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
        "language": "en", "fallback": "announcement", "forward_to": None,
    }  # fmt: skip
    transport = Answering(
        lambda request: _hang_up(request) if transport.asked == 1 else httpx.Response(200, content=orjson.dumps(row))
    )
    async with open_supabase("http://supabase.test", "key", transport=transport) as database:
        listing = await SqlDirectory(database).listing(B, "")
    assert listing is not None
    assert listing.tenant_id == HARBOR


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-78")
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


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-78")
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


async def test_when_the_postgres_client_breaks_then_the_store_is_unavailable(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def acquire(*_: Any, **__: Any) -> Any:
        raise AttributeError("'NoneType' object has no attribute 'is_closing'")

    monkeypatch.setattr("asyncpg.pool.Pool._acquire", acquire)
    async with open_postgres(database_url) as database:
        with pytest.raises(StoreUnavailable, match="is_closing"):
            await database.call("dids_v1", {"stage": "local"})
