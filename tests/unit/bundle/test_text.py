import unicodedata
from html.entities import html5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundle.text import clean, fingerprint, read

# Pieces that together make texts of the kind that streams are full of.
_PIECES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(["&amp;", "&nbsp;", "&#0;", "&#8203;", "&lt;", "&#60;", "amp;", ";", "&"]),
        st.sampled_from([" ", "\t", "\n", "\u200b", "\u00ad", "\ud800", "\u200d", "\ufe0f", "…"]),
        st.sampled_from(
            ["e", "x", "1", "亏", "\u0301", "\u1100", "\u1161", "Ａ", "＠", "．", "👨"]
        ),
        st.sampled_from(["<b>", "</b>", "<br/>", "<p a='b'>", "<!--", "-->", "<script>", "]]>"]),
        st.sampled_from(["RT @a: ", "rt\xa0@https:", "https://", "HTTP://t.co/x", "t.co/", "www."]),
        st.sampled_from(
            [". Read more", "【快讯】", "。（央视）", " via @a", "来源：x", " - Reuters"]
        ),
        st.sampled_from(["pic.twitter.com/x", "a@b.co", "@a", "回复@甲:", "//", "ht…", ".x.com"]),
    ),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @desk: Acme falls", "Acme falls"),
        ("rt @a: RT @b: Acme falls", "Acme falls"),
        ("Traders say RT @desk: is fine", "Traders say RT @desk: is fine"),
        ("Acme falls https://t.co/aB3 today", "Acme falls today"),
        ("see t.co/aB3 and pic.twitter.com/x9", "see and"),
        ("公司亏损https://t.co/aB3，股价下跌", "公司亏损 ，股价下跌"),
        ("Acme falls http://…", "Acme falls"),
        ("Acme falls https://t.co/a… RT t.co/…", "Acme falls RT"),
        ("Acme &amp; Sons &lt;up&gt;", "Acme & Sons <up>"),
        ("Acme&nbsp;falls", "Acme falls"),
        ("Acme &unknown; falls", "Acme &unknown; falls"),
        ("  Acme\x00\r\n falls\u200b ", "Acme falls"),
        ("Acme \ud800 falls", "Acme falls"),
        ("https://t.co/aB3", ""),
        ("🚀", "🚀"),
        ("\u200fאבגד\u200e עולה 5%", "אבגד עולה 5%"),
        ("", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Acme <b>falls</b></p><p>Sales drop<br/>too</p>", "Acme falls Sales drop too"),
        ("Ac<span class='x'>me</span> falls", "Acme falls"),
        ('<a href="https://t.co/x" title="1 > 0">Acme</a> falls', "Acme falls"),
        ("<style>p {}</style>Acme<SCRIPT>if (a < b) {}</SCRIPT> falls", "Acme falls"),
        ("Acme<!-- no <b> --> falls", "Acme falls"),
        ("<!DOCTYPE html><html><title>x</title><body>Acme</body></html>", "Acme"),
        ("<![CDATA[Acme falls]]>", "Acme falls"),
        ('Acme falls <a href="https://t.co', "Acme falls"),
        ("Acme<script>track(", "Acme"),
        ("A &lt;script&gt; hits Acme", "A hits Acme"),
        ("AT&amp;T &amp;amp; Acme", "AT&T & Acme"),
        ("&amp;lt;b&amp;gt;Acme&lt;/b&gt; falls", "Acme falls"),
        ("Acme&#39;s &#x201C;loss&#8221;", "Acme's “loss”"),
        ("<html><head><script>track()</script></head><body><img src='x'/></body></html>", ""),
    ],
)
def test_markup_goes(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Acme < Bolt",
        "Acme <3",
        "short <$ACME> now",
        "<ACME> falls",
        "P<B and C>D",
        "Acme <- Bolt -> Corp",
        "AT&T and R&D; more",
    ],
)
def test_plain_text_with_angles_and_ampersands_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nestle\u0301 falls", "Nestlé falls"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("Lanting\r\n\xa0Bank\u3000falls", "Lanting Bank falls"),
        ("Coca\u2011Cola and Rolls\u2010Royce", "Coca-Cola and Rolls-Royce"),
        ("\u22125% – Acme — falls", "-5% – Acme — falls"),
        ("Kel\u00advarra\u2060 \ufefffalls\u200f", "Kelvarra falls"),
        ("ＡＣＭＥ跌５．２％，＄ＡＣＭ", "ACME跌5.2%，$ACM"),
        ("亏损（￥３亿）！", "亏损（¥3亿）！"),
        ("Ac\u200dme\ufe0f falls", "Acme falls"),
    ],
)
def test_characters_that_look_alike_are_one(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧", "❤️", "1️⃣", "👍🏽", "🇺🇸", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🤦🏻‍♂️", "‼️"])
def test_emoji_of_several_characters_is_kept(emoji: str) -> None:
    assert clean(f"Acme {emoji} falls") == f"Acme {emoji} falls"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme podcasts.apple.com/x falls", "Acme falls"),
        ("Acme on podcasts.apple.com today", "Acme on today"),
        ("Acme www.acme.com today", "Acme today"),
        ("见www.acme.com.cn，下跌", "见 ，下跌"),
        ("Acme acme.com/ir today", "Acme today"),
        ("Write to ir@acme.com, Acme", "Write to , Acme"),
        ("Desk <desk@news.example.org> Acme falls", "Desk Acme falls"),
        ("发邮件到ir@acme.com联系", "发邮件到 联系"),
        ("Acme falls - ht…", "Acme falls -"),
        ("Acme falls http:/…", "Acme falls"),
        ("@desk @floor: Acme falls", "Acme falls"),
        ("回复@甲乙丙-2019:澜汀下跌", "澜汀下跌"),
        ("//@甲乙丙: 澜汀下跌", "澜汀下跌"),
        ("@desk澜汀下跌", "澜汀下跌"),
        ("@desk", ""),
    ],
)
def test_addresses_go(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Amazon.com Inc and Booking.com",
        "Amazon.co.uk sells Node.js/Express and/or more",
        "U.S. shares fall 3.5%, says U.S.Treasury/White House",
        "$CNQ.TO and BRK.B fall.Then rise",
        "Acme, says @desk, falls",
        ".@desk falls",
        "bought @98 and sold",
        "@澜汀股价大跌了，大家都在卖",
        "That is all… Acme",
    ],
)
def test_names_with_dots_and_handles_within_stay(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("Lanting https://t.co/a  Bank falls", "Lanting|Bank falls"),
        ("https://t.co/a Lanting Bank t.co/b", "Lanting Bank"),
        ("<b>Lanting</b> ir@lanting.com, &amp; Co www.x.com a", "Lanting|, & Co|a"),
        ("Lanting <b>Bank</b>", "Lanting Bank"),
    ],
)
def test_what_stood_on_both_sides_of_an_address_is_told_apart(text: str, parted: str) -> None:
    assert read(text).parted == parted


