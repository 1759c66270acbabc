"""Any text at all through what cleans, compares and searches texts."""

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bundle.text import clean, fingerprint, read
from stream.scoring.duplicates import similarity, sketch
from stream.watchlist.company import WatchedCompany
from stream.watchlist.errors import WatchlistError
from stream.watchlist.watchlist import Watchlist
from tests.fuzz.count import FUZZED
from tests.moulds import sketched

# Halves of surrogate pairs too: Python has them, whatever JSON says.
ANY = st.text(st.characters(), max_size=60)
PIECES = st.sampled_from(
    [
        *("RT @a: ", "&#0;", "&#x110000;", "&nbsp;", "https://t.co/a", "$BLT", "$", "-5%"),
        *(
            "İ",
            "ß",
            "ς",
            "e\u0301",
            "\u200d",
            "\ufe0f",
            "🚀",
            "<p>",
            "<!--",
            "<b a='",
            "。来源：x",
            "©",
        ),
    ]
)
TEXTS = st.lists(ANY | PIECES, max_size=6).map("".join)


@given(TEXTS)
def test_clean_text_leads_back_to_the_original(text: str) -> None:
    cleaned = read(text)
    for position in range(len(cleaned.text)):
        start, end = cleaned.original(position, position + 1)
        assert 0 <= start < end <= len(text)
    assert 0 <= fingerprint(text) < 2**64
    FUZZED["texts cleaned"] += 1


@given(TEXTS, TEXTS)
def test_sketches_compare(one: str, other: str) -> None:
    first, second = sketch(clean(one)), sketch(clean(other))
    assert 0 <= similarity(first, second) <= 1
    assert similarity(first, first) == (1 if clean(one) else 0)
    FUZZED["texts sketched"] += 2


@given(TEXTS)
def test_moulds_are_bounded(text: str) -> None:
    if found := sketched(text):
        assert 0 < len(found.hashes) <= 32
        assert 0 <= found.subject < 2**32
    FUZZED["moulds sketched"] += 1


@given(TEXTS, st.lists(TEXTS.filter(bool), min_size=1, max_size=4))
def test_mentions_lie_in_the_text(text: str, names: list[str]) -> None:
    watchlist = Watchlist([WatchedCompany("a", names, [], [], handles=["a"])])
    for mentions in (watchlist.mentions(text + names[0]), watchlist.mentions_in(read(text))):
        places = [(mention.start, mention.end) for mention in mentions]
        assert all(0 <= start < end <= len(text + names[0]) for start, end in places)
        assert places == sorted(places)
    FUZZED["texts searched"] += 1


SURFACES = (
    "$ # @ ( ) : , . - / ' US NYSE HKEX A Gap gap GAP Inc ACM acm acm.n 0700 600519 sh HK 上交所 "
    "苹果 蘋果 公司 و أرامكو Best Buy BestBuy shares of The Records \u0301 삼성"
)
COMPANIES = [
    WatchedCompany(
        "a",
        ["Gap", "A", "Best Buy", "苹果", "أرامكو", "삼성"],
        ["The Gap"],
        ["ACM", "A", "NYSE:GAP", "0700.HK", "600519.SH", "ACM.B"],
        handles=["gap"],
        rics=["ACM.N"],
        exclusions=["Gap Records", "A Gap"],
        match={"苹果": "context"},
        parent="b",
    ),
    WatchedCompany("b", ["Records", "Gap"], match={"Gap": "always"}),
]


@given(st.lists(st.just(" ") | st.sampled_from(SURFACES.split()), max_size=24).map("".join))
def test_mentions_of_every_form_stand_apart_in_order(text: str) -> None:
    free = 0
    for mention in Watchlist(COMPANIES).mentions(text):
        assert free <= mention.start < mention.end <= len(text)
        free = mention.end
    FUZZED["texts searched"] += 1


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | TEXTS
NODES = st.recursive(
    SCALARS, lambda node: st.lists(node, max_size=3) | st.dictionaries(TEXTS, node, max_size=3)
)
FIELDS = st.sampled_from(
    ["id", "names", "aliases", "tickers", "handles", "isins", "not", "match", "parent", "more"]
)
ENTRIES = st.dictionaries(FIELDS, NODES | st.lists(TEXTS, max_size=3), max_size=4)
LISTS = st.fixed_dictionaries({"entities": st.lists(ENTRIES, max_size=3) | NODES})


@given(st.binary(max_size=80) | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"entities: &a [*a]")
@example(b"entities: [{<<: *a}]")
@example(b"entities: !!python/object/apply:os.system ['true']")
@example(b"? [a, b] : c")
@example(b"entities: [{id: 0x" + b"f" * 5_000 + b", names: [a]}]")
@example(b"entities: [{id: " + b"9" * 5_000 + b", names: [a]}]")
@example(b"entities: [{id: 1:99:99.9, names: [12:30:45]}]")
def test_bytes_are_a_watch_list_or_say_why_not(data: bytes) -> None:
    assert_is_read_or_refused(data)


@given(LISTS)
def test_yaml_is_a_watch_list_or_says_why_not(document: object) -> None:
    assert_is_read_or_refused(
        yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "replace")
    )


def assert_is_read_or_refused(data: bytes) -> None:
    try:
        watchlist = Watchlist.read(data)
    except WatchlistError:
        FUZZED["watch lists refused"] += 1
    else:
        FUZZED["watch lists read"] += 1
        list(watchlist.mentions("Acme"))
