"""A file that is written whole."""

import threading
from pathlib import Path

import pytest

from shared.files import write_whole


def test_given_many_writers_at_once_when_the_file_is_read_then_it_is_always_one_of_theirs(tmp_path: Path) -> None:
    path = tmp_path / "a" / "file"
    texts = [bytes([n]) * 100_000 for n in range(4)]
    write_whole(path, texts[0])
    writers = [
        threading.Thread(target=lambda text=text: [write_whole(path, text) for _ in range(20)]) for text in texts
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_bytes() in texts
    for writer in writers:
        writer.join()
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_given_a_file_that_cannot_be_written_then_the_old_one_stays_and_no_part_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(OSError):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
