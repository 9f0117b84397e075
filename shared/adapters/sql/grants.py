"""The port `TenantGrants` over any `Database`."""

from dataclasses import dataclass, field

from shared.adapters.sql.database import Database, parsed, plain
from shared.ports import Grants


class SqlTenantGrants:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def of(self, tenant_id: str) -> Grants:
        wanted = {"stage": self._stage, "tenant_id": tenant_id or None}
        row = parsed(_Granted, await self._database.call("tenant_grants_v1", wanted))
        return Grants(frozenset(row.hosts), row.secrets)

    async def allow(self, tenant_id: str, host: str) -> bool:
        return await self._change("allow_host_v1", tenant_id, host=host)

    async def refuse(self, tenant_id: str, host: str) -> bool:
        return await self._change("refuse_host_v1", tenant_id, host=host)

    async def put_secret(self, tenant_id: str, name: str, value: str) -> None:
        await self._change("set_tenant_secret_v1", tenant_id, name=name, value=value)

    async def remove_secret(self, tenant_id: str, name: str) -> bool:
        return await self._change("set_tenant_secret_v1", tenant_id, name=name, value=None)

    async def _change(self, function: str, tenant_id: str, **fields: str | None) -> bool:
        wanted = {"stage": self._stage, "tenant_id": tenant_id} | fields
        return parsed(_Changed, await self._database.call(function, plain(wanted))).changed


@dataclass(frozen=True)
class _Granted:
    hosts: list[str]
    secrets: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class _Changed:
    changed: bool
