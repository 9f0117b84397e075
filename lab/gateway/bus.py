"""LiveKit's bus: remote procedure calls over Redis publish/subscribe between its servers and services.

A request goes to the method's channel; servers claim it on the client's channel; the client names one of them; that one
answers on the client's channel. (livekit/psrpc; the channel names are those of its Redis transport.)
"""

import asyncio
import base64
import hashlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import redis.asyncio
import redis.exceptions
from google.protobuf import any_pb2
from google.protobuf.message import Message
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from lab.gateway import messages
from lab.gateway.channels import channel
from shared.errors import PickupError
from shared.tasks import Backoff, Tasks

log = logging.getLogger(__name__)

Handler = Callable[[Any], Awaitable[Message]]
"""Answers a request; raises BusError to refuse it."""

CLAIM_SECONDS = 1.0
ONCE_SECONDS = 5
_RECONNECT_SECONDS = 0.2
_PROBE_SECONDS = 1.0
_CANCELLATIONS = 3
_DATABASE = 0
"""The Redis database of livekit-server's rooms by default."""


class BusError(PickupError):
    """The other side refused, or none answered. `reason`: psrpc's code; `details`: messages with more information."""

    code = "bus_failed"

    def __init__(self, reason: str, message: str, *details: Message) -> None:
        super().__init__(message)
        self.reason = reason
        self.details = details


