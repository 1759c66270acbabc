"""A schema registry, as Confluent's and others speak: schemas by id, over HTTP."""

import asyncio
import logging
import time
from collections.abc import Collection
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any

import aiohttp

from schemas.codec import InvalidRecord, parse
from schemas.errors import PetrelError
from stream.decoders.avro import AvroSchema
from stream.decoders.schema_cache import SchemaCache

log = logging.getLogger(__name__)

# As long as a worker waits for Kafka; a registry that is restarted is waited out.
_AWAY_SECONDS = 60.0
_RETRY_SECONDS = 2.0
_TIMEOUT_SECONDS = 10.0

# Questions at once: a batch of records that name as many schemas must not take minutes.
_CONNECTIONS = 16

# A schema of a thousand fields has a tenth of it.
_MAX_ANSWER_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024

_AVRO = "AVRO"

# The codes of a 404 that is about a schema: 40403; of Apicurio also those of subject and version. A
# wrong path has none of them, and must not make dead letters of all records.
_NO_SCHEMA = (40401, 40402, 40403)


class RegistryUnavailable(PetrelError):
    """The schema registry does not answer; the message names it and what was tried."""


class SchemaRegistry:
    """The registry at `url`; with a password, `username` logs in. Its answers are in `cache`."""

    def __init__(self, url: str, username: str | None = None, password: str | None = None) -> None:
        self.cache = SchemaCache()
        self._url = url.rstrip("/")
        # Neither credentials nor anything else goes to where a redirect points: none is followed.
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if password is not None:
            login = aiohttp.encode_basic_auth(username or "", password)
            self._headers["Authorization"] = login

    async def __aenter__(self) -> "SchemaRegistry":
        if find_spec("fastavro") is None:
            raise RegistryUnavailable(
                "PETREL_SCHEMA_REGISTRY needs the extra avro: pip install 'petrel[avro]'"
            )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            # An answer that is compressed, unasked, could be of any size.
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def fetch(self, schema_ids: Collection[int]) -> None:
        """Ask for schemas; returns when each is known, or known to be missing.

        Raises:
            RegistryUnavailable: it has answered nothing for a minute.
        """
        left = sorted(schema_ids)
        deadline = time.monotonic() + _AWAY_SECONDS
        while True:
            failures = await self._ask_all(left)
            if not failures:
                return
            if len(failures) < len(left):
                deadline = time.monotonic() + _AWAY_SECONDS
            left = list(failures)
            self._warn_or_raise(*next(iter(failures.items())), deadline - time.monotonic())
            await asyncio.sleep(_RETRY_SECONDS)

    def _warn_or_raise(self, schema_id: int, reason: str, seconds: float) -> None:
        sentence = (
            f"the schema registry at {self._url} (PETREL_SCHEMA_REGISTRY) does not give the schema"
            f" id {schema_id}: {reason}"
        )
        if seconds <= 0:
            raise RegistryUnavailable(sentence)
        log.warning("%s; retrying for another %.0f s", sentence, seconds)

    async def _ask_all(self, schema_ids: Collection[int]) -> dict[int, str]:
        """Ask for each; gives why those that are not answered are not."""
        reasons = await asyncio.gather(*map(self._ask, schema_ids))
        pairs = zip(schema_ids, reasons, strict=True)
        return {schema_id: reason for schema_id, reason in pairs if reason is not None}

    async def _ask(self, schema_id: int) -> str | None:
        try:
            async with self._session.get(
                f"{self._url}/schemas/ids/{schema_id}", allow_redirects=False
            ) as response:
                status, body = response.status, await _body(response)
        except TimeoutError:
            return f"no answer within {_TIMEOUT_SECONDS:g} s"
        except (aiohttp.ClientError, OSError) as error:
            return f"{type(error).__name__}: {str(error)[:200]}"
        if status == HTTPStatus.NOT_FOUND:
            return self._missing(schema_id, body)
        if status != HTTPStatus.OK:
            return f"it answers with the status {status}"
        return await self._take(schema_id, body)

    def _missing(self, schema_id: int, body: bytes) -> str | None:
        if not _is_of_registry(body):
            return (
                f"it answers with the status 404 at {self._url}/schemas/ids/{schema_id}, and not as"
                " a schema registry does: is its path right?"
            )
        self._refuse(schema_id, "the registry has no such schema")
        return None

    async def _take(self, schema_id: int, body: bytes) -> str | None:
        if len(body) > _MAX_ANSWER_BYTES:
            self._refuse(schema_id, f"the answer must have at most {_MAX_ANSWER_BYTES} bytes")
            return None
        answer = _object(body)
        if not isinstance(answer.get("schema"), str):
            return "its answer holds no schema"
        if (kind := answer.get("schemaType") or _AVRO) != _AVRO:
            self._refuse(schema_id, f"only {_AVRO} is read, and the schema is {str(kind)[:40]}")
            return None
        try:
            schema = await asyncio.to_thread(AvroSchema, schema_id, answer["schema"])
        except InvalidRecord as error:
            self._refuse(schema_id, str(error))
        else:
            self.cache.keep(schema_id, schema)
        return None

    def _refuse(self, schema_id: int, reason: str) -> None:
        sentence = f"Confluent's framing, schema id {schema_id} of {self._url}: {reason}"
        self.cache.refuse(schema_id, sentence)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The body, but not much more than the most that it may have."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            break
    return bytes(body)


def _is_of_registry(body: bytes) -> bool:
    """Whether a 404 says that there is no such schema, and not that there is no such path."""
    return _object(body).get("error_code") in _NO_SCHEMA


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; an empty one when it is none."""
    try:
        answer = parse(body)
    except InvalidRecord:
        return {}
    return answer if isinstance(answer, dict) else {}
