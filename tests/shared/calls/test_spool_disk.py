"""A machine whose disk takes no writes: one page while the database takes it, else people are told straight."""

from datetime import timedelta
from typing import Any

import pytest
from disks import SmallDisk, small_disk

from shared.adapters.memory import FixedClock
from shared.adapters.sql import spool_file
from shared.adapters.sql.spool import Spool
from shared.calls.spool_disk import SpoolDisk
from shared.errors import NotifierError, StoreUnavailable
from shared.ports import Alert, Notice, Receipt

__all__ = ["small_disk"]


class Board:
    """Alerts, and one channel to people."""

    def __init__(self, channel: str = "mail") -> None:
        self.channel = channel
        self.away = False
        self.open: dict[str, Alert] = {}
        self.raised: list[Alert] = []
        self.sent: list[Notice] = []

    async def raise_(self, alert: Alert) -> Receipt:
        if self.away:
            raise StoreUnavailable("no connection", "08001")
        self.open[alert.key] = alert
        self.raised.append(alert)
        return Receipt.STORED

    async def close(self, key: str) -> Receipt:
        if self.away:
            raise StoreUnavailable("no connection", "08001")
        self.open.pop(key, None)
        return Receipt.STORED

    async def send(self, notice: Notice) -> None:
        self.sent.append(notice)
        if self.channel == "chat":
            raise NotifierError("refused")


@pytest.fixture
def board() -> Board:
    return Board()


def watch(disk: SmallDisk, board: Board, clock: FixedClock, *more: Board, stage: str = "production") -> SpoolDisk:
    alerts: Any = board
    notifiers: Any = (*more, board)
    nobody: Any = None
    return SpoolDisk(stage, "m1", Spool(nobody, disk.folder / "spool"), alerts, notifiers, clock)


async def test_given_a_disk_that_fills_then_one_page_names_the_machine_until_there_is_room_again(
    small_disk: SmallDisk, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_file, "LEAST_FREE_BYTES", 64 << 10)
    disk = watch(small_disk, board, FixedClock())
    await disk.check()
    assert not board.open
    small_disk.fill(but=32 << 10)
    for _ in range(3):
        await disk.check()
    small_disk.fill()
    await disk.check()
    (page,) = board.raised
    assert (page.key, page.severity) == ("spool_disk:m1", "page")
    assert not list((small_disk.folder / "spool").glob("probe*"))
    small_disk.free()
    await disk.check()
    assert not board.open and not board.sent


async def test_given_a_full_disk_and_no_database_then_people_are_told_straight_and_seldom_and_the_page_follows(
    small_disk: SmallDisk, board: Board
) -> None:
    clock, broken = FixedClock(), Board("chat")
    disk = watch(small_disk, board, clock, broken)
    small_disk.fill()
    board.away = True
    for _ in range(3):
        await disk.check()
        clock.advance(60)
    assert len(board.sent) == len(broken.sent) == 1
    assert "m1" in board.sent[0].subject and "no connection" in board.sent[0].text
    clock.advance(timedelta(minutes=30).total_seconds())
    await disk.check()
    assert len(board.sent) == 2
    board.away = False
    await disk.check()
    assert len(board.raised) == 1 and len(board.sent) == 2


async def test_given_a_preview_then_its_full_disk_wakes_nobody(small_disk: SmallDisk) -> None:
    board = Board("sms")
    board.away = True
    small_disk.fill()
    await watch(small_disk, board, FixedClock(), stage="preview-one").check()
    assert not board.sent
