"""The composition root: opens one adapter behind each port, as the settings say, and imports only those it opens."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from shared.config import (
    BackupStorage,
    CarrierSettings,
    LiveKitSettings,
    PostgresSettings,
    RecordingStorage,
    RedisSettings,
    Settings,
    SupabaseSettings,
    UpstashSettings,
)
from shared.errors import CarrierError, ConfigError, StoreUnavailable, SwitchboardError
from shared.observe import log
from shared.ports import (
    Alerts,
    BusinessRows,
    Carrier,
    Dialler,
    Directory,
    Egress,
    Knowledge,
    Notifier,
    People,
    Pins,
    Prober,
    Switchboard,
    Templates,
    TenantGrants,
    WorkerEvents,
)
from shared.services import Outbox, Outside, Services
from shared.tokens import StageTokens

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
    from shared.adapters.kv.circuits import RedisCircuits
    from shared.adapters.kv.copies import open_copies
    from shared.adapters.kv.generations import RedisGenerations
    from shared.adapters.kv.leases import RedisLeases
    from shared.adapters.kv.sessions import RedisSessions
    from shared.adapters.kv.snapshots import RedisSnapshots
    from shared.adapters.kv.workers import RedisWorkers
    from shared.adapters.partners import open_partners
    from shared.adapters.sql.cached_directory import CachedDirectory
    from shared.adapters.sql.deliveries import SqlDeliveries, SqlResults
    from shared.adapters.sql.directory import SqlDirectory
    from shared.adapters.sql.grants import SqlTenantGrants
    from shared.adapters.sql.knowledge import SqlKnowledge
    from shared.adapters.sql.pins import SqlPins
    from shared.adapters.sql.recordings import SqlRecordings
    from shared.adapters.sql.records import SqlRecords
    from shared.adapters.sql.silence import ImpatientDatabase, ObservedDatabase
    from shared.adapters.sql.spool import open_spool
    from shared.adapters.sql.stores import (
        SqlAlertNotices,
        SqlAlerts,
        SqlBusinessRows,
        SqlCalls,
        SqlConsents,
        SqlRequests,
    )
    from shared.adapters.sql.templates import CachedTemplates, SqlTemplates
    from shared.adapters.sql.worker_events import SqlWorkerEvents
    from shared.adapters.volume import SocketVolume

    stage, release = settings.stage, settings.release
    async with AsyncExitStack() as opened:
        database = ObservedDatabase(await _open_database(settings, opened))
        # a caller waits for these, and they needn't be asked: a write is kept, an alert is closed by a later call
        impatient = ImpatientDatabase(database)
        switchboard = await _open_switchboard(settings.livekit, opened)
        dialler = await _open_dialler(settings, opened)
        carrier = await _open_carrier(settings.carrier, opened)
        bucket, backup = _bucket(settings.recordings, stage), _bucket(settings.backup, stage)
        volume = None if settings.volume_socket is None else SocketVolume(settings.volume_socket)
        egress = await _open_egress(settings, bucket, opened)
        scripts = await _open_scripts(settings, opened)
        copies = await opened.enter_async_context(open_copies(scripts, stage))
        clock, directory = SystemClock(), SqlDirectory(database)
        notifiers = await _open_notifiers(settings, opened)
        partners = await opened.enter_async_context(open_partners(inside=stage == "local"))
        spool = await opened.enter_async_context(open_spool(database, settings.data_dir / "spool" / stage, impatient))
        yield Services(
            settings=settings,
            clock=clock,
            directory=CachedDirectory(directory, directory, clock, settings.data_dir / "directory" / stage, copies),
            calls=SqlCalls(database, spool, stage, release),
            records=SqlRecords(database),
            consents=SqlConsents(database, spool, stage, release),
            requests=SqlRequests(spool, stage, release),
            business_rows=SqlBusinessRows(database, spool, stage, release),
            recordings=SqlRecordings(database, spool, stage, release),
            templates=CachedTemplates(SqlTemplates(database, stage), settings.data_dir / "templates" / stage),
            knowledge=SqlKnowledge(database),
            alerts=SqlAlerts(impatient, spool, stage, release, clock),
            alert_notices=SqlAlertNotices(database, stage),
            results=SqlResults(database, stage),
            deliveries=SqlDeliveries(database, stage),
            notifiers=notifiers,
            sessions=RedisSessions(scripts, stage),
            leases=RedisLeases(scripts, stage),
            snapshots=RedisSnapshots(scripts, stage, settings.snapshot_seconds),
            workers=RedisWorkers(scripts, stage),
            circuits=RedisCircuits(scripts, stage),
            worker_events=SqlWorkerEvents(database, spool, stage, release),
            generations=RedisGenerations(scripts, stage),
            switchboard=switchboard,
            dialler=dialler,
            carrier=carrier,
            grants=SqlTenantGrants(database, stage),
            pins=SqlPins(database, stage),
            partners=partners,
            kept_writes=spool,
            egress=egress,
            files=RecordingFiles(settings.recordings_dir, bucket, backup, volume=volume),
        )


@asynccontextmanager
async def open_directory(settings: Settings) -> AsyncGenerator[Directory]:
    """The directory alone, without copies: for a command that reads it once."""
    from shared.adapters.sql.directory import SqlDirectory

    async with AsyncExitStack() as opened:
        yield SqlDirectory(await _open_database(settings, opened))


@asynccontextmanager
async def open_alerts(settings: Settings) -> AsyncGenerator[Alerts]:
    """The alerts alone, for a command: what can't be written now is an error."""
    from shared.adapters.clock import SystemClock
    from shared.adapters.sql.stores import DirectWrites, SqlAlerts

    async with AsyncExitStack() as opened:
        database = await _open_database(settings, opened)
        yield SqlAlerts(database, DirectWrites(database), settings.stage, settings.release, SystemClock())


