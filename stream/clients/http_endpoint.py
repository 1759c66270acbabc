"""Documents over HTTP: `POST /documents` sends them to a Kafka topic."""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

import orjson
from aiohttp import web

from schemas.codec import InvalidRecord
from schemas.errors import PetrelError
from schemas.foreign_json import parse_foreign
from sources.mapping.mapping_file import read_mappings
from stream.clients.kafka_sender import NotSent, RecordTooLarge
from stream.decoders.content import Deletion
from stream.records import Outgoing, RawRecord, document_key
from stream.scoring.parsing import NO_MAPPERS, parse_record
from stream.settings import Settings

log = logging.getLogger(__name__)

# Bodies in memory at the same time are at most their product.
MAX_BODY = 8 * 1024**2
MAX_REQUESTS = 16

# Documents that wait for Kafka: a client that sends faster must learn of it.
MAX_WAITING = 10_000

# Kafka takes records of a mebibyte with their headers.
MAX_DOCUMENT = 1_000_000

# A client that sends a byte now and then would keep its place for ever.
_BODY_SECONDS = 30.0

# Longer than Kafka is waited for: what is accepted is finished.
_STOP_SECONDS = 60.0

_RETRY_SECONDS = 5

# Documents read before others have their turn on the event loop: some milliseconds.
_DOCUMENTS_A_TURN = 100

_JSON = "application/json"
_JSON_LINES = "application/x-ndjson"

Send = Callable[[Sequence[Outgoing]], Awaitable[None]]


class EndpointError(PetrelError):
    """The endpoint cannot be served; the message says why."""


