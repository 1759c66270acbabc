import asyncio
import gzip
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web

from petrel.embedded import HOST, free_port
from stream.clients.polling.errors import FeedError, FeedGone
from stream.clients.polling.fetch import MAX_BYTES, Answer, Validators, feed_session, fetch
from tests.web import Handler, web_server

NOTHING = Validators()

# A server that never answers is not waited for in a test.
IMPATIENT = aiohttp.ClientTimeout(total=0.05)


def always(response: Callable[[], web.StreamResponse]) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return response()

    return handler


async def fetched(handler: Handler, known: Validators = NOTHING) -> Answer:
    async with web_server(handler) as url, feed_session() as session:
        return await fetch(session, url, known)


async def test_a_feed_comes_with_what_is_said_of_it() -> None:
    headers = {"ETag": '"1"', "Last-Modified": "x", "Cache-Control": "max-age=600"}
    found = await fetched(
        always(lambda: web.Response(body=b"<rss/>", headers=headers, content_type="text/xml"))
    )
    assert found == Answer(
        status=200,
        body=b"<rss/>",
        content_type="text/xml",
        validators=Validators('"1"', "x"),
        wait=600,
    )


async def test_what_is_known_is_asked_for_conditionally_by_name() -> None:
    asked: list[web.Request] = []

    async def not_modified(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(status=304)

    found = await fetched(not_modified, Validators('"1"', "Tue, 17 Mar 2026 12:00:00 GMT"))

    assert (found.status, found.body) == (304, None)
    (headers,) = (request.headers for request in asked)
    assert headers["If-None-Match"] == '"1"'
    assert headers["If-Modified-Since"] == "Tue, 17 Mar 2026 12:00:00 GMT"
    assert headers["User-Agent"].startswith("Petrel/")


async def test_a_compressed_feed_is_unpacked() -> None:
    packed = gzip.compress(b"<rss/>")
    found = await fetched(
        always(lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"}))
    )
    assert found.body == b"<rss/>"


async def test_a_feed_of_a_gigabyte_is_cut_off() -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1024):
            await response.write(bytes(1024**2))
            written += 1
        return response

    with pytest.raises(FeedError, match=f"at most {MAX_BYTES} bytes"):
        await fetched(endless)
    assert written < 1024


async def test_a_feed_that_unpacks_to_a_gigabyte_is_cut_off() -> None:
    bomb = gzip.compress(bytes(64 * 1024**2))
    with pytest.raises(FeedError, match=f"at most {MAX_BYTES} bytes"):
        await fetched(
            always(lambda: web.Response(body=bomb * 16, headers={"Content-Encoding": "gzip"}))
        )


async def test_what_is_not_compressed_as_it_says_is_an_error() -> None:
    with pytest.raises(FeedError, match="no whole answer"):
        await fetched(
            always(lambda: web.Response(body=b"<rss/>", headers={"Content-Encoding": "gzip"}))
        )


async def test_a_feed_that_moved_is_found() -> None:
    async def moved(request: web.Request) -> web.Response:
        if request.path == "/feed":
            raise web.HTTPMovedPermanently("/new")
        return web.Response(body=b"<rss/>")

    assert (await fetched(moved)).body == b"<rss/>"


async def test_a_feed_that_redirects_for_ever_is_an_error() -> None:
    with pytest.raises(FeedError, match="more than 5 redirects"):
        await fetched(always(lambda: web.Response(status=302, headers={"Location": "/feed?a=b"})))


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[", ""])
def test_a_redirect_to_what_is_no_url_of_http_is_an_error(location: str) -> None:
    with pytest.raises(FeedError):
        asyncio.run(
            fetched(always(lambda: web.Response(status=302, headers={"Location": location})))
        )


async def test_a_server_that_does_not_answer_is_an_error() -> None:
    async def silent(_: web.Request) -> web.Response:
        return await asyncio.Future()

    async with web_server(silent) as url, feed_session(IMPATIENT) as session:
        with pytest.raises(FeedError, match="no whole answer in time"):
            await fetch(session, url, NOTHING)


async def test_a_server_that_is_not_there_is_an_error_without_the_login() -> None:
    async with feed_session() as session:
        with pytest.raises(FeedError, match="no connection: ") as caught:
            await fetch(session, f"http://desk:secret@{HOST}:{free_port()}/?token=secret", NOTHING)
    assert "secret" not in str(caught.value)


async def test_a_server_that_is_busy_says_when_to_come_again() -> None:
    with pytest.raises(FeedError, match="the server answers 503") as caught:
        await fetched(always(lambda: web.Response(status=503, headers={"Retry-After": "120"})))
    assert (caught.value.status, caught.value.wait) == (503, 120)


async def test_a_feed_that_is_gone_is_told_apart() -> None:
    with pytest.raises(FeedGone, match="410 Gone"):
        await fetched(always(lambda: web.Response(status=410)))
