"""What an S3 store is asked for, and what becomes of its answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.adapters.files import RecordingFiles
from shared.adapters.s3 import Bucket


class Store:
    """Answers every request with one status."""

    def __init__(self) -> None:
        self.status = 204
        self.heard: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {self.status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def files(store: Store, tmp_path: Path) -> AsyncIterator[RecordingFiles]:
    server = await asyncio.start_server(store.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield RecordingFiles(tmp_path, Bucket("calls", "key", "secret", endpoint=f"http://127.0.0.1:{port}"))
    server.close()
    await server.wait_closed()


async def test_given_a_file_in_the_bucket_when_it_is_deleted_then_the_store_is_asked(
    files: RecordingFiles, store: Store
) -> None:
    await files.delete("s3://calls/local/one.ogg")
    (asked,) = store.heard
    assert asked.startswith("DELETE /calls/local/one.ogg HTTP/1.1")
    assert "AWS4-HMAC-SHA256 Credential=key/" in asked


# a deleted file's is 204, whether or not it was there
@pytest.mark.parametrize("status", [403, 404, 500])
async def test_given_a_store_that_refuses_then_it_is_not_taken_for_deleted(
    files: RecordingFiles, store: Store, status: int
) -> None:
    store.status = status
    with pytest.raises(OSError, match=str(status)):
        await files.delete("s3://calls/local/one.ogg")


@pytest.mark.parametrize("path", ["s3://other/one.ogg", "s3://calls/", "/nowhere/at/all/one.ogg"])
async def test_given_a_file_that_lies_elsewhere_then_it_is_not_taken_for_deleted(
    files: RecordingFiles, path: str
) -> None:
    with pytest.raises(OSError):
        await files.delete(path)


async def test_given_a_file_of_this_machine_then_it_is_gone_and_may_be_deleted_again(
    files: RecordingFiles, tmp_path: Path
) -> None:
    path = await files.write("one.ogg", b"sound")
    for _ in range(2):
        await files.delete(path)
    assert not Path(path).exists()