def test_span_of_clean_text_is_found_in_the_original() -> None:
    text = "RT @desk: Smith &amp; Sons  falls https://t.co/aB3"
    cleaned = read(text)
    start, end = cleaned.original(0, len("Smith & Sons"))
    assert text[start:end] == "Smith &amp; Sons"


def test_span_of_part_of_a_word_is_found_in_the_original() -> None:
    text = "https://t.co/aB3 Acme falls"
    cleaned = read(text)
    start, end = cleaned.original(1, 3)
    assert text[start:end] == "cm"


@pytest.mark.parametrize(
    ("text", "surface", "original"),
    [
        ("<b>Nestle\u0301</b> falls", "Nestlé", "Nestle\u0301"),
        ("<b>Nestle\u0301</b> falls", "é", "e\u0301"),
        ("<b>Nestle\u0301</b> falls", "falls", "falls"),
        ("at AT&amp;amp;T <br> now", "AT&T", "AT&amp;amp;T"),
        ("at AT&amp;amp;T <br> now", "now", "now"),
        ("say Kel<i>var</i>ra", "Kelvarra", "Kel<i>var</i>ra"),
        ("a\u00adb Lanting\r\n Bank", "Lanting Bank", "Lanting\r\n Bank"),
    ],
)
def test_original_of_a_surface(text: str, surface: str, original: str) -> None:
    cleaned = read(text)
    at = cleaned.text.index(surface)
    start, end = cleaned.original(at, at + len(surface))
    assert text[start:end] == original


@given(_PIECES)
def test_every_character_comes_from_the_original_in_order(text: str) -> None:
    cleaned = read(text)
    before = (0, 0)
    for position in range(len(cleaned.text)):
        start, end = cleaned.original(position, position + 1)
        assert 0 <= start < end <= len(text)
        assert before <= (start, end)
        assert before[1] <= end
        before = (start, end)


@given(_PIECES)
def test_what_is_clean_stays(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]) | st.just(" ")))
def test_words_stay(text: str) -> None:
    assert clean(text) == " ".join(text.split())


def test_every_entity_is_resolved() -> None:
    entities = [*html5, *map("#{};".format, range(0x3000))]
    ended = [f"&{entity}" for entity in entities if entity.endswith(";")]
    assert [entity for entity in ended if entity in clean(f"Acme {entity} falls")] == []


@given(_PIECES)
def test_clean_text_is_utf8_on_one_line_with_single_spaces(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == " ".join(cleaned.split())


@given(_PIECES)
def test_clean_text_is_composed(text: str) -> None:
    assert unicodedata.is_normalized("NFC", clean(text))


# With a look back over all that came before, one of these takes minutes, which the runner ends.
@pytest.mark.parametrize(
    "piece",
    [
        *("<", "&", "<!--", "<script>", "<title>", "<b =", '<b a="', "<a ====="),
        *("&#", "&amp;amp;", "@", "@a", "a@b.", "a.", "www.", "http", "ht…", "RT @a: ", "//@a"),
        *("\u0301\u0327", "a\u0301", "\u200d", "\ufe0f", " ", "\n", "Ａ", "\ud800"),
        *(". Read more", "。来源：x", " - Reuters", "【财讯】", "A (AP) - "),
    ],
)
def test_a_long_row_of_anything_is_read_in_one_look(piece: str) -> None:
    assert read(piece * (100_000 // len(piece))).text is not None


def test_fingerprint_is_that_of_a_retweet() -> None:
    first = fingerprint("Acme falls after a profit warning https://t.co/aB3")
    assert first == fingerprint("RT @desk: ACME falls, after a profit warning! https://t.co/Zz9")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sales up 1.2%", "Sales up 12%"),
        ("Sales +5%", "Sales -5%"),
        ("亏损", "盈利"),
        ("😀", "😡"),
    ],
)
def test_fingerprint_tells_texts_apart(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_fingerprint_has_64_bits() -> None:
    assert 0 <= fingerprint("Acme falls") < 2**64
