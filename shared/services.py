"""What a process has: one adapter behind each port, and the use-cases over them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from socket import gethostname

from shared.calls.admit import AdmitCall
from shared.calls.arrival import Arrivals
from shared.calls.carrier_call import CarrierCalls
from shared.calls.carrier_end import CarrierEnd
from shared.calls.carrier_setup import CarrierSetup
from shared.calls.deliver import Deliver
from shared.calls.equipment import EquipmentStock, SheetSync
from shared.calls.functions import CallFunction
from shared.calls.leg_commands import LegCommands
from shared.calls.notices import Notices
from shared.calls.recording_sweep import RecordingSweep
from shared.calls.recordings import CallRecordings
from shared.calls.results import FillResults
from shared.calls.room_call import RoomCalls
from shared.calls.setups import Setups
from shared.calls.spool_disk import SpoolDisk
from shared.calls.stage_health import StageHealth
from shared.calls.stage_status import StatusReader
from shared.calls.voice_lost import VoiceLost
from shared.calls.voicemail import VoicemailFetcher
from shared.calls.watch import Healer
from shared.calls.webhook_evidence import WebhookEvidence
from shared.config import Settings, needed
from shared.domain.cost import PRICES, Price
from shared.domain.health import HealthLimits
from shared.domain.telephony.rooms import TrunkPlan, agent_name
from shared.house_audio import house_voice
from shared.ports import (
    AlertNotices,
    Alerts,
    AudioFiles,
    BusinessRows,
    Calls,
    Carrier,
    CircuitStore,
    Clock,
    Consents,
    Courier,
    Deliveries,
    Dialler,
    Directory,
    Egress,
    Generations,
    KeptWrites,
    Knowledge,
    Leases,
    Notifier,
    Partners,
    Pins,
    Prober,
    Recordings,
    Records,
    Requests,
    ResultReader,
    Results,
    Sessions,
    Snapshots,
    Spreadsheet,
    Switchboard,
    Templates,
    TenantGrants,
    TenantWebhooks,
    Texts,
    WorkerEvents,
    Workers,
)
from shared.tokens import StageTokens


@dataclass(frozen=True)
class Outbox:
    """What an operator's command has of deliveries."""

    deliveries: Deliveries
    webhooks: TenantWebhooks


@dataclass(frozen=True)
class Outside:
    """The outside parties of the background's processes alone."""

    courier: Courier
    reader: ResultReader | None
    """None where no language model is configured."""
    spreadsheet: Spreadsheet | None = None
    """None where no spreadsheets are configured."""
    prober: Callable[[], Prober] | None = None
    """Opens it: its library takes a while to load. None where LiveKit isn't configured."""


