"""Reads a process's memory and processor time from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """MB of 2**20 bytes. PSS divides a page among the processes that map it, RSS counts it whole."""

    pss_mb: float
    rss_mb: float


def memory(pid: int) -> Memory:
    kilobytes = {
        key: int(rest.split()[0])
        for key, _, rest in (line.partition(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
        if key in ("Pss", "Rss")
    }
    return Memory(kilobytes["Pss"] / 1024, kilobytes["Rss"] / 1024)


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far, exact to 10 ms."""
    # the name before the last parenthesis may hold blanks
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def machine_busy_seconds() -> tuple[float, float]:
    """(busy, total) seconds of all processors since the machine started."""
    times = [int(field) / _TICKS for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)
