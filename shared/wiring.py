"""The composition root: which adapters stand behind the ports, by the settings. Imports only those that are used."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from shared.config import Settings
from shared.errors import CarrierError, ConfigError, SwitchboardError
from shared.ports import Carrier, Egress, Switchboard
from shared.services import Services

if TYPE_CHECKING:
    from shared.adapters.kv.scripts import Scripts
    from shared.adapters.s3 import Bucket
    from shared.adapters.sql.database import Database


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Nothing is connected before it is used: a process starts, and takes calls, without its stores.

    Closes in reverse order; what the spool couldn't deliver is left for the next start.
    """
    from shared.adapters.clock import SystemClock
    from shared.adapters.files import RecordingFiles
    from shared.adapters.kv.leases import RedisLeases
    from shared.adapters.kv.sessions import RedisSessions
    from shared.adapters.kv.workers import RedisWorkers
    from shared.adapters.sql.cached_directory import CachedDirectory
    from shared.adapters.sql.directory import SqlDirectory
    from shared.adapters.sql.recordings import SqlRecordings
    from shared.adapters.sql.records import SqlRecords
    from shared.adapters.sql.spool import open_spool
    from shared.adapters.sql.stores import SqlAlerts, SqlBusinessRows, SqlCalls, SqlConsents, SqlRequests

    stage, release = settings.stage, settings.release
    async with AsyncExitStack() as opened:
        database = await _open_database(settings, opened)
        switchboard = await _open_switchboard(settings, opened)
        carrier = await _open_carrier(settings, opened)
        bucket = _bucket(settings)
        egress = await _open_egress(settings, bucket, opened)
        scripts = await _open_scripts(settings, opened)
        clock, directory = SystemClock(), SqlDirectory(database)
        spool = await opened.enter_async_context(open_spool(database, settings.data_dir / "spool" / stage))
        yield Services(
            settings=settings,
            clock=clock,
            directory=CachedDirectory(directory, directory, clock, settings.data_dir / "directory" / stage),
            calls=SqlCalls(database, spool, stage, release),
            records=SqlRecords(database),
            consents=SqlConsents(database, spool, stage, release),
            requests=SqlRequests(spool, stage, release),
            business_rows=SqlBusinessRows(database, spool, stage, release),
            recordings=SqlRecordings(database, spool, stage, release),
            alerts=SqlAlerts(database, spool, stage, release, clock),
            sessions=RedisSessions(scripts, stage),
            leases=RedisLeases(scripts, stage),
            workers=RedisWorkers(scripts, stage),
            switchboard=switchboard,
            carrier=carrier,
            egress=egress,
            files=RecordingFiles(settings.recordings_dir, bucket),
        )


async def _open_database(settings: Settings, opened: AsyncExitStack) -> "Database":
    if settings.database_url is not None:
        from shared.adapters.sql.postgres import open_postgres

        url = settings.database_url.get_secret_value()
        return await opened.enter_async_context(open_postgres(url, pooler=settings.database_pooler))
    if settings.supabase_url is not None and settings.supabase_service_role_key is not None:
        from shared.adapters.sql.supabase import open_supabase

        key = settings.supabase_service_role_key.get_secret_value()
        return await opened.enter_async_context(open_supabase(settings.supabase_url, key))
    raise ConfigError("no database is configured: set PICKUP_DATABASE_URL, or SUPABASE_URL and its key")


async def _open_scripts(settings: Settings, opened: AsyncExitStack) -> "Scripts":
    if settings.redis_url is not None:
        from shared.adapters.kv.redis import open_redis

        return await opened.enter_async_context(open_redis(settings.redis_url.get_secret_value()))
    if settings.upstash_redis_rest_url is not None and settings.upstash_redis_rest_token is not None:
        from shared.adapters.kv.upstash import open_upstash

        token = settings.upstash_redis_rest_token.get_secret_value()
        return await opened.enter_async_context(open_upstash(settings.upstash_redis_rest_url, token))
    raise ConfigError("no Redis is configured: set PICKUP_REDIS_URL, or UPSTASH_REDIS_REST_URL and its token")


async def _open_switchboard(settings: Settings, opened: AsyncExitStack) -> Switchboard:
    """LiveKit's, where it is configured; a call on another line never asks it anything."""
    url, key, secret = settings.livekit_url, settings.livekit_api_key, settings.livekit_api_secret
    if url is None or key is None or secret is None:
        from shared.adapters.memory import MemorySwitchboard

        missing = "no LiveKit is configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        return MemorySwitchboard(fault=SwitchboardError(missing, 400))
    from shared.adapters.livekit import open_livekit

    return await opened.enter_async_context(open_livekit(url, key, secret.get_secret_value()))


def _bucket(settings: Settings) -> "Bucket | None":
    """Where egress puts its files, where that is configured: what lies there can be deleted without an egress too."""
    storage, key, secret = settings.recording_storage, settings.aws_access_key_id, settings.aws_secret_access_key
    if storage is None or key is None or secret is None:
        return None
    from shared.adapters.s3 import Bucket

    name = storage.removeprefix("s3://").split("/")[0]
    return Bucket(name, key, secret.get_secret_value(), settings.aws_region, settings.aws_endpoint_url)


async def _open_egress(settings: Settings, bucket: "Bucket | None", opened: AsyncExitStack) -> Egress | None:
    """LiveKit's egress, where it is said to be deployed."""
    if not settings.egress:
        return None
    url, key, secret = settings.livekit_url, settings.livekit_api_key, settings.livekit_api_secret
    if bucket is None or url is None or key is None or secret is None:
        wanted = "LIVEKIT_URL and its keys, RECORDING_STORAGE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise ConfigError(f"egress can't record: set {wanted}, or unset PICKUP_EGRESS")
    from shared.adapters.egress import open_egress

    return await opened.enter_async_context(open_egress(url, key, secret.get_secret_value(), bucket))


async def _open_carrier(settings: Settings, opened: AsyncExitStack) -> Carrier:
    """Telnyx's, where it is configured; in direct mode it is never asked anything."""
    key = settings.telnyx_api_key
    if key is None:
        from shared.adapters.memory import MemoryCarrier

        return MemoryCarrier(fault=CarrierError("no carrier is configured: set TELNYX_API_KEY", 400))
    from shared.adapters.telnyx import open_telnyx

    return await opened.enter_async_context(open_telnyx(key.get_secret_value(), settings.telnyx_base_url))


def preload() -> None:
    """Load now what `open_services` would load for a worker: for a process whose forks will need it."""
    for package, names in _WORKER_ADAPTERS.items():
        for name in names:
            import_module(f"{package}.{name}")


_WORKER_ADAPTERS = {
    "shared.adapters": ("clock", "files", "livekit"),
    "shared.adapters.kv": ("leases", "redis", "sessions", "workers"),
    "shared.adapters.sql": ("cached_directory", "directory", "postgres", "recordings", "records", "spool", "stores"),
}