@asynccontextmanager
async def open_worker_events(settings: Settings) -> AsyncGenerator[WorkerEvents]:
    """The workers' events alone, for a command."""
    from shared.adapters.sql.stores import DirectWrites
    from shared.adapters.sql.worker_events import SqlWorkerEvents

    async with AsyncExitStack() as opened:
        database = await _open_database(settings, opened)
        yield SqlWorkerEvents(database, DirectWrites(database), settings.stage, settings.release)


@asynccontextmanager
async def open_grants(settings: Settings) -> AsyncGenerator[TenantGrants]:
    """What tenants' functions may reach, alone, for a command."""
    from shared.adapters.sql.grants import SqlTenantGrants

    async with AsyncExitStack() as opened:
        yield SqlTenantGrants(await _open_database(settings, opened), settings.stage)


@asynccontextmanager
async def open_pins(settings: Settings) -> AsyncGenerator[Pins]:
    """The tenants' PINs alone, for a command."""
    from shared.adapters.sql.pins import SqlPins

    async with AsyncExitStack() as opened:
        yield SqlPins(await _open_database(settings, opened), settings.stage)


@asynccontextmanager
async def open_business_rows(settings: Settings) -> AsyncGenerator[BusinessRows]:
    """The rows of the businesses alone, for a command: what can't be written now is an error."""
    from shared.adapters.sql.stores import DirectWrites, SqlBusinessRows

    async with AsyncExitStack() as opened:
        database = await _open_database(settings, opened)
        yield SqlBusinessRows(database, DirectWrites(database), settings.stage, settings.release)


@asynccontextmanager
async def open_templates(settings: Settings) -> AsyncGenerator[Templates]:
    """The templates alone, for a command."""
    from shared.adapters.sql.templates import SqlTemplates

    async with AsyncExitStack() as opened:
        yield SqlTemplates(await _open_database(settings, opened), settings.stage)


@asynccontextmanager
async def open_people(settings: Settings) -> AsyncGenerator[People]:
    """The people of tenants alone, for a command."""
    from shared.adapters.sql.people import SqlPeople

    async with AsyncExitStack() as opened:
        yield SqlPeople(await _open_database(settings, opened))


@asynccontextmanager
async def open_knowledge(settings: Settings) -> AsyncGenerator[Knowledge]:
    """The tenants' documents alone, for a command."""
    from shared.adapters.sql.knowledge import SqlKnowledge

    async with AsyncExitStack() as opened:
        yield SqlKnowledge(await _open_database(settings, opened))