class Bus:
    """This process on the bus, as client and server. Closing it ends running requests."""

    def __init__(self, redis_url: str) -> None:
        # a restarted Redis has closed the pooled connections: retry on a new one
        again = Retry(NoBackoff(), 2)
        self._redis = redis.asyncio.from_url(
            redis_url,
            socket_connect_timeout=2,
            health_check_interval=5,
            retry=again,
            retry_on_error=[redis.exceptions.ConnectionError],
        )
        self._subscriptions = self._redis.pubsub(ignore_subscribe_messages=True)
        self._client_id = f"CLI_{secrets.token_hex(8)}"
        self._server_id = f"SRV_{secrets.token_hex(8)}"
        self._receivers: dict[str, Callable[[bytes], None]] = {}
        self._claims: dict[str, asyncio.Future[str]] = {}
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._chosen: dict[str, asyncio.Future[str]] = {}
        self._tasks = Tasks()

    async def start(self, *services: str) -> None:
        """Subscribes to the answers of `services`. Raises BusError if Redis can't be reached."""
        for service in services:
            await self._listen(f"{service}|{self._client_id}|RES", self._on_response)
            await self._listen(f"{service}|{self._client_id}|CLAIM", self._on_claim_request)
        self._tasks.start("bus reader", self._read, restart=Backoff(longest_seconds=2.0))

    async def close(self) -> None:
        for _ in range(_CANCELLATIONS):
            # the Redis client now and then takes a cancellation for an error of its own: the timeout sends another
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._tasks.aclose()
                break
        await self._subscriptions.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def request(
        self, service: str, method: str, message: Message, answer: type[Any], *, seconds: float, topic: str = ""
    ) -> Any:
        """Calls a method on one server (of a `topic`, if the method has topics).

        Raises BusError with the server's own code, `unavailable` if none claims the request, `deadline_exceeded` if it
        doesn't answer within `seconds`.
        """
        number = secrets.token_hex(12)
        now = time.time_ns()
        loop = asyncio.get_running_loop()
        claim = self._claims[number] = loop.create_future()
        answered = self._answers[number] = loop.create_future()
        try:
            request = messages.Request(
                request_id=number,
                client_id=self._client_id,
                sent_at=now,
                expiry=now + int(seconds * 1e9),
                raw_request=message.SerializeToString(),
            )
            await self._publish(channel(service, method, topic, "REQ"), request)
            try:
                server = await asyncio.wait_for(claim, min(seconds, CLAIM_SECONDS))
            except TimeoutError as error:
                raise BusError("unavailable", f"no server takes {service}.{method}") from error
            choice = messages.ClaimResponse(request_id=number, server_id=server)
            await self._publish(channel(service, method, topic, "RCLAIM"), choice)
            try:
                response = await asyncio.wait_for(answered, seconds)
            except TimeoutError as error:
                raise BusError("deadline_exceeded", f"{service}.{method} took over {seconds:g} s") from error
        finally:
            del self._claims[number], self._answers[number]
        if response.error:
            raise BusError(response.code or "unknown", response.error)
        return answer.FromString(response.raw_response)

    async def serve(self, service: str, method: str, request: type[Any], handler: Handler, topic: str = "") -> None:
        """Answers the method's requests (of one `topic`, if it has topics); of all its servers one takes each request.

        Raises BusError if Redis can't be reached.
        """

        def received(payload: bytes) -> None:
            self._tasks.start(f"bus {method}", lambda: self._take(service, method, topic, request, handler, payload))

        await self._listen(channel(service, method, topic, "RCLAIM"), self._on_claim_response)
        await self._listen(channel(service, method, topic, "REQ"), received)

    async def withdraw(self, service: str, method: str, topic: str = "") -> None:
        """Stops answering the method; running requests go on."""
        await self._forget(*(channel(service, method, topic, end) for end in ("REQ", "RCLAIM")))

    async def in_room(self, room: str, identity: str) -> bool:
        """Whether the server lists this participant; True if Redis can't be reached."""
        # shielded, as the Redis client may swallow a cancellation
        return await asyncio.shield(self._tasks.start("bus look-up", lambda: self._look_up(room, identity)))

    async def _look_up(self, room: str, identity: str) -> bool:
        try:
            # typed as if it weren't asynchronous
            return bool(await cast(Awaitable[bool], self._redis.hexists(_participants(room), identity)))
        except (redis.exceptions.RedisError, OSError):
            return True

    @asynccontextmanager
    async def emptied(self, room: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the server removes the last participant of the room, or deletes the room.

        It catches participants who join and leave between two polls. Never set while Redis is away, or if it doesn't
        publish key events (`notify-keyspace-events Kg`).
        """
        gone = asyncio.Event()
        name = f"__keyspace@{_DATABASE}__:{_participants(room)}"
        with suppress(BusError):
            await self._listen(name, lambda event: gone.set() if event == b"del" else None)
        try:
            yield gone
        finally:
            await self._forget(name)

    async def _listen(self, name: str, receiver: Callable[[bytes], None]) -> None:
        self._receivers[name] = receiver
        try:
            await self._subscriptions.subscribe(name)
        except (redis.exceptions.RedisError, OSError) as error:
            raise BusError("unavailable", f"Redis can't be reached: {error}") from error

    async def _forget(self, *names: str) -> None:
        for name in names:
            self._receivers.pop(name, None)
        with suppress(redis.exceptions.RedisError, OSError):
            await self._subscriptions.unsubscribe(*names)

    async def _read(self) -> None:
        """Dispatches messages. After a lost connection the Redis client subscribes again by itself."""
        while True:
            try:
                message = await self._subscriptions.get_message(timeout=_PROBE_SECONDS)
            except (redis.exceptions.RedisError, OSError) as error:
                log.warning("bus unavailable: %s", error)
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            if message is None or message["type"] != "message":
                continue
            receiver = self._receivers.get(message["channel"].decode())
            if receiver:
                receiver(message["data"])

    async def _publish(self, name: str, message: Message) -> None:
        packed = any_pb2.Any()
        packed.Pack(message)
        try:
            await self._redis.publish(name, packed.SerializeToString())
        except (redis.exceptions.RedisError, OSError) as error:
            raise BusError("unavailable", f"Redis can't be reached: {error}") from error

    def _on_claim_request(self, payload: bytes) -> None:
        claim = _unpack(payload, messages.ClaimRequest)
        _settle(self._claims.get(claim.request_id), claim.server_id)

    def _on_response(self, payload: bytes) -> None:
        response = _unpack(payload, messages.Response)
        _settle(self._answers.get(response.request_id), response)

    def _on_claim_response(self, payload: bytes) -> None:
        choice = _unpack(payload, messages.ClaimResponse)
        _settle(self._chosen.get(choice.request_id), choice.server_id)

    async def _take(
        self, service: str, method: str, topic: str, kind: type[Any], handler: Handler, payload: bytes
    ) -> None:
        """Answers one request if this process wins it: of a method's servers only one may claim it."""
        request = _unpack(payload, messages.Request)
        left = (request.expiry - time.time_ns()) / 1e9
        if left <= 0:
            return
        number = request.request_id
        chosen = self._chosen[number] = asyncio.get_running_loop().create_future()
        try:
            once = base64.b64encode(hashlib.sha256(payload).digest())
            if not await self._redis.set(once, 1, nx=True, ex=ONCE_SECONDS):
                return
            claim = messages.ClaimRequest(request_id=number, server_id=self._server_id, affinity=1)
            await self._publish(f"{service}|{request.client_id}|CLAIM", claim)
            if await asyncio.wait_for(chosen, left) != self._server_id:
                return
            response = await self._answer(method, kind, handler, request)
            await self._publish(f"{service}|{request.client_id}|RES", response)
        except TimeoutError:
            log.debug("%s %s was given to another", method, number)
        except (BusError, redis.exceptions.RedisError, OSError) as error:
            log.warning("%s %s couldn't be answered: %s", method, number, error)
        finally:
            del self._chosen[number]

    async def _answer(self, method: str, kind: type[Any], handler: Handler, request: Any) -> Any:
        response = messages.Response(request_id=request.request_id, server_id=self._server_id, sent_at=time.time_ns())
        left = (request.expiry - time.time_ns()) / 1e9
        try:
            async with asyncio.timeout(left):
                response.raw_response = (await handler(kind.FromString(request.raw_request))).SerializeToString()
        except BusError as error:
            response.code, response.error = error.reason, str(error)
            for detail in error.details:
                response.error_details.add().Pack(detail)
        except TimeoutError:
            response.code, response.error = "deadline_exceeded", f"{method} took over {left:g} s"
        return response


def _participants(room: str) -> str:
    """Key of livekit-server's hash of the room's participants, by identity."""
    return f"room_participants:{room}"


def _unpack(payload: bytes, kind: type[Any]) -> Any:
    return kind.FromString(any_pb2.Any.FromString(payload).value)


def _settle(future: asyncio.Future[Any] | None, value: Any) -> None:
    if future is not None and not future.done():
        future.set_result(value)
