"""Calls a template's function at the tenant's own server: allow-listed, bounded, and repeated by rule."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from shared.domain.functions import Function, HttpAnswer, HttpRequest, answer_of, host_of, request_of, secrets_in
from shared.errors import PartnerError
from shared.ports import Partners, TenantGrants

log = structlog.get_logger(__name__)

_TO_MEND = (400, 404, 409, 410, 422)
"""Statuses by which a server refuses these arguments: others may do."""
_MOST_WORDS = 300
"""Characters of a refusal."""


class CallFunction:
    def __init__(self, grants: TenantGrants, partners: Partners) -> None:
        self._grants = grants
        self._partners = partners

    async def __call__(
        self, tenant_id: str, function: Function, arguments: Mapping[str, Any], effect_id: str = ""
    ) -> Any:
        """What the model gets of the reply (`answer_of`).

        `effect_id`: the idempotency key of a change. Raises `PartnerError`, and `StoreError` where the tenant's list
        can't be read.
        """
        host, needed = host_of(function.http.url), secrets_in(function)
        grants = await self._grants.of(tenant_id)
        if host not in grants.hosts:
            raise PartnerError(f"{host} isn't among the tenant's hosts: pickup tenant hosts add {tenant_id} {host}")
        if missing := [name for name in needed if name not in grants.secrets]:
            raise PartnerError(f"the tenant has no secret {', '.join(missing)}: pickup tenant secrets set {tenant_id}")
        secrets = {name: grants.secrets[name] for name in needed}
        request, began = request_of(function, arguments, secrets, effect_id), time.monotonic()
        try:
            async with asyncio.timeout(function.http.seconds):
                answer = await self._answered(function, request)
        except TimeoutError:
            raise PartnerError(f"{host} didn't answer within {function.http.seconds:g} s", may_be_done=True) from None
        finally:
            seconds = round(time.monotonic() - began, 3)
            log.info("function called", action="function", function=function.name, host=host, seconds=seconds)
        if 200 <= answer.status < 300:
            return answer_of(function, answer.body)
        words = " ".join(answer.body.decode(errors="replace").split())[:_MOST_WORDS]
        raise PartnerError(
            f"{host} answered {answer.status}{': ' if words else ''}{words}",
            answer.status,
            may_be_done=answer.status >= 500,
            to_mend=answer.status in _TO_MEND,
        )

    async def _answered(self, function: Function, request: HttpRequest) -> HttpAnswer:
        """A read is tried once more where the server can't be reached, or fails. A change never is."""
        if not function.reads:
            return await self._partners.ask(request)
        try:
            answer = await self._partners.ask(request)
        except PartnerError as error:
            if not error.retryable:
                raise
        else:
            if answer.status < 500:
                return answer
        return await self._partners.ask(request)
