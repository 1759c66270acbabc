import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.scored import Place
from stream.scoring.watchlist import (
    MAX_PATTERNS,
    WatchedCompany,
    Watchlist,
    WatchlistError,
    fold,
    parse,
)

APPLE = WatchedCompany("apple", ["Apple", "苹果"], ["Apple Music"], ["AAPL"])
BERKSHIRE = WatchedCompany("berkshire", ["Berkshire"], [], ["BRK", "BRK.B"])
SAMSUNG = WatchedCompany("samsung", ["삼성전자", "Самсунг", "ซัมซุง"], [], ["005930.KS"])


def found(text: str, *watched: WatchedCompany) -> list[tuple[str, str]]:
    """Id and surface of each mention in `text`."""
    mentions = Watchlist(watched or [APPLE, BERKSHIRE, SAMSUNG]).find(text, "text")
    return [(one.id, text[one.places[0].start : one.places[0].end]) for one in mentions]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("Apple falls, apple rises", ["Apple", "apple"]),
        ("Apple's margin, #Apple, (APPLE)", ["Apple", "Apple", "APPLE"]),
        ("pineapple, Apples, Apple2, Applé, Apple\u0301", []),
        ("苹果iPhone和apple手机", ["苹果", "apple"]),
        ("Ａｐｐｌｅ up", ["Ａｐｐｌｅ"]),
        ("Apple Music beats Apple", ["Apple Music", "Apple"]),
        ("Apple\u00a0Music, Apple\nMusic", ["Apple\u00a0Music", "Apple\nMusic"]),
        ("İİ Apple", ["Apple"]),
        ("\ud800Apple", ["Apple"]),
        ("", []),
    ],
)
def test_names_are_found_where_words_have_edges(text: str, surfaces: list[str]) -> None:
    assert found(text) == [("apple", surface) for surface in surfaces]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("$AAPL $aapl ＄AAPL ＄ＡＡＰＬ", ["$AAPL", "$aapl", "＄AAPL", "＄ＡＡＰＬ"]),
        ("买入$AAPL。卖出$AAPL大涨", ["$AAPL", "$AAPL"]),
        ("sold $AAPL. Bought $AAPL, $AAPL", ["$AAPL", "$AAPL", "$AAPL"]),
        ("AAPL US$AAPL $$AAPL $AAPLX $AAPL2", []),
    ],
)
def test_tickers_are_found_as_cashtags_only(text: str, surfaces: list[str]) -> None:
    assert found(text) == [("apple", surface) for surface in surfaces]


def test_share_class_is_a_ticker_of_its_own() -> None:
    assert found("$BRK.B $brk.b大涨 $BRK. $BRK.A") == [
        ("berkshire", "$BRK.B"),
        ("berkshire", "$brk.b"),
        ("berkshire", "$BRK"),
    ]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("삼성전자가 오늘 삼성전자, Apple이", ["삼성전자", "삼성전자"]),
        ("신삼성전자", []),
        ("САМСУНГ самсунговский", ["САМСУНГ"]),
        ("หุ้นซัมซุงวันนี้", ["ซัมซุง"]),
    ],
)
def test_each_script_has_its_own_edges(text: str, surfaces: list[str]) -> None:
    assert found(text, SAMSUNG) == [("samsung", surface) for surface in surfaces]


def test_greek_name_is_found_whatever_its_sigma() -> None:
    ote = WatchedCompany("ote", ["ΟΔΟΣ"], [], [])

    assert found("οδος ΟΔΟΣ οδοσ", ote) == [("ote", "οδος"), ("ote", "ΟΔΟΣ"), ("ote", "οδοσ")]


def test_surface_of_two_companies_is_a_mention_of_both() -> None:
    fruit = WatchedCompany("fruit", ["Apple"], [], [])

    assert found("Apple", APPLE, fruit) == [("apple", "Apple"), ("fruit", "Apple")]


def test_mention_carries_the_first_name_and_the_place() -> None:
    (entity,) = Watchlist([APPLE]).find("🚀 苹果", "title")

    assert (entity.name, entity.type, entity.origin) == ("Apple", "ORG", "watchlist")
    assert entity.places == [Place("title", 2, 4)]


def test_empty_list_finds_nothing() -> None:
    assert Watchlist.empty().find("Apple", "text") == []


def test_folding_keeps_the_length_of_every_character() -> None:
    longer = [c for c in map(chr, range(sys.maxunicode + 1)) if len(fold(c)) != 1]

    assert longer == []


LETTERS = "aAbB1é $.'苹果ｂＡ한"


@settings(deadline=None)
@given(
    st.text(LETTERS, max_size=24),
    st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=8),
)
def test_agrees_with_a_search_letter_by_letter(text: str, names: list[str]) -> None:
    watched = [WatchedCompany(f"{i}", [name], [], []) for i, name in enumerate(names)]

    mentions = Watchlist(watched).find(text, "text")

    assert [(p.start, p.end, m.id) for m in mentions for p in m.places] == slow_search(text, names)


