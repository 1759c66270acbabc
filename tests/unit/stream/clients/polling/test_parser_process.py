import sys

import pytest

from stream.clients.polling.errors import FeedError
from stream.clients.polling.feed_parser import Download
from stream.clients.polling.parser_process import parse_apart
from tests.web import entry, rss


def download(body: bytes) -> Download:
    return Download(body=body, url="http://wire.test/", content_type="text/xml", source="wire")


async def test_a_feed_is_parsed_in_another_process() -> None:
    feed = await parse_apart(download(rss(entry("海燕"), head="<ttl>1</ttl>")))
    assert ([one.id for one in feed.documents], feed.ttl) == (["海燕"], 60)


async def test_what_is_no_feed_is_told() -> None:
    with pytest.raises(FeedError, match="no RSS or Atom feed: it begins b'<html>'"):
        await parse_apart(download(b"<html>"))


async def test_a_feed_that_would_be_parsed_for_hours_is_stopped() -> None:
    with pytest.raises(FeedError, match="which has 1 s and 1 GiB, was stopped"):
        await parse_apart(download(rss(f"<author>{'a' * 1_000_000}</author>")), cpu_seconds=1)


async def test_a_parser_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FeedError, match="no process for the parser: No such file"):
        await parse_apart(download(rss(entry("a"))))