class _Refused(Exception):
    """A request that is answered by `status`, an error in words, and nothing sent."""

    def __init__(self, status: HTTPStatus, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def document_endpoint(
    settings: Settings, topic: str, send: Send, host: str, port: int
) -> AsyncIterator[int]:
    """Serve `POST /documents` and `GET /healthz` while the block runs; gives the port.

    Port 0 is any free one. When the block ends, requests in progress are finished.

    Raises:
        EndpointError: the port is taken, or others than this machine could send without a token.
        InvalidMapping: the mapping of the Kafka topic breaks a rule.
    """
    check_host(host, settings)
    runner = web.AppRunner(
        _Endpoint(settings, topic, send).application(),
        access_log=None,
        shutdown_timeout=_STOP_SECONDS,
    )
    await runner.setup()
    try:
        await _start(runner, host, port)
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def check_host(host: str, settings: Settings) -> None:
    """Raises `EndpointError` when others than this machine could send without a token."""
    if settings.http_token is None and not _is_loopback(host):
        raise EndpointError(
            f"without PETREL_HTTP_TOKEN only 127.0.0.1, ::1 and localhost are served, not {host}:"
            " anybody could send documents"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _start(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise EndpointError(f"cannot listen on {host}, port {port}: {error.strerror}") from error


class _Endpoint:
    def __init__(self, settings: Settings, topic: str, send: Send) -> None:
        self._settings = settings
        self._topic = topic
        self._send = send
        self._mappers = read_mappings(settings.sources) if settings.sources else NO_MAPPERS
        self._requests = 0
        self._waiting = 0

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY)
        application.add_routes(
            [web.get("/healthz", self._healthz), web.post("/documents", self._documents)]
        )
        return application

    async def _healthz(self, _: web.Request) -> web.Response:
        return _response(HTTPStatus.OK, {"healthy": True, "waiting": self._waiting})

    async def _documents(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request)
            return await self._accept(request)
        except _Refused as refused:
            return _response(refused.status, {"error": str(refused)}, refused.headers)

    def _check_token(self, request: web.Request) -> None:
        if self._settings.http_token is None:
            return
        expected = f"Bearer {self._settings.http_token.get_secret_value()}"
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
            raise _Refused(
                HTTPStatus.UNAUTHORIZED,
                "send the token as Authorization: Bearer TOKEN",
                WWW_Authenticate="Bearer",
            )

    async def _accept(self, request: web.Request) -> web.Response:
        if self._requests >= MAX_REQUESTS:
            raise _too_many(f"{MAX_REQUESTS} requests are in progress")
        self._requests += 1
        try:
            records = await self._records(_values(request.content_type, await _body(request)))
            await self._deliver(records)
        finally:
            self._requests -= 1
        return _response(HTTPStatus.ACCEPTED, {"accepted": len(records)})

    async def _records(self, values: Sequence[bytes]) -> list[Outgoing]:
        records = []
        for index, value in enumerate(values):
            records.append(self._record(index, value))
            if len(records) % _DOCUMENTS_A_TURN == 0:
                await asyncio.sleep(0)
        return records

    def _record(self, index: int, value: bytes) -> Outgoing:
        if len(value) > MAX_DOCUMENT:
            raise _too_large(
                f"document {index}: at most {MAX_DOCUMENT} bytes, not {len(value)}; nothing is sent"
            )
        raw = RawRecord(
            topic=self._topic,
            partition=0,
            offset=0,
            timestamp=-1,
            key=None,
            value=value,
            headers=(),
        )
        try:
            fields = parse_foreign(value)
            # What a worker would set aside, its sender can still put right.
            parse_record(raw, self._settings, datetime.now(UTC), self._mappers)
        except (InvalidRecord, Deletion) as error:
            raise _bad(f"document {index}: {error}; nothing is sent") from error
        return Outgoing(self._topic, document_key(fields), value)

    async def _deliver(self, records: Sequence[Outgoing]) -> None:
        if self._waiting + len(records) > MAX_WAITING:
            raise _too_many(f"{self._waiting} documents wait for Kafka")
        self._waiting += len(records)
        try:
            await self._send(records)
        except RecordTooLarge as error:
            raise _too_large(str(error)) from error
        except NotSent as error:
            # The reason names brokers, which are nothing to a client.
            log.warning("documents not sent", extra={"fields": {"error": str(error)}})
            raise _Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Kafka does not answer; it may have the documents all the same",
                Retry_After=str(_RETRY_SECONDS),
            ) from error
        finally:
            self._waiting -= len(records)


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(f"a body has at most {MAX_BODY} bytes") from None
    except TimeoutError:
        raise _Refused(
            HTTPStatus.REQUEST_TIMEOUT, f"the body must come within {_BODY_SECONDS:g} s"
        ) from None


def _values(content_type: str, body: bytes) -> list[bytes]:
    """The documents in `body` as they go to Kafka: lines byte for byte, as `petrel feed` does."""
    if content_type == _JSON_LINES:
        # Before as many blank ones lie in memory.
        _check_count(body.count(b"\n"))
        lines = (line.rstrip(b"\r") for line in body.split(b"\n"))
        documents = [line for line in lines if line.strip()]
        _check_count(len(documents))
        return documents
    # A page in a browser cannot send this type to another server without asking it first.
    if content_type != _JSON:
        raise _Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the Content-Type is {_JSON} or {_JSON_LINES}"
        )
    try:
        found = parse_foreign(body)
    except InvalidRecord as error:
        raise _bad(f"{error}; nothing is sent") from error
    items = found if isinstance(found, list) else [found]
    _check_count(len(items))
    try:
        return [orjson.dumps(item) for item in items]
    except orjson.JSONEncodeError as error:
        # It reads deeper than it writes.
        raise _bad("a document is nested too deep; nothing is sent") from error


def _check_count(documents: int) -> None:
    if documents > MAX_WAITING:
        raise _too_large(f"a request has at most {MAX_WAITING} documents, not {documents}")


def _bad(message: str) -> _Refused:
    return _Refused(HTTPStatus.BAD_REQUEST, message)


def _too_large(message: str) -> _Refused:
    return _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


def _too_many(message: str) -> _Refused:
    return _Refused(HTTPStatus.TOO_MANY_REQUESTS, message, Retry_After=str(_RETRY_SECONDS))


def _response(
    status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )
