"""The bucket of the recordings, in an S3 store: deletes files. LiveKit's egress writes them."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

WAIT_SECONDS = 5
"""To connect, and for each answer; boto3 tries twice at most."""
_boto3 = cast(Any, boto3)  # it has no types


@dataclass(frozen=True)
class Bucket:
    name: str
    access_key: str
    secret: str = field(repr=False)
    region: str = "us-east-1"
    endpoint: str | None = None
    """None for Amazon's; another store is addressed in path style."""

    def key_of(self, path: str) -> str:
        """The key in `s3://bucket/key`. Raises `ValueError` for a path outside this bucket."""
        parts = urlsplit(path)
        if parts.scheme != "s3" or parts.netloc != self.name or not parts.path.strip("/"):
            raise ValueError(f"not in the bucket {self.name}: {path}")
        return parts.path.lstrip("/")

    async def delete(self, path: str) -> None:
        """Deletes the file; does nothing where there is none. Raises `OSError`."""
        key = self.key_of(path)
        try:
            await asyncio.to_thread(self._delete, key)
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"{path} could not be deleted: {error}") from error

    def _delete(self, key: str) -> None:
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
            client.delete_object(Bucket=self.name, Key=key)
        finally:
            client.close()
