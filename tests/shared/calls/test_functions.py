"""Calling a template's function: the tenant's list, its secrets, the time bound, and what is tried again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lab.partner import Partner, open_partner
from shared.adapters.partners import open_partners
from shared.calls.functions import CallFunction
from shared.domain.functions import Function
from shared.errors import PartnerError
from shared.ports import Grants

TENANT = "00000000-0000-4000-a000-000000000001"


class OneTenant:
    """The grants of one tenant."""

    def __init__(self) -> None:
        self.granted = Grants()

    async def of(self, tenant_id: str) -> Grants:
        return self.granted if tenant_id == TENANT else Grants()


class Desk:
    def __init__(self, partner: Partner, call: CallFunction, tenant: OneTenant) -> None:
        self.partner = partner
        self.call = call
        self.tenant = tenant

    def function(self, method: str = "GET", **http: Any) -> Function:
        url = {"method": method, "url": f"{self.partner.url}/x", "headers": {"X-Key": "{secret.k}"}}
        return Function.model_validate({"name": "ask", "description": "Asks.", "http": url | http,
                                        "changes": "booking" if method != "GET" else None})  # fmt: skip

    async def fails(self, function: Function, tenant_id: str = TENANT) -> PartnerError:
        with pytest.raises(PartnerError) as refused:
            await self.call(tenant_id, function, {}, "effect-1")
        return refused.value


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    tenant = OneTenant()
    async with open_partner() as partner, open_partners(inside=True) as partners:
        partner.answers["/x"] = {"price": 45}
        tenant.granted = Grants(frozenset({partner.host}), {"k": "s3cr3t"})
        yield Desk(partner, CallFunction(tenant, partners), tenant)  # type: ignore[arg-type]


async def test_given_a_tenants_list_then_only_its_hosts_are_asked_with_its_secrets(desk: Desk) -> None:
    assert await desk.call(TENANT, desk.function(), {}) == {"price": 45}
    assert desk.partner.requests[0].headers["x-key"] == "s3cr3t"

    other = await desk.fails(desk.function(), "00000000-0000-4000-a000-000000000002")
    assert "pickup tenant hosts add" in str(other)
    desk.tenant.granted = Grants(frozenset({desk.partner.host}))
    assert "no secret k" in str(await desk.fails(desk.function()))
    desk.tenant.granted = Grants(frozenset({"127.0.0.1"}), {"k": "s3cr3t"})
    assert "isn't among the tenant's hosts" in str(await desk.fails(desk.function())), "another port is another host"
    assert len(desk.partner.requests) == 1


async def test_given_each_answer_of_a_server_then_a_read_is_tried_once_more_and_a_change_never_is(desk: Desk) -> None:
    table: list[tuple[str, list[int | str], int, int | None, bool, bool]] = [
        # method, faults, requests, status, may be done, the model may mend it
        ("GET", [500], 2, None, False, False),
        ("GET", [503, 502], 2, 502, True, False),
        ("GET", [404], 1, 404, False, True),
        ("GET", [422], 1, 422, False, True),
        ("GET", [401], 1, 401, False, False),
        ("GET", ["redirect"], 1, 302, False, False),
        ("POST", [500], 1, 500, True, False),
        ("POST", [409], 1, 409, False, True),
        ("POST", [403], 1, 403, False, False),
    ]
    for method, faults, requests, status, may_be_done, to_mend in table:
        desk.partner.requests.clear()
        desk.partner.faults[:] = faults
        if status is None:
            assert await desk.call(TENANT, desk.function(method), {}) == {"price": 45}
        else:
            error = await desk.fails(desk.function(method))
            assert (error.status, error.may_be_done, error.to_mend) == (status, may_be_done, to_mend), (method, faults)
        assert len(desk.partner.requests) == requests, (method, faults)
        assert {each.headers.get("idempotency-key") for each in desk.partner.requests} <= {None, "effect-1"}


async def test_given_a_server_that_hangs_answers_too_much_or_is_gone_then_the_time_and_the_bytes_are_bounded(
    desk: Desk,
) -> None:
    desk.partner.faults.append("hang")
    error = await desk.fails(desk.function("POST", seconds=0.2))
    assert "didn't answer within 0.2 s" in str(error) and error.may_be_done
    desk.partner.faults.append("huge")
    assert "more than" in str(await desk.fails(desk.function()))
    gone = desk.function("POST", url="http://127.0.0.1:9/x")
    desk.tenant.granted = Grants(frozenset({"127.0.0.1:9"}), {"k": "s"})
    error = await desk.fails(gone)
    assert "can't be reached" in str(error) and not error.may_be_done
