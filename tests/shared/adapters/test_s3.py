"""What an S3 store is asked for, and what becomes of its answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from s3_world import WRITTEN, S3Store, serving_s3

from shared.adapters.files import RecordingFiles
from shared.adapters.s3 import Bucket
from shared.ports import Erasure

KEY, PATH = "pickup/local/one.ogg", "s3://calls/pickup/local/one.ogg"


def bucket_of(store: S3Store) -> Bucket:
    endpoint = f"http://127.0.0.1:{store.port}"
    return Bucket("calls", "key", "secret", endpoint=endpoint, folder="pickup/local")


@pytest.fixture(params=["versions", "no versions", "no list of versions"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[S3Store]:
    kind = request.param
    async with serving_s3(S3Store(kind == "versions", kind != "no list of versions")) as store:
        yield store


@pytest.fixture
async def versioned() -> AsyncIterator[S3Store]:
    async with serving_s3(S3Store()) as store:
        yield store


@pytest.fixture
async def backup() -> AsyncIterator[S3Store]:
    async with serving_s3(S3Store()) as store:
        yield store


def files_of(store: S3Store, tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(tmp_path, bucket_of(store))


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_file_in_the_bucket_when_it_is_deleted_then_none_of_its_versions_is_left(
    store: S3Store, tmp_path: Path
) -> None:
    for key in (KEY, KEY, f"{KEY}.json"):
        store.put(key)
    assert await files_of(store, tmp_path).delete(PATH) is Erasure.DELETED
    assert store.content(KEY) == [] and store.content(f"{KEY}.json")


async def test_given_a_file_that_was_only_hidden_when_it_is_deleted_then_what_was_below_goes_too(
    versioned: S3Store, tmp_path: Path
) -> None:
    versioned.put(KEY)
    versioned._delete(KEY, "")
    assert versioned.content(KEY), "a deletion without a version hides the file"
    assert await files_of(versioned, tmp_path).delete(PATH) is Erasure.DELETED
    assert versioned.files[KEY] == []


async def test_given_no_such_file_when_it_is_deleted_then_its_absence_is_proven(store: S3Store, tmp_path: Path) -> None:
    assert await files_of(store, tmp_path).delete(PATH) is Erasure.ABSENT


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_store_that_says_deleted_and_keeps_the_file_then_it_is_not_taken_for_deleted(
    store: S3Store, tmp_path: Path
) -> None:
    store.put(KEY)
    store.locked.add(KEY)
    with pytest.raises(OSError, match="still there"):
        await files_of(store, tmp_path).delete(PATH)


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
@pytest.mark.parametrize("refused", ["HEAD", "DELETE", "versions"])
async def test_given_a_store_that_refuses_then_it_is_not_taken_for_deleted(
    versioned: S3Store, tmp_path: Path, refused: str
) -> None:
    versioned.put(KEY)
    versioned.refuses.add(refused)
    with pytest.raises(OSError, match=r"403|AccessDenied|Forbidden"):
        await files_of(versioned, tmp_path).delete(PATH)


async def test_given_a_store_that_does_not_answer_then_it_is_not_taken_for_deleted(tmp_path: Path) -> None:
    bucket = Bucket("calls", "key", "secret", endpoint="http://127.0.0.1:1")
    async with asyncio.timeout(15):
        with pytest.raises(OSError):
            await RecordingFiles(tmp_path, bucket).delete(PATH)


@pytest.mark.parametrize("path", ["s3://other/one.ogg", "s3://calls/", "/nowhere/at/all/one.ogg"])
async def test_given_a_file_that_lies_elsewhere_then_it_is_not_taken_for_deleted(
    versioned: S3Store, tmp_path: Path, path: str
) -> None:
    with pytest.raises(OSError):
        await files_of(versioned, tmp_path).delete(path)


async def test_given_a_file_of_this_machine_then_it_is_gone_and_may_be_deleted_again(
    versioned: S3Store, tmp_path: Path
) -> None:
    files = files_of(versioned, tmp_path)
    path = await files.write("one.ogg", b"sound")
    assert [await files.delete(path) for _ in range(2)] == [Erasure.DELETED, Erasure.ABSENT]
    assert not Path(path).exists()


# ---- egress's backup storage


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
@pytest.mark.parametrize("in_backup", [True, False])
async def test_given_a_file_in_egresss_backup_when_it_is_deleted_then_it_is_gone_there_whatever_was_reported(
    versioned: S3Store, backup: S3Store, tmp_path: Path, in_backup: bool
) -> None:
    backup.put(KEY)
    files = RecordingFiles(tmp_path, bucket_of(versioned), bucket_of(backup))
    assert await files.exists(PATH, in_backup=in_backup)
    assert await files.delete(PATH, in_backup=in_backup) is Erasure.DELETED
    assert backup.content(KEY) == []


async def test_given_a_file_in_a_backup_that_is_not_configured_then_it_is_said_what_to_set(
    versioned: S3Store, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="RECORDING_BACKUP_STORAGE"):
        await files_of(versioned, tmp_path).delete(PATH, in_backup=True)


# ---- lists


async def test_given_files_when_they_are_listed_in_pages_then_each_comes_once_in_order_and_no_other_stages(
    store: S3Store, tmp_path: Path
) -> None:
    for name in ("pickup/local/b.ogg", "pickup/local/a.ogg", "pickup/local/c.ogg", "pickup/production/d.ogg"):
        store.put(name)
    files, found, after = files_of(store, tmp_path), [], ""
    assert await files.page(0, "", 2) == [] and await files.page(2, "", 2) is None
    while page := await files.page(1, after, 2):
        found += page
        after = page[-1].name
    assert [(file.name, file.written_at) for file in found] == [(f"{n}.ogg", WRITTEN) for n in "abc"]
