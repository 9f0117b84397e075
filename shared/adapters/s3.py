"""A bucket of recordings in an S3 store, which LiveKit's egress writes to: finds, lists and deletes files there."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

from shared.ports import StoredFile

WAIT_SECONDS = 5
"""To connect, and for each answer; boto3 tries twice at most."""
MOST_VERSIONS = 100
"""Of one file. A recording is written once, or a few times by an egress that tries again."""
_NO_VERSIONS = ("NotImplemented", "MethodNotAllowed")
"""What a store answers that keeps none, whatever is deleted."""
_boto3 = cast(Any, boto3)  # it has no types
_T = TypeVar("_T")


@dataclass(frozen=True)
class Bucket:
    name: str
    access_key: str
    secret: str = field(repr=False)
    region: str = "us-east-1"
    endpoint: str | None = None
    """None for Amazon's; another store is addressed in path style."""
    folder: str = ""
    """The stage's files lie below: `folder/stage`."""

    def key_of(self, path: str) -> str:
        """The key in `s3://bucket/key`. Raises `ValueError` for a path outside this bucket."""
        parts = urlsplit(path)
        if parts.scheme != "s3" or parts.netloc != self.name or not parts.path.strip("/"):
            raise ValueError(f"not in the bucket {self.name}: {path}")
        return parts.path.lstrip("/")

    def path_of(self, path: str) -> str:
        """Where the file of another bucket, `s3://bucket/key`, would lie in this one."""
        return f"s3://{self.name}/{urlsplit(path).path.lstrip('/')}"

    def holds(self, path: str) -> bool:
        try:
            return bool(self.key_of(path))
        except ValueError:
            return False

    async def exists(self, path: str) -> bool:
        return await self._request(path, lambda store: _there(store, self.name, self.key_of(path)))

    async def delete(self, path: str) -> bool:
        """Deletes all versions of the file. False where there is none. Raises `OSError`, also where one stays."""
        return await self._request(path, lambda store: _delete(store, self.name, self.key_of(path)))

    async def page(self, after: str, limit: int) -> Sequence[StoredFile]:
        return await self._request(self.folder, lambda store: _page(store, self.name, self.folder, after, limit))

    async def _request(self, path: str, question: Callable[[Any], _T]) -> _T:
        def ask() -> _T:
            with self._store() as store:
                return question(store)

        try:
            return await asyncio.to_thread(ask)
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"s3://{self.name}: {path}: {error}") from error

    @contextmanager
    def _store(self) -> Generator[Any]:
        style = {"addressing_style": "path"} if self.endpoint else {}
        client = _boto3.client(
            "s3",
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret,
            config=Config(
                connect_timeout=WAIT_SECONDS, read_timeout=WAIT_SECONDS, retries={"total_max_attempts": 2}, s3=style
            ),
        )
        try:
            yield client
        finally:
            client.close()


def _delete(store: Any, bucket: str, key: str) -> bool:
    versions = _versions(store, bucket, key)
    if versions is None:
        found = _there(store, bucket, key)
        store.delete_object(Bucket=bucket, Key=key)
    else:
        # in a bucket with versions, a deletion without one only hides the file
        found = any(is_file for _, is_file in versions)
        for version, _ in versions:
            store.delete_object(Bucket=bucket, Key=key, VersionId=version)
    if _there(store, bucket, key) or any(is_file for _, is_file in _versions(store, bucket, key) or ()):
        raise FileExistsError(f"s3://{bucket}/{key} is still there after it was deleted")
    return found


def _versions(store: Any, bucket: str, key: str) -> list[tuple[str, bool]] | None:
    """The ids of the file's versions and deletion marks, and whether each is a file; None for a store without any."""
    try:
        answer = store.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=MOST_VERSIONS)
    except ClientError as error:
        if _code(error) in _NO_VERSIONS:
            return None
        raise
    found = [(each, name == "Versions") for name in ("Versions", "DeleteMarkers") for each in answer.get(name, ())]
    return [(each["VersionId"], is_file) for each, is_file in found if each["Key"] == key]


def _there(store: Any, bucket: str, key: str) -> bool:
    try:
        store.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        # a store that may not say so answers 403
        if _code(error) in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def _page(store: Any, bucket: str, folder: str, after: str, limit: int) -> list[StoredFile]:
    prefix = f"{folder}/"
    answer = store.list_objects_v2(Bucket=bucket, Prefix=prefix, StartAfter=f"{prefix}{after}", MaxKeys=limit)
    return [StoredFile(f"s3://{bucket}/{each['Key']}", each["LastModified"]) for each in answer.get("Contents", ())]


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