@dataclass(frozen=True)
class Services:
    """Ports as the wiring opened them; each use-case is built from them when it is first used, and once."""

    settings: Settings
    clock: Clock
    directory: Directory
    calls: Calls
    records: Records
    consents: Consents
    requests: Requests
    business_rows: BusinessRows
    recordings: Recordings
    templates: Templates
    knowledge: Knowledge
    alerts: Alerts
    alert_notices: AlertNotices
    results: Results
    deliveries: Deliveries
    notifiers: Sequence[Notifier]
    """The channels that are configured."""
    sessions: Sessions
    leases: Leases
    snapshots: Snapshots
    workers: Workers
    worker_events: WorkerEvents
    generations: Generations
    circuits: CircuitStore
    switchboard: Switchboard
    dialler: Dialler
    carrier: Carrier
    files: AudioFiles
    grants: TenantGrants
    pins: Pins
    partners: Partners
    kept_writes: KeptWrites
    egress: Egress | None
    """None where no egress is deployed: agents record by themselves."""

    @cached_property
    def tokens(self) -> StageTokens:
        """Raises `ConfigError` where the stage's signing keys aren't configured."""
        return StageTokens(self.settings.stage, needed(self.settings.signing).listed)

    @property
    def prices(self) -> Sequence[Price]:
        """The vendors' lists, and what the carrier takes for our own calls where that is configured."""
        out = self.settings.sip_out
        if out is None or out.usd_per_minute is None:
            return PRICES
        return (*PRICES, Price("carrier", "outbound", "audio_second", out.usd_per_minute, 60, date(2025, 1, 1)))

    @cached_property
    def arrivals(self) -> Arrivals:
        return Arrivals(self.tokens, direct=self.settings.takes_direct_calls)

    def trunk_plan(self, dids: Sequence[str]) -> TrunkPlan:
        """The trunk and the dispatch rule by which LiveKit takes the calls to these numbers, E.164, of the stage."""
        stage, login = self.settings.stage, self.settings.sip_login
        return TrunkPlan(
            stage,
            tuple(dids),
            agent_name(stage),
            needed(self.settings.livekit).peers,
            login.login if login else None,
        )

    @cached_property
    def admit_call(self) -> AdmitCall:
        settings = self.settings
        return AdmitCall(
            settings.stage,
            settings.release,
            self.directory,
            self.calls,
            self.sessions,
            self.alerts,
            timezone=settings.timezone,
        )

    @cached_property
    def room_calls(self) -> RoomCalls:
        return RoomCalls(
            stage=self.settings.stage,
            arrivals=self.arrivals,
            admit=self.admit_call,
            calls=self.calls,
            records=self.records,
            alerts=self.alerts,
            workers=self.workers,
            leases=self.leases,
            sessions=self.sessions,
            switchboard=self.switchboard,
        )

    @cached_property
    def carrier_end(self) -> CarrierEnd:
        return CarrierEnd(self.settings.stage, self.calls, self.records, self.alerts, self.sessions, self.clock)

    @cached_property
    def carrier_calls(self) -> CarrierCalls:
        """Raises `ConfigError` where no carrier is configured."""
        carrier = needed(self.settings.carrier)
        return CarrierCalls(
            tokens=self.tokens,
            sip_host=carrier.sip_host,
            sip_login=self.settings.sip_login.login if self.settings.sip_login else None,
            admit=self.admit_call,
            end=self.carrier_end,
            directory=self.directory,
            calls=self.calls,
            records=self.records,
            workers=self.workers,
            requests=self.requests,
            recordings=self.recordings,
            commands=LegCommands(self.carrier, self.calls, self.alerts, self.clock, house_voice(carrier.public_url)),
            clock=self.clock,
        )

    @cached_property
    def carrier_setup(self) -> CarrierSetup | None:
        """None where no carrier is configured."""
        if self.settings.carrier is None:
            return None
        return CarrierSetup(self.carrier, self.alerts, f"{self.settings.carrier.public_url.rstrip('/')}/telnyx")

    @cached_property
    def call_recordings(self) -> CallRecordings:
        return CallRecordings(
            self.settings.stage, self.recordings, self.consents, self.files, self.egress, self.alerts, self.clock
        )

    def recording_sweep(self, start: str) -> RecordingSweep:
        """A sweep that begins after the name `start`."""
        return RecordingSweep(self.call_recordings, start)

    @cached_property
    def voicemail_fetcher(self) -> VoicemailFetcher:
        return VoicemailFetcher(self.recordings, self.carrier, self.files)

    @cached_property
    def webhook_evidence(self) -> WebhookEvidence:
        return WebhookEvidence(self.settings.stage, self.records, self.alerts, self.clock)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.settings.stage, self.alert_notices, self.notifiers, self.clock)

    @cached_property
    def voice_lost(self) -> VoiceLost:
        texts = next((each for each in self.notifiers if isinstance(each, Texts)), None)
        return VoiceLost(texts, self.leases, self.alerts)

    @cached_property
    def spool_disk(self) -> SpoolDisk:
        writes, notifiers = self.kept_writes, tuple(self.notifiers)
        return SpoolDisk(self.settings.stage, gethostname(), writes, self.alerts, notifiers, self.clock)

    def fill_results(self, reader: ResultReader | None) -> FillResults:
        return FillResults(self.results, reader, self.alerts, self.clock)

    @cached_property
    def equipment_stock(self) -> EquipmentStock:
        return EquipmentStock(self.business_rows, self.snapshots, self.clock)

    def sheet_sync(self, spreadsheet: Spreadsheet) -> SheetSync:
        return SheetSync(self.settings.stage, spreadsheet, self.equipment_stock, self.directory, self.alerts)

    def deliver(self, courier: Courier) -> Deliver:
        return Deliver(self.deliveries, courier, self.alerts, self.clock)

    @cached_property
    def call_function(self) -> CallFunction:
        return CallFunction(self.grants, self.partners)

    @cached_property
    def setups(self) -> Setups:
        return Setups(self.settings.stage, self.directory, self.grants)

    @cached_property
    def stage_health(self) -> StageHealth:
        return StageHealth(
            stage=self.settings.stage,
            events=self.worker_events,
            workers=self.workers,
            records=self.records,
            leases=self.leases,
            switchboard=self.switchboard,
            clock=self.clock,
            limits=HealthLimits.of(self.settings.heartbeat_seconds),
        )

    @cached_property
    def status_reader(self) -> StatusReader:
        return StatusReader(self.settings.stage, self.stage_health, self.workers, self.records, self.alerts)

    @cached_property
    def healer(self) -> Healer:
        return Healer(
            stage=self.settings.stage,
            rooms=self.room_calls,
            carrier_end=self.carrier_end,
            calls=self.calls,
            records=self.records,
            switchboard=self.switchboard,
            clock=self.clock,
        )