@asynccontextmanager
async def open_outbox(settings: Settings) -> AsyncGenerator[Outbox]:
    """Deliveries and tenants' webhooks, for a command."""
    from shared.adapters.sql.deliveries import SqlDeliveries, SqlTenantWebhooks

    async with AsyncExitStack() as opened:
        database = await _open_database(settings, opened)
        yield Outbox(SqlDeliveries(database, settings.stage), SqlTenantWebhooks(database, settings.stage))


@asynccontextmanager
async def open_outside(settings: Settings) -> AsyncGenerator[Outside]:
    """For the background's processes. Stage `local` alone may reach private addresses."""
    import aiohttp

    from shared.adapters.courier import open_courier

    async with AsyncExitStack() as opened:
        courier = await opened.enter_async_context(open_courier(inside=settings.stage == "local"))
        reader = None
        if (speech := settings.speech) is not None:
            from shared.adapters.openai import OPENAI_URL, OpenAiReader

            http = await opened.enter_async_context(aiohttp.ClientSession())
            key, url = speech.openai_api_key.get_secret_value(), speech.openai_base_url or OPENAI_URL
            reader = OpenAiReader(http, key, speech.llm_model, url)
        spreadsheet = None
        if settings.sheets is not None:
            from shared.adapters.sheets import open_sheets

            account = settings.sheets.account.get_secret_value()
            spreadsheet = await opened.enter_async_context(open_sheets(account, settings.sheets.url))
        yield Outside(courier, reader, spreadsheet, _prober(settings))


def _prober(settings: Settings) -> Callable[[], Prober] | None:
    livekit, signing = settings.livekit, settings.signing
    if livekit is None or signing is None:
        return None

    def opened() -> Prober:
        from shared.adapters.clock import SystemClock
        from shared.adapters.probe import RoomProber

        tokens, secret = StageTokens(settings.stage, signing.listed), livekit.api_secret.get_secret_value()
        return RoomProber(livekit.url, livekit.api_key, secret, tokens, SystemClock().now)

    return opened


async def refuse_foreign_redis(settings: Settings) -> None:
    """Raises `ConfigError` where Redis belongs to another kind of stage. For the start of a process: it takes a second.

    A Redis that doesn't answer is logged: calls do without it, and raise its alert.
    """
    from shared.adapters.kv.kind import MARK, kind_of_database

    kind = settings.stage.partition("-")[0]
    async with AsyncExitStack() as opened:
        try:
            found = await kind_of_database(await _open_scripts(settings, opened), kind)
        except StoreUnavailable as error:
            log.warning("kind of Redis unknown", action="start", error=str(error))
            return
    if found not in (None, kind):
        raise ConfigError(
            f"this Redis belongs to {found} stages, as its key {MARK} says, and {settings.stage} isn't one: set "
            f"PICKUP_REDIS_URL (or UPSTASH_REDIS_REST_URL) to a database for {kind} stages alone; delete the key where "
            "it is wrong"
        )


async def _open_database(settings: Settings, opened: AsyncExitStack) -> "Database":
    match settings.database:
        case PostgresSettings(url=url, pooler=pooler) as postgres:
            from shared.adapters.sql.postgres import open_postgres

            if postgres.pooler_unnamed:
                log.warning("the database's address is a pooler's: set PICKUP_DATABASE_POOLER=true", action="start")
            pooler = bool(pooler) or postgres.pooler_unnamed
            return await opened.enter_async_context(open_postgres(url.get_secret_value(), pooler=pooler))
        case SupabaseSettings(url=url, service_role_key=key):
            from shared.adapters.sql.supabase import open_supabase

            return await opened.enter_async_context(open_supabase(url, key.get_secret_value()))
        case None:
            raise ConfigError("no database is configured: set PICKUP_DATABASE_URL, or SUPABASE_URL and its key")


async def _open_scripts(settings: Settings, opened: AsyncExitStack) -> "Scripts":
    match settings.redis:
        case RedisSettings(url=url):
            from shared.adapters.kv.redis import open_redis

            return await opened.enter_async_context(open_redis(url.get_secret_value()))
        case UpstashSettings(url=url, token=token):
            from shared.adapters.kv.upstash import open_upstash

            return await opened.enter_async_context(open_upstash(url, token.get_secret_value()))
        case None:
            raise ConfigError("no Redis is configured: set PICKUP_REDIS_URL, or UPSTASH_REDIS_REST_URL and its token")


