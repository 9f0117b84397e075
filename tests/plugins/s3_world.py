"""A small S3 store on the loopback: one bucket's files, with versions or without, and what it may refuse."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

WRITTEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass
class S3Store:
    """`files`: key → the ids of its versions, newest last; a deletion mark's id ends with `-mark`."""

    versioned: bool = True
    knows_versions: bool = True
    """False: the store implements no list of versions."""
    refuses: set[str] = field(default_factory=set[str])
    """Of `HEAD`, `DELETE`, `versions`, `list`: with 403."""
    locked: set[str] = field(default_factory=set[str])
    """Keys whose versions aren't deleted, although the store says so."""
    files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    heard: list[str] = field(default_factory=list[str])
    port: int = 0
    _ids: "itertools.count[int]" = field(default_factory=itertools.count)

    def put(self, key: str) -> None:
        version = f"v{next(self._ids)}" if self.versioned else "null"
        self.files[key] = [*(self.files.get(key, []) if self.versioned else []), version]

    def content(self, key: str) -> list[str]:
        """The versions that still hold sound."""
        return [version for version in self.files.get(key, []) if not version.endswith("-mark")]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        self.heard.append(f"{method} {target}")
        status, body = self._answer(method, target)
        said = body.encode()
        close = "Connection: close\r\nContent-Type: application/xml\r\n"
        writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: {len(said)}\r\n{close}\r\n".encode())
        writer.write(b"" if method == "HEAD" else said)
        await writer.drain()
        writer.close()

    def _answer(self, method: str, target: str) -> tuple[int, str]:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        key = unquote(parts.path).removeprefix("/calls").lstrip("/")
        kind = "versions" if "versions" in query else "list" if "list-type" in query else method
        if kind in self.refuses:
            return 403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        match kind:
            case "versions" if not self.knows_versions:
                return 501, "<Error><Code>NotImplemented</Code><Message>no</Message></Error>"
            case "versions":
                return 200, self._versions(query["prefix"][0])
            case "list":
                return 200, self._list(query["prefix"][0], query.get("start-after", [""])[0], int(query["max-keys"][0]))
            case "HEAD":
                there = self.files.get(key) and not self.files[key][-1].endswith("-mark")
                return (200 if there else 404), ""
            case "DELETE":
                self._delete(key, query.get("versionId", [""])[0])
                return 204, ""
            case _:
                return 405, ""

    def _delete(self, key: str, version: str) -> None:
        if key in self.locked:
            return
        if version:
            self.files[key] = [each for each in self.files.get(key, []) if each != version]
        elif self.versioned:
            self.files.setdefault(key, []).append(f"m{next(self._ids)}-mark")
        else:
            self.files.pop(key, None)

    def _versions(self, prefix: str) -> str:
        found = [(key, each) for key, versions in self.files.items() if key.startswith(prefix) for each in versions]
        rows = "".join(
            f"<{name}><Key>{escape(key)}</Key><VersionId>{each}</VersionId></{name}>"
            for key, each in found
            for name in ["DeleteMarker" if each.endswith("-mark") else "Version"]
        )
        return f"<ListVersionsResult {_NAMESPACE}><IsTruncated>false</IsTruncated>{rows}</ListVersionsResult>"

    def _list(self, prefix: str, after: str, most: int) -> str:
        keys = sorted(key for key in self.files if key.startswith(prefix) and key > after and self.content(key))[:most]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{WRITTEN:%Y-%m-%dT%H:%M:%SZ}</LastModified></Contents>"
            for key in keys
        )
        return f"<ListBucketResult {_NAMESPACE}><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"


@asynccontextmanager
async def serving_s3(store: S3Store) -> AsyncGenerator[S3Store]:
    server = await asyncio.start_server(store.serve, "127.0.0.1", 0)
    store.port = server.sockets[0].getsockname()[1]
    try:
        yield store
    finally:
        server.close()
        await server.wait_closed()
