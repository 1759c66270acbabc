"""What of a text is its mould, and what it is about."""

from collections.abc import Callable

import pytest

from stream.scoring.moulds import MouldSketch
from tests.moulds import announcement, notice, sketched


def alike(one: MouldSketch | None, other: MouldSketch | None) -> float:
    """The share of words in common."""
    assert one is not None
    assert other is not None
    return len({*one.hashes} & {*other.hashes}) / len({*one.hashes} | {*other.hashes})


def subject(text: str, company: str | None = None) -> int:
    found = sketched(text, company=company)
    assert found is not None
    return found.subject


@pytest.mark.parametrize("text", [notice, announcement])
def test_notices_on_two_companies_have_one_mould_and_two_subjects(
    text: Callable[[int], str],
) -> None:

    one, other = sketched(text(1)), sketched(text(4))

    assert one is not None
    assert other is not None
    assert (one.hashes, one.band) == (other.hashes, other.band)
    assert one.subject != other.subject


def test_name_of_ordinary_words_is_no_part_of_it_where_the_list_knows_it() -> None:
    text = "{} Stock Price Target Raised to $79 From $65 at Kelm Capital"

    one, other = (
        sketched(text.format("Kelvarra")),
        sketched(text.format("Best Harvest"), company="Best Harvest"),
    )

    assert alike(one, other) == 1


def test_numbers_dates_and_tickers_are_no_part_of_it() -> None:
    one = sketched("$KVR: first quarter results beat by $0.03 on 4 May, shares rise 7% (KVR)")
    other = sketched("$DWS: first quarter results beat by $1.20 on 17 May, shares rise 12.5% (DWS)")

    assert alike(one, other) == 1


def test_headlines_about_other_things_have_little_in_common() -> None:
    one = sketched("Corvane grounds its fleet after a warning light fails on three flights")
    other = sketched("Corvane hires two hundred pilots as demand for summer flights returns")

    assert alike(one, other) < 0.4


def test_title_is_what_counts_and_a_short_one_is_passed_over() -> None:
    body = "The company will hold a call for investors on the results of the second quarter"

    assert sketched("Something else", title=notice(1)) == sketched(notice(1))
    assert sketched(body, title="Corvane: update") == sketched(body)


@pytest.mark.parametrize(
    "text",
    [
        *("", "!?", "Kelvarra shares fall 7%", "Kelvarra falls after a downgrade to sell"),
        *("they were to be here before it and not after that one", "玄澈汽车股价大跌"),
    ],
)
def test_text_with_few_words_of_its_own_has_none(text: str) -> None:
    assert sketched(text) is None


def test_long_text_has_the_mould_of_its_beginning() -> None:
    body = " ".join(["the claim was filed in court by holders of the shares last week"] * 50)

    assert alike(sketched(body), sketched(f"{body} More was said of the fire at the plant")) == 1


def test_companies_of_the_list_are_the_subject_before_tickers_and_names() -> None:
    text = "INVESTOR ALERT: {} Announces Investigation of {} on Behalf of Investors in the Shares"

    one = subject(text.format("Varn & Osk", "Kelvarra (KVR)"), company="Kelvarra")
    other = subject(text.format("Hexley", "Kelvarra (KVR-A)"), company="Kelvarra")
    unlisted = subject(text.format("Varn & Osk", "Kelvarra (KVR)"))

    assert one == other != unlisted


def test_without_a_ticker_one_of_the_names_is_the_subject() -> None:
    text = "{} Keeps Its Benchmark Rate Unchanged, Central Bank Says After Its Meeting"

    assert subject(text.format("Varnia")) == subject(text.format("Varnia's")) != 0
    assert subject(text.format("Varnia")) != subject(text.format("Tilbia"))


def test_without_any_name_there_is_no_subject() -> None:
    assert subject("stocks plunge in early trading as investors fear a new tax on banks") == 0
    assert subject("关于公司收到法院诉讼通知书的公告") == 0
