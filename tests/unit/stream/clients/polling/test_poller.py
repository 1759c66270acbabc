import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from schemas.errors import PetrelError
from stream.clients.kafka_sender import NotAcknowledged
from stream.clients.polling.fetch import feed_session
from stream.clients.polling.poller import Poller, PollOptions
from stream.clients.polling.state import StateError, StateFile, open_state
from stream.records import AS_DOCUMENT, Outgoing
from tests.web import entry, rss, web_server

OPTIONS = PollOptions(topic="t", interval=300)


class Feed:
    """A server whose answers are given in turn, the last of them again and again."""

    def __init__(self, *answers: web.Response | bytes) -> None:
        self._answers = list(answers)
        self.requests: list[web.Request] = []

    async def __call__(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, bytes):
            return web.Response(body=answer, headers={"ETag": f'"{len(self.requests)}"'})
        return answer


class Topic:
    """Stands for Kafka, which is away for the first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.records: list[Outgoing] = []
        self._failures = failures

    async def send(self, records: Sequence[Outgoing]) -> None:
        if self._failures:
            self._failures -= 1
            raise NotAcknowledged("away")
        self.records += records

    @property
    def keys(self) -> list[bytes | None]:
        return [record.key for record in self.records]


class Night:
    """Sleeps that take no time and end, after some of them, everything."""

    def __init__(self, sleeps: int) -> None:
        self.waits: list[float] = []
        self._sleeps = sleeps

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == self._sleeps:
            raise asyncio.CancelledError


@pytest.fixture
def states(tmp_path: Path) -> Iterator[StateFile]:
    with open_state(tmp_path / "state.json", "t") as opened:
        yield opened


@asynccontextmanager
async def served(*feeds: Feed) -> AsyncIterator[list[str]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(web_server(feed)) for feed in feeds]


async def poll_once(topic: Topic, states: StateFile, *feeds: Feed, times: int = 1) -> int:
    failed = 0
    async with served(*feeds) as urls, feed_session() as session:
        poller = Poller(session, topic.send, states, OPTIONS)
        for _ in range(times):
            failed = await poller.poll_once(urls)
    return failed


async def follow(topic: Topic, states: StateFile, *feeds: Feed, sleeps: int = 1) -> list[float]:
    night = Night(sleeps)
    async with served(*feeds) as urls, feed_session() as session:
        poller = Poller(session, topic.send, states, OPTIONS, night.sleep)
        with suppress(asyncio.CancelledError):
            await poller.follow(urls)
    return night.waits


async def test_an_entry_is_a_record_with_its_id_as_key(states: StateFile) -> None:
    topic = Topic()
    await poll_once(topic, states, Feed(rss(entry("a"))))
    (record,) = topic.records
    assert (record.topic, record.key, record.headers) == ("t", b"a", AS_DOCUMENT)
    assert orjson.loads(record.value or b"") == {
        "text": "a",
        "id": "a",
        "title": "Title of a",
        "source": "127.0.0.1",
    }


async def test_only_what_is_new_is_sent(states: StateFile) -> None:
    topic = Topic()
    feed = Feed(rss(entry("a")), rss(entry("b"), entry("a")))
    await poll_once(topic, states, feed, times=2)
    assert topic.keys == [b"a", b"b"]


async def test_an_id_is_sent_once_whatever_becomes_of_its_text(states: StateFile) -> None:
    topic = Topic()
    feed = Feed(rss(entry("a")), rss("<guid isPermaLink='false'>a</guid><title>new</title>"))
    await poll_once(topic, states, feed, times=2)
    assert topic.keys == [b"a"]


async def test_a_restart_sends_nothing_twice(tmp_path: Path) -> None:
    topic, path = Topic(), tmp_path / "state.json"
    feed = Feed(rss(entry("a"), entry("b")))
    async with served(feed) as urls:
        for _ in range(2):
            with open_state(path, "t") as states:
                async with feed_session() as session:
                    await Poller(session, topic.send, states, OPTIONS).poll_once(urls)
    assert topic.keys == [b"b", b"a"]
    assert feed.requests[1].headers["If-None-Match"] == '"1"'


async def test_what_kafka_did_not_take_comes_again(states: StateFile) -> None:
    topic, feed = Topic(failures=1), Feed(rss(entry("a")))
    assert await poll_once(topic, states, feed, times=2) == 0
    assert topic.keys == [b"a"]
    assert "If-None-Match" not in feed.requests[1].headers


async def test_a_poll_whose_documents_kafka_did_not_take_has_failed(states: StateFile) -> None:
    assert await poll_once(Topic(failures=1), states, Feed(rss(entry("a")))) == 1


async def test_a_feed_that_did_not_change_sends_nothing(states: StateFile) -> None:
    topic, feed = Topic(), Feed(rss(entry("a")), web.Response(status=304))
    assert await poll_once(topic, states, feed, times=2) == 0
    assert topic.keys == [b"a"]


async def test_a_feed_that_fails_stops_no_other(states: StateFile) -> None:
    topic = Topic()
    broken, missing, good = Feed(b"<html>"), Feed(web.Response(status=404)), Feed(rss(entry("a")))
    assert await poll_once(topic, states, broken, missing, good) == 2
    assert topic.keys == [b"a"]


async def test_a_poll_is_a_line_of_the_log_without_the_query(
    states: StateFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with served(Feed(rss(entry("a")))) as (url,), feed_session() as session:
        await Poller(session, Topic().send, states, OPTIONS).poll_once([f"{url}?token=secret"])
    (line,) = (record for record in caplog.records if record.message == "polled")
    assert line.__dict__["fields"] == {"url": url, "status": 200, "new": 1, "known": 0}


async def test_a_failed_poll_is_a_line_that_says_why(
    states: StateFile, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(Feed(web.Response(status=500))) as (url,), feed_session() as session:
        await Poller(session, Topic().send, states, OPTIONS).poll_once([url])
    (line,) = caplog.records
    assert line.__dict__["fields"] == {
        "url": url,
        "status": 500,
        "error": "the server answers 500",
    }


async def test_a_feed_is_polled_again_after_the_interval(states: StateFile) -> None:
    topic, feed = Topic(), Feed(rss(entry("a")), rss(entry("b")))
    assert await follow(topic, states, feed, sleeps=2) == [300, 300]
    assert topic.keys == [b"a", b"b"]


async def test_the_ttl_of_a_feed_holds_while_it_does_not_change(states: StateFile) -> None:
    feed = Feed(rss(entry("a"), head="<ttl>10</ttl>"), web.Response(status=304))
    assert await follow(Topic(), states, feed, sleeps=2) == [600, 600]


async def test_a_feed_that_asks_for_patience_gets_it(states: StateFile) -> None:
    feed = Feed(web.Response(status=429, headers={"Retry-After": "7200"}))
    (wait,) = await follow(Topic(), states, feed)
    assert wait >= 7_200


async def test_waits_grow_until_a_feed_is_back(states: StateFile) -> None:
    down = [web.Response(status=500) for _ in range(2)]
    first, second, third = await follow(Topic(), states, Feed(*down, rss(entry("a"))), sleeps=3)
    assert 600 <= first <= 900
    assert 1_200 <= second <= 1_800
    assert third == 300


async def test_a_kafka_that_is_away_makes_no_feed_wait_longer(states: StateFile) -> None:
    topic = Topic(failures=2)
    assert await follow(topic, states, Feed(rss(entry("a"))), sleeps=3) == [300, 300, 300]
    assert topic.keys == [b"a"]


async def test_when_all_feeds_are_gone_it_ends(states: StateFile) -> None:
    gone = [Feed(web.Response(status=410)) for _ in range(2)]
    assert await follow(Topic(), states, *gone) == []


async def test_what_is_on_its_way_to_kafka_is_remembered_when_it_is_stopped(
    states: StateFile,
) -> None:
    sending, acknowledged = asyncio.Event(), asyncio.Event()

    async def send(_: Sequence[Outgoing]) -> None:
        sending.set()
        await acknowledged.wait()

    async with served(Feed(rss(entry("a")))) as (url,), feed_session() as session:
        polling = asyncio.create_task(Poller(session, send, states, OPTIONS).follow([url]))
        await sending.wait()
        polling.cancel()
        asyncio.get_running_loop().call_soon(acknowledged.set)
        with pytest.raises(asyncio.CancelledError):
            await polling
        assert states.get(url).unsent(["a"]) == set()


async def test_a_state_that_cannot_be_written_ends_it(
    states: StateFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StateError("disk full")

    monkeypatch.setattr(states, "put", full)
    with pytest.raises(PetrelError, match="disk full"):
        await follow(Topic(), states, Feed(rss(entry("a"))))