def slow_search(text: str, names: list[str]) -> list[tuple[int, int, str]]:
    plain, at, mentions = slow_fold(text), 0, []
    folded = [slow_fold(name) for name in names]
    while at < len(text):
        ends = {
            at + len(name)
            for name in folded
            if plain.startswith(name, at) and slow_edges(plain, at, at + len(name))
        }
        end = max(ends, default=at)
        mentions += [(at, end, f"{i}") for i, name in enumerate(folded) if name == plain[at:end]]
        at = max(end, at + 1)
    return mentions


def slow_fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", character).lower() for character in text)


def slow_edges(text: str, start: int, end: int) -> bool:
    words = "ab1é"
    before, after = text[:start][-1:], text[end:][:1]
    if text[start] == "$":
        share_class = text[end : end + 1] == "." and slow_class(text[end + 1 :])
        return (
            (before == "" or before not in words + "$")
            and not share_class
            and (after == "" or after not in words)
        )
    starts_inside = any(before and before in kind and text[start] in kind for kind in (words, "한"))
    return not starts_inside and not (after and after in words and text[end - 1] in words)


def slow_class(rest: str) -> bool:
    letters = len(rest) - len(rest.lstrip("ab"))
    return letters in (1, 2) and not rest[letters:].startswith("1")


def test_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("entities:\n- {id: apple, names: [Apple], tickers: [AAPL]}\n", "utf-8-sig")

    assert [entity.id for entity in Watchlist.load(path).find("$aapl", "text")] == ["apple"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "not UTF-8"),
        (b"entities: [", "not YAML"),
        (b"entities: [{id: 2026-13-01, names: [A]}]", "not YAML.*month"),
        (b"[" * 5000, "not YAML"),
        (b"entities: [{id: 0x%s}]" % (b"f" * 5000), "too long to be shown"),
        (b"", "must hold `entities:`.*None"),
        (b"{entities: [], more: 1}", "must hold `entities:`.*more"),
        (b"entities: {}", "`entities` must be a list, not {}"),
        (b"entities: [Apple]", "entity 1 must have `id` and `names`.*Apple"),
        (b"entities: [{names: [A]}]", "entity 1 must have `id`"),
        (b"entities: [{id: 7, names: [A]}]", "entity 7: `id` must be text, in quotes.*not 7"),
        (b"entities: [{id: '', names: [A]}]", "`id` must not be empty"),
        (b"entities: [{id: a}]", "entity 'a': `names` must hold at least one name, not None"),
        (b"entities: [{id: a, names: []}]", "at least one name, not \\[\\]"),
        (b"entities: [{id: a, names: A}]", "`names` must be a list, not 'A'"),
        (
            b"entities: [{id: a, names: [A], alias: [B]}]",
            "entity 'a': 'alias' is none of id, names",
        ),
        (b"entities: [{id: a, names: [' ']}]", "each of `names` must not be empty; it is ' '"),
        (b"entities: [{id: a, names: [A], aliases: }]", "`aliases` must be a list, not None"),
        (b"entities: [{id: a, names: [A], tickers: [ON]}]", "in quotes if need be, not True"),
        (b"entities: [{id: a, names: [A], tickers: ['700']}]", "with a letter among them.*'700'"),
        (b"entities: [{id: a, names: [A], tickers: [$A]}]", "without \\$, not '\\$A'"),
        (b"entities: [{id: a, names: [A]}, {id: a, names: [B]}]", "'a': `id` must be unique"),
        (f"entities: [{{id: a, names: [{'x' * 201}]}}]".encode(), "at most 200 .* not 201: 'xxx"),
    ],
)
def test_broken_list_is_refused_with_rule_and_value(data: bytes, message: str) -> None:
    with pytest.raises(WatchlistError, match=f"(?s){message}"):
        parse(data)


def test_file_that_unfolds_without_end_is_refused_in_short() -> None:
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [{f'*a{i - 1},' * 9}]" for i in range(1, 12))]

    with pytest.raises(WatchlistError) as refusal:
        parse("\n".join(lines).encode())

    assert len(str(refusal.value)) < 5_000


def test_list_with_too_many_names_is_refused() -> None:
    entities = ",".join(f"{{id: e{i}, names: *n}}" for i in range(501))
    first = f"{{id: e, names: &n [{'A,' * (MAX_PATTERNS // 500)}]}}"

    with pytest.raises(WatchlistError, match=r"at most 1,000,000 .* not 1,004,000"):
        parse(f"entities: [{first},{entities}]".encode())


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match=r"none\.yaml: cannot be read: No such file"):
        Watchlist.load(tmp_path / "none.yaml")
