import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundle.text import read
from schemas.scored import Place
from stream.watchlist import automaton
from stream.watchlist.company import WatchedCompany
from stream.watchlist.errors import WatchlistError
from stream.watchlist.watchlist import Watchlist
from stream.watchlist.words.folding import fold

LANTING = WatchedCompany("lanting", ["Lanting", "澜汀"], ["Lanting Bank"], ["LTGB"])
BERKSHIRE = WatchedCompany("berkshire", ["Berkshire"], [], ["BRK", "BRK.B"])
SAMSUNG = WatchedCompany("samsung", ["삼성전자", "Самсунг", "ซัมซุง"], [], ["005930.KS"])


def found(text: str, *watched: WatchedCompany) -> list[tuple[str, str]]:
    """Id and surface of each mention in `text`."""
    mentions = Watchlist(watched or [LANTING, BERKSHIRE, SAMSUNG]).mentions(text)
    return [(owner.id, text[one.start : one.end]) for one in mentions for owner in one.owners]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("Lanting falls, lanting rises", ["Lanting", "lanting"]),
        ("Lanting's margin, #Lanting, (LANTING)", ["Lanting", "Lanting", "LANTING"]),
        ("unlanting, Lantings, Lanting2, Lantingé, Lanting\u0301", []),
        ("澜汀iPhone和lanting手机", ["澜汀", "lanting"]),
        ("Ｌａｎｔｉｎｇ up", ["Ｌａｎｔｉｎｇ"]),
        ("Lanting Bank beats Lanting", ["Lanting Bank", "Lanting"]),
        ("Lanting\u00a0Bank, Lanting\nBank", ["Lanting\u00a0Bank", "Lanting\nBank"]),
        ("İİ Lanting", ["Lanting"]),
        ("\ud800Lanting", ["Lanting"]),
        ("", []),
    ],
)
def test_names_are_found_where_words_have_edges(text: str, surfaces: list[str]) -> None:
    assert found(text) == [("lanting", surface) for surface in surfaces]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("$LTGB $ltgb ＄LTGB ＄ＬＴＧＢ", ["$LTGB", "$ltgb", "＄LTGB", "＄ＬＴＧＢ"]),
        ("买入$LTGB。卖出$LTGB大涨", ["$LTGB", "$LTGB"]),
        ("sold $LTGB. Bought $LTGB, $LTGB", ["$LTGB", "$LTGB", "$LTGB"]),
        ("LTGB XUS$LTGB $$LTGB $LTGBX $LTGB2", []),
    ],
)
def test_tickers_are_found_as_cashtags_only(text: str, surfaces: list[str]) -> None:
    assert found(text) == [("lanting", surface) for surface in surfaces]


def test_share_class_is_a_ticker_of_its_own() -> None:
    assert found("$BRK.B $brk.b大涨 $BRK. $BRK.A") == [
        ("berkshire", "$BRK.B"),
        ("berkshire", "$brk.b"),
        ("berkshire", "$BRK"),
    ]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("삼성전자가 오늘 삼성전자, Lanting이", ["삼성전자", "삼성전자"]),
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
    fruit = WatchedCompany("fruit", ["Lanting"], [], [])

    assert found("Lanting", LANTING, fruit) == [("lanting", "Lanting"), ("fruit", "Lanting")]


def test_mention_carries_the_first_name_and_the_place() -> None:
    (entity,) = Watchlist([LANTING]).find(read("🚀 <b>澜汀</b>"), "title")

    assert (entity.name, entity.type, entity.origin) == ("Lanting", "ORG", "watchlist")
    assert entity.places == [Place("title", 5, 7)]


def test_mention_of_a_part_is_one_of_all_above_it() -> None:
    watched = [
        WatchedCompany("whole", ["Wholeco"]),
        WatchedCompany("part", ["Partco"], parent="whole"),
        WatchedCompany("parcel", ["Parcelco"], parent="part"),
    ]

    assert found("Parcelco", *watched) == [
        ("parcel", "Parcelco"),
        ("part", "Parcelco"),
        ("whole", "Parcelco"),
    ]


@pytest.mark.parametrize(
    ("parents", "message"),
    [
        ({"a": "a"}, "entity 'a': `parent` must not lead back to 'a'"),
        ({"a": "b", "b": "c", "c": "b"}, "must not lead back to 'b'"),
        ({"a": "x"}, "entity 'a': `parent` must be an id of the list, not 'x'"),
        (
            {f"{i}": f"{i + 1}" for i in range(9)} | {"9": None},
            "at most 7 companies may stand",
        ),
    ],
)
def test_parents_that_are_none_are_refused(parents: dict[str, str | None], message: str) -> None:
    watched = [WatchedCompany(one, [one], parent=parent) for one, parent in parents.items()]

    with pytest.raises(WatchlistError, match=message):
        Watchlist(watched)


def test_what_means_another_is_so_for_its_own_company_only() -> None:
    apple = WatchedCompany("apple", ["Lanting"], exclusions=["Lanting Records"])
    records = WatchedCompany("records", ["Records"])

    assert found("Lanting Records", apple, records) == [("records", "Records")]


def test_name_of_one_letter_among_many_costs_no_more_than_its_text_is_long() -> None:
    watched = [WatchedCompany(f"{i}", [f"Name{i} Corp"]) for i in range(1_000)]

    assert found("a A banana " * 10_000, *watched, WatchedCompany("a", ["A"])) == []


def test_more_patterns_than_are_built_at_once_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "_AT_ONCE", 2)
    watched = [WatchedCompany(f"{i}", [f"Kelv{i}ra"]) for i in range(7)]

    assert found("Kelv6ra Kelv0ra Kelv3ra", *watched) == [
        ("6", "Kelv6ra"),
        ("0", "Kelv0ra"),
        ("3", "Kelv3ra"),
    ]


def test_name_that_begins_like_a_hashtag_is_found() -> None:
    team = WatchedCompany("team", ["#Team Lanting", "#Lanting"])

    assert found("#Team Lanting #Lanting", team) == [
        ("team", "#Team Lanting"),
        ("team", "#Lanting"),
    ]


def test_version_tells_contents_apart() -> None:
    one = Watchlist.read(b"entities: [{id: a, names: [Acme]}]")
    same = Watchlist.read(b"entities: [{id: a, names: [Acme]}]")
    other = Watchlist.read(b"entities: [{id: a, names: [Acne]}]")

    assert one.version == same.version != other.version
    assert Watchlist.empty().version is None


def test_empty_list_finds_nothing() -> None:
    assert list(Watchlist.empty().mentions("Lanting")) == []


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
    watched = [
        WatchedCompany(f"{i}", [name], match={name: "always"}) for i, name in enumerate(names)
    ]

    mentions = [
        (mention.start, mention.end, owner.id)
        for mention in Watchlist(watched).mentions(text)
        for owner in mention.owners
    ]

    assert mentions == slow_search(text, names)


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
    if text[start] == "1" and (before == "$" or slow_fraction(text[:start])):
        return False
    starts_inside = any(before and before in kind and text[start] in kind for kind in (words, "한"))
    return not starts_inside and not (after and after in words and text[end - 1] in words)


def slow_fraction(before: str) -> bool:
    return before.endswith("1.")


def test_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("entities:\n- {id: lanting, names: [Lanting], tickers: [LTGB]}\n", "utf-8-sig")

    assert [one.owners[0].id for one in Watchlist.load(path).mentions("$ltgb")] == ["lanting"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match=r"none\.yaml: cannot be read: No such file"):
        Watchlist.load(tmp_path / "none.yaml")