async def _open_switchboard(livekit: LiveKitSettings | None, opened: AsyncExitStack) -> Switchboard:
    """LiveKit's, where it is configured; calls on another line need none."""
    if livekit is None:
        from shared.adapters.memory import MemorySwitchboard

        missing = "no LiveKit is configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        return MemorySwitchboard(fault=SwitchboardError(missing, 400))
    from shared.adapters.livekit import open_livekit

    secret = livekit.api_secret.get_secret_value()
    return await opened.enter_async_context(open_livekit(livekit.url, livekit.api_key, secret))


async def _open_dialler(settings: Settings, opened: AsyncExitStack) -> Dialler:
    """LiveKit's, where it is configured; else one that reaches nobody."""
    if (livekit := settings.livekit) is None:
        from shared.adapters.memory import MemoryDialler

        return MemoryDialler()
    from shared.adapters.livekit_dialler import open_dialler

    secret = livekit.api_secret.get_secret_value()
    out = None if settings.sip_out is None else settings.sip_out.out
    return await opened.enter_async_context(open_dialler(livekit.url, livekit.api_key, secret, out))


def _bucket(storage: RecordingStorage | BackupStorage | None, stage: str) -> "Bucket | None":
    """A bucket of egress's recordings, where it is configured: recordings in it are deleted without an egress too."""
    if storage is None:
        return None
    from shared.adapters.s3 import Bucket

    name, _, folder = storage.url.removeprefix("s3://").partition("/")
    secret, below = storage.secret_access_key.get_secret_value(), f"{folder.strip('/')}/{stage}".lstrip("/")
    return Bucket(name, storage.access_key_id, secret, storage.region, storage.endpoint_url, below)


async def _open_egress(settings: Settings, bucket: "Bucket | None", opened: AsyncExitStack) -> Egress | None:
    livekit = settings.livekit
    if not settings.egress or livekit is None or bucket is None:
        return None
    from shared.adapters.egress import open_egress

    secret = livekit.api_secret.get_secret_value()
    return await opened.enter_async_context(open_egress(livekit.url, livekit.api_key, secret, bucket))


async def _open_carrier(carrier: CarrierSettings | None, opened: AsyncExitStack) -> Carrier:
    """Telnyx's, where it is configured; direct mode needs none."""
    if carrier is None:
        from shared.adapters.memory import MemoryCarrier

        return MemoryCarrier(fault=CarrierError("no carrier is configured: set TELNYX_API_KEY", 400))
    from shared.adapters.telnyx import open_telnyx

    return await opened.enter_async_context(open_telnyx(carrier.api_key.get_secret_value(), carrier.base_url))


async def _open_notifiers(settings: Settings, opened: AsyncExitStack) -> tuple[Notifier, ...]:
    """One for each channel that is configured."""
    found: list[Notifier] = []
    if settings.mail is not None:
        from shared.adapters.notify.mail import MailNotifier

        mail = settings.mail
        found.append(MailNotifier(mail.address, mail.login, mail.sender, mail.people))
    if settings.sms is None and settings.chat is None:
        return tuple(found)
    import aiohttp

    from shared.adapters.notify.web import TELNYX_URL, ChatNotifier, SmsNotifier

    http = await opened.enter_async_context(aiohttp.ClientSession())
    if (sms := settings.sms) is not None:
        found.append(SmsNotifier(http, sms.api_key.get_secret_value(), sms.sender, sms.people, sms.url or TELNYX_URL))
    if settings.chat is not None:
        found.append(ChatNotifier(http, settings.chat.url.get_secret_value()))
    return tuple(found)


def preload() -> None:
    """Load now what `open_services` would load for a worker: for a process whose forks will need it."""
    for package, names in _WORKER_ADAPTERS.items():
        for name in names:
            import_module(f"{package}.{name}")


_WORKER_ADAPTERS = {
    "shared.adapters": ("clock", "files", "livekit", "partners", "volume"),
    "shared.adapters.kv": ("circuits", "copies", "leases", "redis", "sessions", "snapshots", "workers"),
    "shared.adapters.sql": (
        "cached_directory",
        "directory",
        "grants",
        "pins",
        "postgres",
        "recordings",
        "records",
        "silence",
        "spool",
        "stores",
        "worker_events",
    ),
}
