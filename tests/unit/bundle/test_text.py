from html.entities import html5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundle.text import clean, fingerprint, read

# Pieces that together make texts of the kind that streams are full of.
_PIECES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            ["&amp;", "&nbsp;", "&#0;", "&#8203;", " ", "\t", "\u200b", "亏", "…", ";", "&", "x"]
        ),
        st.sampled_from(
            ["RT @a: ", "rt\xa0@https:", "https://", "HTTP://t.co/x", "t.co/", "pic.twitter.com/x"]
        ),
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
        ("", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


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


@given(_PIECES)
def test_every_character_that_was_kept_is_found_in_the_original(text: str) -> None:
    cleaned = read(text)
    for position, character in enumerate(cleaned.text):
        start, end = cleaned.original(position, position + 1)
        found = text[start:end]
        assert character in (found, " ") or found.startswith("&")


@given(_PIECES)
def test_text_with_the_way_back_is_the_clean_text(text: str) -> None:
    assert clean(text) == read(text).text


def test_every_entity_is_resolved_alike_with_the_way_back() -> None:
    entities = [*html5, *map("#{};".format, range(0x3000))]
    texts = [f"Acme &{entity} https://t.co/&{entity} &{entity}t.co/x" for entity in entities]
    assert [text for text in texts if clean(text) != read(text).text] == []


@given(_PIECES)
def test_clean_text_is_utf8_on_one_line_with_single_spaces(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == " ".join(cleaned.split())


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
