"""What the use-cases need of the outside world: one Protocol an aggregate or an outside party.

Reads raise `StoreUnavailable` or `StoreError`. Durable writes return a `Receipt`: when Postgres can't be reached
the write is kept in the spool and delivered later, in order, once; when Postgres refuses it, `StoreError` is raised.
"""

from shared.ports.alerts import Alert, AlertNotices, Alerts, Claim, Notice, NotifiableAlert, Notifier, OpenAlert, Texts
from shared.ports.calls import Calls, Consents, Directory, Records
from shared.ports.circuits import CircuitStore, Known
from shared.ports.clock import Clock
from shared.ports.deliveries import (
    Courier,
    Deliveries,
    DeliveryEntry,
    Reading,
    ResultReader,
    Results,
    TenantWebhooks,
    WantedResult,
)
from shared.ports.functions import Grants, Partners, TenantGrants
from shared.ports.knowledge import Knowledge
from shared.ports.live import Generations, Leases, Sessions, Vitals, WorkerBeat, Workers
from shared.ports.people import People
from shared.ports.pins import Pins
from shared.ports.receipt import KeptWrites, Receipt
from shared.ports.recordings import AudioFiles, Erasure, RecordingEntry, Recordings, StoredFile
from shared.ports.requests import BusinessRows, Callback, Requests, SafetyReport
from shared.ports.snapshots import Loading, Snapshot, Snapshots
from shared.ports.spreadsheet import Spreadsheet
from shared.ports.telephony import Carrier, Dialler, Egress, Prober, Switchboard
from shared.ports.templates import Templates
from shared.ports.worker_events import WorkerEvents

__all__ = [
    "Alert",
    "AlertNotices",
    "Alerts",
    "AudioFiles",
    "BusinessRows",
    "Callback",
    "Calls",
    "Carrier",
    "CircuitStore",
    "Claim",
    "Clock",
    "Consents",
    "Courier",
    "Deliveries",
    "DeliveryEntry",
    "Dialler",
    "Directory",
    "Egress",
    "Erasure",
    "Generations",
    "Grants",
    "KeptWrites",
    "Knowledge",
    "Known",
    "Leases",
    "Loading",
    "Notice",
    "NotifiableAlert",
    "Notifier",
    "OpenAlert",
    "Partners",
    "People",
    "Pins",
    "Prober",
    "Reading",
    "Receipt",
    "RecordingEntry",
    "Recordings",
    "Records",
    "Requests",
    "ResultReader",
    "Results",
    "SafetyReport",
    "Sessions",
    "Snapshot",
    "Snapshots",
    "Spreadsheet",
    "StoredFile",
    "Switchboard",
    "Templates",
    "TenantGrants",
    "TenantWebhooks",
    "Texts",
    "Vitals",
    "WantedResult",
    "WorkerBeat",
    "WorkerEvents",
    "Workers",
]
