"""Fetch a feed over HTTP: conditionally, politely and within bounds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version

import aiohttp
from msgspec import Struct

from stream.clients.polling.errors import FeedError, FeedGone
from stream.clients.polling.schedule import asked_wait

# A feed has news of days: a larger one is something else, or never ends. Counted decompressed.
MAX_BYTES = 8 * 1024**2

# More would be a loop.
_MAX_REDIRECTS = 5

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=15)

# A validator is sent back with every poll, and kept in the state.
_MAX_VALIDATOR = 1_000

_HEADERS = {
    "User-Agent": f"Petrel/{version('petrel')} (polls RSS and Atom feeds)",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
}


class Validators(Struct, frozen=True):
    """What a server said of the version of a feed that was read last."""

    etag: str | None = None
    last_modified: str | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """What a server answered. `body` is None when the feed is what it was.

    wait: seconds after which it asked to be polled again.
    """

    status: int
    body: bytes | None
    content_type: str
    validators: Validators
    wait: float


def feed_session(limits: aiohttp.ClientTimeout = _TIMEOUT) -> aiohttp.ClientSession:
    """A session for `fetch`; it keeps no cookies."""
    return aiohttp.ClientSession(
        headers=_HEADERS, timeout=limits, cookie_jar=aiohttp.DummyCookieJar()
    )


async def fetch(session: aiohttp.ClientSession, url: str, known: Validators) -> Answer:
    """The feed at `url`, unless it is the version that `known` says.

    Raises:
        FeedGone: the server says it will not come back.
        FeedError: no answer, another status than 200 and 304, or more than `MAX_BYTES`.
    """
    try:
        async with session.get(
            url, headers=_conditions(known), max_redirects=_MAX_REDIRECTS
        ) as response:
            return await _answer(response)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise FeedError(_reason(error)) from error


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    wait = asked_wait(response.headers, datetime.now(UTC))
    is_new = response.status == HTTPStatus.OK
    if response.status == HTTPStatus.GONE:
        raise FeedGone("410 Gone: it is polled no more", status=response.status)
    if not is_new and response.status != HTTPStatus.NOT_MODIFIED:
        # The words of the server's own are for no terminal.
        raise FeedError(f"the server answers {response.status}", status=response.status, wait=wait)
    return Answer(
        status=response.status,
        body=await _body(response, wait) if is_new else None,
        content_type=response.headers.get("Content-Type", ""),
        validators=Validators(
            _validator(response.headers, "ETag"), _validator(response.headers, "Last-Modified")
        ),
        wait=wait,
    )


async def _body(response: aiohttp.ClientResponse, wait: float) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FeedError(
                f"a feed has at most {MAX_BYTES} bytes", status=response.status, wait=wait
            )
    return bytes(body)


def _conditions(known: Validators) -> dict[str, str]:
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return value if value and len(value) <= _MAX_VALIDATOR else None


def _reason(error: Exception) -> str:
    """What went wrong, without the URL, which the library's own messages show with its login."""
    match error:
        case TimeoutError():
            return "no whole answer in time"
        case aiohttp.TooManyRedirects():
            return f"more than {_MAX_REDIRECTS} redirects"
        case aiohttp.InvalidURL():
            return "redirected to what is no URL of http or https"
        case aiohttp.ClientConnectorError(os_error=cause):
            return f"no connection: {cause.strerror or cause}"
    return f"no whole answer in HTTP: {type(error).__name__}"
