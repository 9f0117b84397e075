"""An operator's commands to the embedded stores: admit a stage, bind a number to it, release a number."""

import json
import secrets
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from shared.domain.tenant import Access, Unattested, Unlisted
from shared.errors import ROUTING_REFUSALS, InputError, StackError

SECONDS = 5

STAGE_COMMANDS = (
    "+ping", "+select", "+eval", "+evalsha", "+get", "+set", "+del", "+expire", "+pexpire", "+pttl", "+time",
    "+hset", "+hget", "+hmget", "+hdel", "+hvals", "+zadd", "+zrem", "+zrangebyscore",
)  # fmt: skip
"""What the scripts of `shared/adapters/kv/lua` use, and a connection."""


async def stage_dsn(url: str, stage: str) -> str:
    """Gives the stage's database role a new password, and returns the DSN by which its processes log in."""
    password = secrets.token_hex(16)
    role = str(await _fetch(url, "select pickup.admit_stage($1, $2)", stage, password))
    address = urlsplit(url)
    return address._replace(netloc=f"{quote(role)}:{password}@{address.hostname}:{address.port}").geturl()


async def stage_redis_url(url: str, stage: str) -> str:
    """Gives the stage's user of Redis a new password, and returns the URL by which its processes log in.

    That user reaches the stage's keys, and the scripts' commands, alone. `url` is the default user's.
    """
    user, password = f"pickup-{stage}", secrets.token_hex(16)
    rule = ("reset", "on", f">{password}", f"~pickup:{stage}:*", "resetchannels", "-@all", *STAGE_COMMANDS)
    try:
        async with redis.asyncio.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as client:
            await client.execute_command("ACL SETUSER", user, *rule)
            # a server that is started again knows its users by its file
            await client.execute_command("ACL SAVE")
    except (RedisError, OSError) as error:
        raise StackError(f"Redis doesn't admit {stage}: {error or type(error).__name__}") from error
    address = urlsplit(url)
    return address._replace(netloc=f"{user}:{password}@{address.hostname}:{address.port}").geturl()


async def bind_number(
    url: str,
    did: str,
    stage: str,
    tenant_id: str | None,
    template: str | None,
    *,
    allowlist: Sequence[str] = (),
    forward_to: str | None = None,
    access: Access | None = None,
    unlisted_callers: Unlisted | None = None,
    unattested_callers: Unattested | None = None,
    shipped: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Lets the number ring in this stage, for this tenant. Raises InputError with the database's refusal (PT-09).

    Of `access` and the two below it, what is None stays as it was.
    `shipped`: the routing of the release's templates, as `Templates.withdraw` takes it.
    """
    number: dict[str, Any] = {
        "did": did,
        "stage": stage,
        "tenant_id": tenant_id,
        "template": template,
        "allowlist": list(allowlist),
        "access": access,
        "unlisted_callers": unlisted_callers,
        "unattested_callers": unattested_callers,
    }
    fallback = "announcement" if forward_to is None else "forward"
    await _call(url, "bind_number_v1", **number, fallback=fallback, forward_to=forward_to, shipped=dict(shipped))


async def release_number(url: str, did: str, stage: str) -> bool:
    """Returns whether the number rang in this stage until now."""
    return bool((await _call(url, "release_number_v1", did=did, stage=stage))["released"])


_REFUSALS = {
    asyncpg.ForeignKeyViolationError: "there is no such tenant",
    asyncpg.InvalidTextRepresentationError: "a tenant's id is a UUID",
    asyncpg.CheckViolationError: "a preview's numbers belong to demo tenants (00000000-0000-4000-a000-…), "
    "and no number forwards to one of ours",
}


async def _call(url: str, function: str, **payload: Any) -> dict[str, Any]:
    try:
        answer = await _fetch(url, f"select public.{function}($1::text::jsonb)::text", json.dumps(payload))
    except asyncpg.UniqueViolationError as error:
        raise InputError(str(error)) from error
    except tuple(_REFUSALS) as error:
        raise InputError(f"{_REFUSALS[type(error)]}: {payload['tenant_id']}") from error
    except asyncpg.PostgresError as error:
        if (refusal := ROUTING_REFUSALS.get(str(getattr(error, "sqlstate", "")))) is None:
            raise
        raise refusal(str(error)) from error
    return json.loads(answer)


async def _fetch(url: str, statement: str, *arguments: str) -> Any:
    try:
        connection = await asyncpg.connect(url, timeout=SECONDS)
    except (OSError, TimeoutError) as error:
        raise StackError(f"the database can't be reached: {error or type(error).__name__}") from error
    try:
        return await connection.fetchval(statement, *arguments, timeout=SECONDS)
    finally:
        await connection.close(timeout=SECONDS)
