import pytest

from stream.watchlist.company import WatchedCompany
from stream.watchlist.errors import WatchlistError
from stream.watchlist.watchlist_file import MAX_PATTERNS, parse


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "not UTF-8"),
        (b"entities: [", "not YAML"),
        (b"entities: [{id: 2026-13-01, names: [A]}]", "not YAML.*month"),
        (b"[" * 500_000, "nested more than 20 deep"),
        (b"- " * 500_000, "nested more than 20 deep"),
        (b"entities: &a [*a]", "entity 1 must have `id`"),
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
        (
            b"entities: [{id: a, names: [A], tickers: ['700']}]",
            "its market when it is .*'700'",
        ),
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


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("isins: [US0378331006]", "'a': each of `isins` must end in the check digit 5 by ISO 6166"),
        ("isins: [US037833]", "nine letters or digits, .* such as US0378331005, not 'US037833'"),
        ("figis: [BBG000B9XRY5]", "each of `figis` must end in the check digit 4"),
        ("figis: [AAG000B9XRY4]", "two consonants, a G, .* not 'AAG000B9XRY4'"),
        ("rics: [AAPL]", "each of `rics` must be a symbol, a point and a market.*not 'AAPL'"),
        ("tickers: ['NYES:LTGB']", "must have a known market before its colon, not 'NYES:LTGB'"),
        ("tickers: ['NYSE:']", "must be letters and digits .* not 'NYSE:'"),
        ("handles: [two words]", "each of `handles` must be one word.*not 'two words'"),
        ("match: case", "`match` must be name: how, not 'case'"),
        ("match: {B: case}", "`match` must be of its names, not of 'B'"),
        ("match: {A: often}", "`match` must be one of always, case, context, not 'often'"),
        ("not: A", "`not` must be a list, not 'A'"),
        ("parent: 7", "`parent` must be text, in quotes if need be, not 7"),
    ],
)
def test_broken_key_is_refused_with_rule_and_value(keys: str, message: str) -> None:
    with pytest.raises(WatchlistError, match=message):
        parse(f"entities: [{{id: a, names: [A], {keys}}}]".encode())


def test_every_key_is_read() -> None:
    (one,) = parse(
        b"entities: [{id: a, names: [A], aliases: [Aa], tickers: [NYSE:A], handles: ['@A'],"
        b" isins: [US0378331005], figis: [BBG000B9XRY4], rics: [A.N], not: [A B],"
        b" match: {A: context}, parent: b}]"
    )

    assert one == WatchedCompany(
        id="a",
        names=["A"],
        aliases=["Aa"],
        tickers=["NYSE:A"],
        handles=["A"],
        isins=["US0378331005"],
        figis=["BBG000B9XRY4"],
        rics=["A.N"],
        exclusions=["A B"],
        match={"A": "context"},
        parent="b",
    )


def test_names_have_the_characters_of_clean_texts() -> None:
    [company] = parse("entities: [{id: a, names: ['\u200eKelvarra\u2010Co\u200b']}]".encode())
    assert company.names == ["Kelvarra-Co"]
