"""`petrel watchlist check`: what a list holds, what wants a second look, what it would find."""

from pathlib import Path

import pytest

from stream.watchlist.watchlist import version_of
from tests.commands import petrel

LIST = """
entities:
- {id: gap, names: [Gap], tickers: [GPS], not: [mind the gap]}
- {id: best-buy, names: [Best Buy], aliases: [best buy], isins: [US0378331005]}
- {id: air, names: [Corvane Air], aliases: [Corvane], tickers: [CRVN]}
- {id: cargo, names: [Corvane Cargo], aliases: [Corvane], match: {Corvane: always}}
- {id: hai, names: [海的], aliases: [海的集团]}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "companies.yaml"
    path.write_text(LIST)
    return path


def test_what_the_list_holds_is_said_with_its_version(path: Path) -> None:
    done = petrel("watchlist", "check", str(path))

    assert done.stdout.splitlines()[0] == (
        f"watch list {version_of(LIST.encode())} of 5 companies:"
        " names 9, tickers 2, codes 1, exclusions 1"
    )


@pytest.mark.parametrize(
    "remark",
    [
        '  word    gap: "Gap" is a word: it counts with its capitals, or beside',
        '  phrase  best-buy: "Best Buy" is made of words, and counts in any case',
        '  short   hai: "海的" is short, and counts inside other words',
        '  shared  "Corvane": names each of air, cargo',
        '  twice   best-buy: "best buy" stands there 2 times',
    ],
)
def test_what_wants_a_second_look_is_told(path: Path, remark: str) -> None:
    assert remark in petrel("watchlist", "check", str(path)).stdout


def test_each_mention_is_shown_in_its_line(path: Path) -> None:
    text = "Mind the gap, says Gap Inc\nnobody\n$CRVN falls &amp; falls\n"

    done = petrel("watchlist", "check", str(path), "--text", "-", answer=text)

    assert done.stdout.splitlines()[-3:] == [
        "     1  gap (name that is a word): Mind the gap, says [Gap] Inc",
        "     3  air (cashtag): [$CRVN] falls &amp; falls",
        "2 mentions of 2 companies in 2 of 3 lines",
    ]


def test_a_link_parts_what_a_worker_reads_apart(path: Path) -> None:
    text = "Corvane https://t.co/a Air\nWill Many Love Gap https://t.co/a $GPS\n"

    done = petrel("watchlist", "check", str(path), "--text", "-", answer=text)

    assert done.stdout.splitlines()[-4:] == [
        "     1  air, cargo (name): [Corvane] https://t.co/a Air",
        "     2  gap (name that is a word): Will Many Love [Gap] https://t.co/a $GPS",
        "     2  gap (cashtag): …ll Many Love Gap https://t.co/a [$GPS]",
        "4 mentions of 3 companies in 2 of 2 lines",
    ]


def test_more_than_a_person_reads_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "companies.yaml"
    entities = ",".join(f"{{id: e{n}, names: [Gap]}}" for n in range(30))
    path.write_text(f"entities: [{entities}]")

    assert "  word    10 more" in petrel("watchlist", "check", str(path)).stdout


def test_list_that_no_worker_would_take_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "companies.yaml"
    path.write_text("entities: [{id: a, names: [A], isins: [US0378331006]}]")

    done = petrel("watchlist", "check", str(path))

    assert done.exit_code == 1
    assert "companies.yaml: entity 'a': each of `isins` must end in the check digit" in done.stderr
