"""The recordings' bucket: an S3 store, of which one thing is asked, that a file be deleted.

Signed as Amazon's "Signature Version 4" has it.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx

DELETE_SECONDS = 10.0
_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Bucket:
    name: str
    access_key: str
    secret: str = field(repr=False)
    region: str = "us-east-1"
    endpoint: str | None = None
    """None: Amazon's own; another store is asked in path style."""

    def key_of(self, path: str) -> str:
        """Of `s3://bucket/key`. Raises `ValueError` for what lies elsewhere."""
        parts = urlsplit(path)
        if parts.scheme != "s3" or parts.netloc != self.name or not parts.path.strip("/"):
            raise ValueError(f"not in the bucket {self.name}: {path}")
        return parts.path.lstrip("/")

    def url_of(self, key: str) -> str:
        base = self.endpoint.rstrip("/") + f"/{self.name}" if self.endpoint else self._own_host
        return f"{base}/{quote(key, safe='/-_.~')}"

    @property
    def _own_host(self) -> str:
        return f"https://{self.name}.s3.{self.region}.amazonaws.com"

    async def delete(self, path: str) -> None:
        """Gone afterwards, also where it wasn't there. Raises `OSError`."""
        url = self.url_of(self.key_of(path))
        try:
            async with httpx.AsyncClient(timeout=DELETE_SECONDS) as client:
                answer = await client.delete(url, headers=signed("DELETE", url, self, datetime.now(UTC)))
        except httpx.HTTPError as error:
            raise OSError(f"{path} could not be deleted: {error or type(error).__name__}") from error
        if answer.status_code not in (200, 204, 404):
            raise OSError(f"{path} could not be deleted: the store says {answer.status_code}")


def signed(method: str, url: str, bucket: Bucket, now: datetime, **more: str) -> dict[str, str]:
    """The headers of a request without a body; `more` are headers to be signed too."""
    parts, stamp = urlsplit(url), now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": parts.netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": stamp, **more}
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [method, parts.path, parts.query, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, _EMPTY]
    )
    scope = f"{stamp[:8]}/{bucket.region}/s3/aws4_request"
    told = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{bucket.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, told.encode(), "sha256").hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={bucket.access_key}/{scope},SignedHeaders={names},Signature={signature}"
    return headers | {"authorization": credential}
