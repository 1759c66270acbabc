from datetime import UTC, datetime

import pytest

from schemas.document import MAX_TEXT, MAX_TITLE, Document
from stream.clients.polling.errors import FeedError
from stream.clients.polling.feed_parser import Download, parse_feed
from tests.records import NOON
from tests.web import entry, rss

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">
<title>Wire</title>
<entry><id>urn:n:1</id><title type="text">Acme &lt;warns&gt;</title>
  <link href="/n/1"/><published>2026-03-17T12:30:00+01:00</published>
  <updated>2026-03-17T11:45:00Z</updated><author><name>Ann</name></author>
  <summary>Short.</summary>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Acme &amp; Co</p><p>warns</p>
  </div></content></entry>
</feed>"""

RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://wire.test/"><title>Wire</title><dc:language>de</dc:language></channel>
<item rdf:about="https://wire.test/1"><title>Acme</title><link>https://wire.test/1</link>
  <description>Acme warnt.</description><dc:date>2026-03-17T11:00:00Z</dc:date>
  <dc:creator>Bea</dc:creator></item>
</rdf:RDF>"""


def parsed(body: bytes | str, content_type: str = "application/xml") -> list[Document]:
    download = Download(
        body=body if isinstance(body, bytes) else body.encode(),
        url="https://wire.test/feed.xml",
        content_type=content_type,
        source="wire",
    )
    return parse_feed(download, NOON).documents


def only(item: str) -> Document:
    (document,) = parsed(rss(item))
    return document


def test_an_rss_item_is_a_document() -> None:
    item = (
        "<guid isPermaLink='false'>n1</guid><title>Acme warns</title>"
        "<description>&lt;p&gt;Profit &amp;amp; loss&lt;/p&gt;</description>"
        "<link>https://wire.test/1?a=1&amp;b=2</link><author>ann@wire.test (Ann)</author>"
        "<pubDate>Tue, 17 Mar 2026 19:00:00 +0800</pubDate>"
    )
    assert parsed(rss(item, head="<language>en</language>")) == [
        Document(
            text="Profit & loss",
            id="n1",
            title="Acme warns",
            published_at=datetime(2026, 3, 17, 11, tzinfo=UTC),
            source="wire",
            lang="en",
            url="https://wire.test/1?a=1&b=2",
            author="ann@wire.test (Ann)",
        )
    ]


def test_an_atom_entry_is_a_document() -> None:
    assert parsed(ATOM) == [
        Document(
            text="Acme & Co\nwarns",
            id="urn:n:1",
            title="Acme <warns>",
            published_at=datetime(2026, 3, 17, 11, 30, tzinfo=UTC),
            source="wire",
            lang="en-GB",
            url="https://wire.test/n/1",
            author="Ann",
        )
    ]


def test_an_rdf_item_is_a_document() -> None:
    assert parsed(RDF) == [
        Document(
            text="Acme warnt.",
            id="https://wire.test/1",
            title="Acme",
            published_at=datetime(2026, 3, 17, 11, tzinfo=UTC),
            source="wire",
            lang="de",
            url="https://wire.test/1",
            author="Bea",
        )
    ]


@pytest.mark.parametrize("content_type", ["text/xml", "application/rss+xml", ""])
def test_chinese_in_gb2312_is_read_by_the_declaration_of_the_xml(content_type: str) -> None:
    feed = rss("<title>澜汀银行取不出钱</title>").decode()
    body = f'<?xml version="1.0" encoding="gb2312"?>{feed}'.encode("gb2312")
    assert parsed(body, content_type)[0].text == "澜汀银行取不出钱"


def test_entries_come_oldest_first_and_of_two_with_one_id_the_newest() -> None:
    found = parsed(
        rss(entry("b"), "<guid isPermaLink='false'>a</guid><title>new</title>", entry("a"))
    )
    assert [(one.id, one.text) for one in found] == [("a", "new"), ("b", "b")]


def test_without_a_guid_the_link_is_the_id() -> None:
    assert only("<title>t</title><link>https://wire.test/1</link>").id == "https://wire.test/1"


def test_without_guid_and_link_the_text_makes_the_id() -> None:
    first, second, third = (
        only(f"<title>{title}</title><description>d</description>").id for title in "aab"
    )
    assert first == second != third
    assert len(first or "") == 64


def test_an_id_that_is_too_long_is_hashed() -> None:
    assert len(only(f"<guid>{'x' * 257}</guid><title>t</title>").id or "") == 64


