import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundle.text import clean
from stream.scoring.duplicates import MIN_SIMILARITY, similarity, sketch

HEADLINE = (
    "Corvane Air lifts its outlook for the year after bookings for the summer "
    "come in well ahead of last year"
)


@pytest.mark.parametrize(
    "copy",
    [
        f"RT @desk: {HEADLINE}",
        f"{HEADLINE} https://t.co/abc123",
        HEADLINE.upper(),
        HEADLINE.replace(" ", "  ") + "!!!",
        f'"{HEADLINE}."',
    ],
)
def test_retweet_link_case_and_punctuation_make_no_difference(copy: str) -> None:
    one, other = sketch(clean(copy)), sketch(HEADLINE)

    assert (one.hashes, one.bands, one.story) == (other.hashes, other.bands, other.story)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HEADLINE, HEADLINE.replace("ahead of", "behind")),
        (HEADLINE, HEADLINE.replace("lifts", "cuts")),
        (HEADLINE, f"{HEADLINE} not"),
        ("Profit up 3.5%", "Profit up 35%"),
        ("Margin -5% today", "Margin 5% today"),
        ("$AAPL 🚀", "$AAPL 📉"),
        ("$AAPL :)", "$AAPL :("),
        ("Buy", "Sell"),
        ("!!!", "???"),
        ("科文航空上调全年业绩预期", "科文航空下调全年业绩预期"),
        ("หุ้นขึ้นวันนี้", "หุ้นลงวันนี้"),
    ],
)
def test_change_of_meaning_is_no_copy_and_another_story(one: str, other: str) -> None:
    assert similarity(sketch(one), sketch(other)) < MIN_SIMILARITY
    assert sketch(one).story != sketch(other).story


def test_three_headlines_over_one_text_are_three_stories() -> None:
    headlines = ("Corvane Air grounds its fleet", "Lanting Bank cuts jobs", "Orvane sues Bolt")
    stories = {sketch(f"{one}\nRead the full story at the desk").story for one in headlines}

    assert len(stories) == 3


def test_long_story_with_one_word_changed_is_a_copy() -> None:
    words = [f"word{i}" for i in range(60)]
    changed = [*words[:30], "other", *words[31:]]

    alike = similarity(sketch(" ".join(words)), sketch(" ".join(changed)))

    assert alike == 59 / 63


@pytest.mark.parametrize("text", ["", " ", "https://t.co/abc", "RT @desk: "])
def test_text_with_nothing_to_read_is_a_copy_of_nothing(text: str) -> None:
    empty = sketch(clean(text))

    assert empty.hashes == ()
    assert similarity(empty, empty) == 0


def test_sketch_is_the_same_in_every_process() -> None:
    assert sketch("Corvane Air cuts 澜汀").hashes == (
        611077815,
        631411570,
        799819786,
        987835077,
        2366318667,
        3117545399,
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=25))
def test_similarity_of_short_texts_is_exact(words: list[str]) -> None:
    other = [*words, "z"]
    one_pairs = set(zip(["^", *words], [*words, "$"], strict=True))
    other_pairs = set(zip(["^", *other], [*other, "$"], strict=True))

    alike = similarity(sketch(" ".join(words)), sketch(" ".join(other)))

    assert alike == len(one_pairs & other_pairs) / len(one_pairs | other_pairs)


def test_similarity_of_long_texts_is_near_the_truth() -> None:
    draw = random.Random(7)
    errors = []
    for _ in range(200):
        words = [f"w{draw.randrange(10**6)}" for _ in range(400)]
        other = words[: draw.randrange(400)]
        truth = (len(other) + 1) / 401
        errors.append(similarity(sketch(" ".join(words)), sketch(" ".join(other))) - truth)

    assert abs(sum(errors) / len(errors)) < 0.015
    assert sum(error * error for error in errors) / len(errors) < 0.06**2


def test_bands_of_near_texts_meet() -> None:
    draw = random.Random(7)
    missed = 0
    for _ in range(1_000):
        words = [f"w{draw.randrange(10**6)}" for _ in range(draw.randrange(40, 200))]
        other = list(words)
        other[draw.randrange(len(words))] = "changed"
        one, two = sketch(" ".join(words)), sketch(" ".join(other))
        missed += not set(one.bands) & set(two.bands)

    assert missed <= 5


def test_short_text_has_no_bands() -> None:
    assert sketch("one two three").bands == ()
