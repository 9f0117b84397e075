"""Prints a call: its timeline while it runs, its summary at the end."""

import statistics
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from shared.domain.call import CallEvent, CallRecord
from shared.domain.cost import per_minute

_MARKS = {"caller": ("☎", "cyan"), "agent": ("♪", "green"), "system": ("·", "dim")}


class Story:
    """Prints each event of a call with its offset from the first ring. `tag` distinguishes calls that run at once."""

    def __init__(self, console: Console, scenario: Any, line: Any, tag: str = "") -> None:
        self._console = console
        self._tag = tag
        self._zero = line.ringing_at.timestamp()
        self._console.print(
            Text.assemble(
                (f"{tag} " if tag else "", "dim"),
                (f"{scenario.caller or 'a caller without a number'}", "cyan"),
                " calls ",
                (scenario.did, "bold"),
                (f"   ({scenario.name}: {scenario.description})", "dim"),
            )
        )

    def tell(self, event: CallEvent) -> None:
        """Prints one line of the timeline; events without interest for people are left out."""
        line = _line(event)
        if line is None:
            return
        speaker, text, aside = line
        mark, style = _MARKS[speaker]
        at = event.fields.get("at_seconds")
        offset = at if at is not None else event.at.timestamp() - self._zero
        row = Table.grid(padding=(0, 1))
        row.add_column(width=len(self._tag) + 8, justify="right", style="dim")
        row.add_column(width=1)
        row.add_column(ratio=1)
        row.add_row(
            f"{self._tag}{offset:6.2f} s", Text(mark, style), Text.assemble((text, style), (f"  {aside}", "dim"))
        )
        self._console.print(row)


def _line(event: CallEvent) -> tuple[str, str, str] | None:
    fields = event.fields
    match event.kind:
        case "ringing":
            return "system", "ringing", ""
        case "decided":
            decision = fields["decision"]
            return "system", f"{decision['kind']}: {decision['reason']}", decision.get("template") or ""
        case "answered":
            return "system", "answered", ""
        case "caller_said":
            return "caller", fields["text"], ""
        case "agent_said":
            total = fields["latency_ms"].get("total")
            cut = "(interrupted)" if fields["interrupted"] else ""
            return "agent", fields["text"], f"{total:.0f} ms {cut}" if total else cut
        case "key":
            return "caller", f"pressed {fields['key']}", fields["answers"]
        case "tool_called":
            arguments = ", ".join(f"{k}={v!r}" for k, v in fields["arguments"].items())
            return "system", f"{fields['tool']}({arguments})", ""
        case "tool_done":
            return "system", f"{fields['tool']} → {fields['status']}", ""
        case "answered_from":
            return "system", f"from {fields['document']}, passage {fields['passage']}", fields["heading"]
        case "moved":
            return "system", f"{fields['source']} → {fields['target']}", ""
        case "handed_over":
            return (
                "system",
                f"{fields['source']['template']} hands over to {fields['target']['template']}",
                fields["why"],
            )
        case "consent":
            return "system", f"consent {fields['answer']}", ""
        case "machine":
            return "system", "a machine speaks", f"{fields['turns']}"
        case "safety":
            return "system", f"{fields['kind_found']}: {', '.join(fields['words'])}", ""
        case "provider_error" | "provider_failed" | "error" | "recording_deleted" | "speech_replaced" | "unheard":
            return "system", event.kind.replace("_", " "), str(fields.get("provider") or fields.get("error") or "")
        case "command_refused":
            return "system", f"the carrier refused: {fields['command']}", fields["why"]
        case "ended":
            return "system", f"ended by {fields['by']}", fields["reason"]
        case _:
            return None