def test_an_entry_without_a_text_has_its_title_as_text() -> None:
    document = only("<title>Acme warns</title><description> &lt;img&gt; </description>")
    assert (document.title, document.text) == (None, "Acme warns")


def test_an_entry_that_says_nothing_is_left_out() -> None:
    assert parsed(rss("<guid>1</guid><description>https://wire.test/1</description>")) == []


def test_the_content_goes_before_the_summary() -> None:
    head = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    item = (
        f"<description>short</description><content:encoded {head}>&lt;p&gt;long</content:encoded>"
    )
    assert only(item).text == "long"


@pytest.mark.parametrize(
    ("title", "text"),
    [("AT&amp;T", "AT&T"), ("AT&amp;amp;T", "AT&T"), ("AT&amp;amp;amp;T", "AT&T")],
)
def test_entities_of_a_title_are_decoded_however_often_they_were_escaped(
    title: str, text: str
) -> None:
    assert only(f"<title>{title}</title>").text == text


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2026-03-17T10:00:00Z", datetime(2026, 3, 17, 10, tzinfo=UTC)),
        ("2026-03-17 10:00:00", datetime(2026, 3, 17, 10, tzinfo=UTC)),
        ("Tue, 17 Mar 2026 10:00:00 EST", None),
        ("Tue, 17 Mar 2026 12:00:01 GMT", None),
        ("1931-03-17T10:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_that_is_ahead_or_none_is_left_out(date: str, time: datetime | None) -> None:
    assert only(f"<title>t</title><pubDate>{date}</pubDate>").published_at == time


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "x" * 5_000])
def test_a_link_that_is_no_url_of_http_is_left_out(link: str) -> None:
    found = only(f"<title>t</title><link>{link}</link>").url
    assert found is None or found.startswith("https://wire.test/")


def test_a_language_that_is_no_tag_is_left_out() -> None:
    assert parsed(rss(entry("a"), head="<language>English (UK)</language>"))[0].lang is None


def test_what_is_too_long_is_cut() -> None:
    item = f"<title>{'t' * 3_000}</title><description>{'d' * 200_000}</description>"
    document = only(f"{item}<author>{'a b ' * 500}</author>")
    lengths = (len(document.title or ""), len(document.text), len(document.author or ""))
    assert lengths == (MAX_TITLE, MAX_TEXT, 256)


def test_a_guid_that_is_no_url_is_one_below_the_feed_unless_it_says_otherwise() -> None:
    assert only("<guid>1</guid><title>t</title>").id == "https://wire.test/1"


def test_what_the_library_fails_on_is_an_error() -> None:
    with pytest.raises(FeedError, match="cannot be parsed: UnicodeEncodeError"):
        only("<title>half a surrogate pair &#xD800; & an ampersand</title>")


def test_a_feed_that_is_cut_off_gives_what_is_there() -> None:
    assert parsed(rss(entry("a"), entry("b"))[:-60])[-1].id == "a"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<html><body>Log in</body></html>", "no RSS or Atom feed: it begins"),
        ("", "no RSS or Atom feed"),
        ("\0\0\0", "no RSS or Atom feed"),
        ("<rss version='2.0'><channel><", "broken XML"),
        (b"<rss version='2.0'>" + b"<a>" * 200_001, "at most 200000 tags"),
    ],
)
def test_what_is_no_feed_is_an_error(body: str | bytes, rule: str) -> None:
    with pytest.raises(FeedError, match=rule):
        parsed(body)


def test_entities_that_multiply_are_an_error() -> None:
    laughs = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    doctype = f"<!DOCTYPE rss [<!ENTITY e0 '{'ha' * 10}'>{laughs}]>"
    documents = parsed(f"{doctype}{rss('<title>&e9;</title>').decode()}")
    assert sum(len(one.text) for one in documents) <= MAX_TEXT


def test_an_entity_from_outside_is_not_read() -> None:
    doctype = "<!DOCTYPE rss [<!ENTITY file SYSTEM 'file:///etc/passwd'>]>"
    found = parsed(f"{doctype}{rss('<title>a &file;</title>').decode()}")
    assert "root" not in found[0].text


@pytest.mark.parametrize(("ttl", "seconds"), [("60", 3600), ("-1", 0), ("1e9", 0), ("", 0)])
def test_the_ttl_is_in_minutes(ttl: str, seconds: float) -> None:
    download = Download(
        body=rss(entry("a"), head=f"<ttl>{ttl}</ttl>"), url="", content_type="", source="wire"
    )
    assert parse_feed(download, NOON).ttl == seconds
