"""Poll feeds, and send what is new in them to a Kafka topic."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from msgspec import Struct

from schemas.codec import encode
from schemas.document import Document
from stream.clients.kafka_sender import NotSent
from stream.clients.polling import address
from stream.clients.polling.errors import FeedError, FeedGone
from stream.clients.polling.feed_parser import Download, ParsedFeed
from stream.clients.polling.fetch import Answer, fetch
from stream.clients.polling.parser_process import parse_apart
from stream.clients.polling.schedule import next_wait
from stream.clients.polling.state import FeedState, StateFile
from stream.records import AS_DOCUMENT, Outgoing

log = logging.getLogger(__name__)

# Feeds that are fetched and parsed at the same time: each may take a gigabyte for a moment.
_MAX_POLLS = 4

Result = TypeVar("Result")

Send = Callable[[Sequence[Outgoing]], Awaitable[None]]


class PollOptions(Struct, frozen=True, kw_only=True):
    """How to poll.

    interval: seconds between two polls of a feed, at least.
    source: the source of all documents; the host of the feed when None.
    """

    topic: str
    interval: float
    source: str | None = None


class _Feed:
    """A feed as its polls left it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.failures = 0
        self.gone = False
        self.asked_wait = 0.0
        self.ttl = 0.0


class Poller:
    """Polls feeds, each at its own times. A failure of one touches no other.

    A document counts as sent, and is remembered in `states`, once Kafka has it.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        send: Send,
        states: StateFile,
        options: PollOptions,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._send = send
        self._states = states
        self._options = options
        self._sleep = sleep
        self._slots = asyncio.Semaphore(_MAX_POLLS)

    async def poll_once(self, urls: Sequence[str]) -> int:
        """Poll each of `urls` once; gives how many failed.

        Raises:
            StateError: what was sent cannot be remembered.
        """
        done = await _all(self._poll(_Feed(url)) for url in urls)
        return done.count(False)

    async def follow(self, urls: Sequence[str]) -> int:
        """Poll `urls` until all of them are gone, which are then as many as failed.

        Raises:
            StateError: what was sent cannot be remembered.
        """
        await _all(self._follow(_Feed(url)) for url in urls)
        return len(urls)

    async def _follow(self, feed: _Feed) -> None:
        while True:
            await self._poll(feed)
            if feed.gone:
                return
            asked = max(feed.asked_wait, feed.ttl)
            await self._sleep(next_wait(self._options.interval, asked, feed.failures))

    async def _poll(self, feed: _Feed) -> bool:
        """Whether what is new in the feed, if anything is, was sent."""
        async with self._slots:
            try:
                await self._read(feed)
            except FeedError as error:
                feed.gone = isinstance(error, FeedGone)
                feed.asked_wait = error.wait
                feed.failures += 1
                _log_failure(feed, error, error.status)
                return False
            except NotSent as error:
                # The feed is well: it is polled again as soon as if nothing had been new.
                feed.failures = 0
                _log_failure(feed, error, HTTPStatus.OK)
                return False
            feed.failures = 0
            return True

    async def _read(self, feed: _Feed) -> None:
        state = self._states.get(feed.url)
        answer = await fetch(self._session, feed.url, state.validators)
        feed.asked_wait = answer.wait
        if answer.body is None:
            _log_poll(feed, answer.status, new=0, known=0)
            return
        download = Download(
            body=answer.body,
            # Not where redirects lead: from another mirror the entries would have other ids.
            url=address.shown(feed.url),
            content_type=answer.content_type,
            source=self._options.source or address.host(feed.url),
        )
        parsed = await parse_apart(download)
        feed.ttl = parsed.ttl
        await _finished(self._deliver(feed, state, parsed, answer))

    async def _deliver(
        self, feed: _Feed, state: FeedState, parsed: ParsedFeed, answer: Answer
    ) -> None:
        ids = [str(document.id) for document in parsed.documents]
        unsent = state.unsent(ids)
        records = [self._record(one) for one in parsed.documents if one.id in unsent]
        if records:
            await self._send(records)
        self._states.put(feed.url, state.after(ids, answer.validators))
        _log_poll(feed, answer.status, new=len(records), known=len(ids) - len(records))

    def _record(self, document: Document) -> Outgoing:
        key = str(document.id).encode()
        return Outgoing(self._options.topic, key, encode(document), headers=AS_DOCUMENT)


def _log_failure(feed: _Feed, error: Exception, status: int | None) -> None:
    fields = {"url": address.shown(feed.url), "status": status, "error": str(error)}
    log.warning("poll failed", extra={"fields": fields})


def _log_poll(feed: _Feed, status: int, *, new: int, known: int) -> None:
    fields = {"url": address.shown(feed.url), "status": status, "new": new, "known": known}
    log.info("polled", extra={"fields": fields})


async def _finished(work: Coroutine[Any, Any, None]) -> None:
    """Await `work`, which is finished also when the caller is cancelled meanwhile.

    What Kafka has and the state has not would be sent again.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _all(polls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """What each of `polls` gives; when one raises, the others are cancelled."""
    tasks = [asyncio.create_task(poll) for poll in polls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