def summary(console: Console, record: CallRecord, report: Any, scenario: Any, wav: Path | None) -> None:
    """Prints a call's outcome, its latencies and its costs."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column()
    facts.add_row("call", record.call_id)
    if record.synthetic:
        facts.add_row("synthetic", "a test call of ours: no limit, bill or missed-call page counts it")
    facts.add_row("business", record.tenant_name or "—")
    if record.template:
        facts.add_row("template", f"{record.template}, {_version(record.template_version)}")
    facts.add_row("disposition", _good(record.disposition))
    facts.add_row("outcome", _good(record.outcome))
    if record.achieved:
        facts.add_row("achieved", ", ".join(record.achieved))
    if record.stated_outcome:
        facts.add_row("stated by the model", record.stated_outcome)
    if record.answered_at and record.ended_at:
        facts.add_row("connected", f"{(record.ended_at - record.answered_at).total_seconds():.1f} s")
    facts.add_row("turns", str(sum(line["speaker"] == "caller" for line in record.transcript)))
    for consent in record.consents:
        facts.add_row("consent", f"{consent['answer']} — “{consent['utterance']}”")
    for request in record.requests:
        facts.add_row(request["kind"], _wish(request))
    if record.result is not None:
        facts.add_row("result", _result(record.result))
    for recording in record.recordings:
        facts.add_row("voicemail" if recording["kind"] == "voicemail" else "recording", _kept(recording))
    if wav:
        facts.add_row("caller's ear", str(wav))
    tables = [facts, traversal(record), latencies(record, report), costs(record)]
    console.print(Panel(Group(*[t for t in tables if t is not None]), title="the call, afterwards", expand=False))
    console.print(f"[dim]show it again with[/]  pickup calls show {record.call_id[:8]}", highlight=False)


def traversal(record: CallRecord) -> Table | None:
    """Where the call went: each node with its template, when it was entered and left, why, and with what arguments."""
    visits = [each for each in record.traversal if isinstance(each, dict)]
    if not visits:
        return None
    table = Table(title="traversal, s", title_justify="left", title_style="dim", box=None)
    for column in ("in", "out"):
        table.add_column(column, justify="right")
    for column in ("node", "why"):
        table.add_column(column)
    for visit in visits:
        version = f" {visit['version']}" if (visit.get("version") or "").isdecimal() else ""
        arguments = ", ".join(f"{name}={value!r}" for name, value in (visit.get("arguments") or {}).items())
        why = f"{visit['why']}({arguments})" if arguments else visit["why"]
        times = (_since(record, visit.get(name)) for name in ("entered_at", "left_at"))
        table.add_row(*times, f"{visit['template']}{version}/{visit['node']}", why)
    return table


def _since(record: CallRecord, at: str | None) -> str:
    """Seconds since the call began to ring."""
    return "" if at is None else f"{(datetime.fromisoformat(at) - record.ringing_at).total_seconds():.1f}"


def _version(label: str | None) -> str:
    return f"version {label}" if label and label.isdecimal() else "as the release ships it"


def _kept(recording: dict[str, Any]) -> str:
    """The place of the audio, or the reason why there is none."""
    if recording.get("deleted_at"):
        return "deleted"
    if recording.get("failed"):
        return f"failed: {recording['failed']}"
    path = recording["path"]
    if path is None:
        return "still with the carrier"
    return path if "://" in path else _near(Path(path))


def latencies(record: CallRecord, report: Any | None = None) -> Table | None:
    """Turn latency by part: `heard` as measured at the caller's ear, the others as the parts report them."""
    columns: dict[str, list[float]] = {}
    if report is not None and report.turn_latencies_ms:
        columns["heard"] = list(report.turn_latencies_ms)
    for line in record.transcript:
        for part, value in (line.get("latency_ms") or {}).items():
            columns.setdefault(part, []).append(value)
    if not columns:
        return None
    table = Table(title="turn latency, ms", title_justify="left", title_style="dim", box=None)
    table.add_column("")
    order = [c for c in ("heard", "total", "endpointing", "stt", "llm", "tts", "pickup") if c in columns]
    for column in order:
        table.add_column({"pickup": "ours"}.get(column, column), justify="right")
    for name, at in (("P50", 0.5), ("P95", 0.95)):
        table.add_row(name, *(f"{_quantile(columns[c], at):.0f}" for c in order))
    return table


def costs(record: CallRecord) -> Table | None:
    """Cost by item, in all, and for a minute of connected time; an unknown price is shown as unknown."""
    if not record.cost_items:
        return None
    table = Table(title="cost, USD", title_justify="left", title_style="dim", box=None)
    table.add_column("item")
    table.add_column("cost", justify="right")
    for item, value in sorted(record.cost_items.items()):
        table.add_row(item, _money(value))
    table.add_row("[bold]total", f"[bold]{_money(record.cost_usd)}")
    connected = (record.ended_at - record.answered_at).total_seconds() if record.answered_at and record.ended_at else 0
    table.add_row(f"a minute, of {connected / 60:.1f}", _money(per_minute(record.cost_usd, connected)))
    return table


def _result(result: dict[str, Any]) -> str:
    """The values that the transcript gave; a field that it doesn't tell of has a dash."""
    if result["state"] != "filled":
        return "not filled yet" if result["state"] == "wanted" else f"not filled: {result['error']}"
    values = {name: "—" if value is None else value for name, value in result["found"].items()}
    return ", ".join(f"{name}: {value}" for name, value in values.items())


def _wish(request: dict[str, Any]) -> str:
    """A request's text and the name of its caller."""
    text = next((request[name] for name in ("prayer_request_text", "reason", "utterance") if request.get(name)), "")
    return f"{text} — {request['caller_name']}" if request.get("caller_name") else str(text)


def _near(path: Path) -> str:
    """The path, relative to the current folder where it lies in it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _money(value: Any) -> str:
    return "unknown" if value is None else f"{Decimal(str(value)):.5f}"


def _good(word: str | None) -> Text:
    style = {"ANSWERED": "green", None: "red"}.get(word, "bold")
    return Text(word or "none", style)


def _quantile(values: list[float], at: float) -> float:
    if at == 0.5 or len(values) == 1:
        return statistics.median(values)
    return sorted(values)[min(len(values) - 1, int(at * len(values)))]


def retell(console: Console, record: CallRecord) -> None:
    """Prints a recorded call as it was shown when it ran, then its summary."""

    class _Dialled:
        ringing_at = record.ringing_at

    class _Script:
        name, description = record.stage, f"{record.ringing_at:%Y-%m-%d %H:%M:%S} UTC, release {record.release}"
        did, caller = record.did or "an unreadable number", record.caller

    story = Story(console, _Script, _Dialled)
    for event in record.events:
        story.tell(event)
    summary(console, record, None, _Script, None)
