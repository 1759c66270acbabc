"""Clocks that jump, days without a word, and keys by the million."""

from msgspec.json import encode

from stream.windows.key_evaluation import Evaluator
from tests.keys import NAME, START, Key, Post, burst, calm

EVENING = START + 8 * 60
DAY = 1440
YEAR = 365 * DAY


def judged(*posts: Post, until: int) -> Key:
    key = Key()
    key.add(posts)
    key.close(until)
    return key


def test_clock_that_jumps_a_year_ends_an_alert_at_its_time() -> None:
    ahead = Post(EVENING + YEAR, "of the future", "neutral")
    jump = judged(*calm(8), *burst(EVENING, 45, 25), ahead, until=EVENING + YEAR + DAY)
    none = judged(*calm(8), *burst(EVENING, 45, 25), until=EVENING + DAY)

    assert jump.alerts == none.alerts
    assert jump.transitions()[-1] == "resolve"


def test_key_begins_anew_after_a_jump_of_a_year() -> None:
    ahead = burst(EVENING + YEAR, 45, 25)

    assert judged(*calm(8), *ahead, until=EVENING + YEAR + DAY).alerts == []


def test_days_without_a_word_make_the_same_rate_no_alert() -> None:
    back = [post._replace(text=f"again {post.text}") for post in calm(8, START + 30 * DAY)]

    assert judged(*calm(48), *back, until=START + 32 * DAY).alerts == []


def test_missing_hours_and_days_leave_the_past_bounded() -> None:
    posts = [Post(START + 997 * n, f"now and then {n}") for n in range(400)]

    key = judged(*posts, until=START + 997 * 400 + 4 * DAY)

    assert len(encode(key.past)) < 4_000


def test_key_of_one_document_takes_little() -> None:
    seconds = {Post(START, "one").time: Post(START, "one").cell}
    evaluator = Evaluator(Key().rules, Key().budget, NAME)

    state = evaluator.judge(seconds, (START + DAY) * 60).state

    assert len(encode(state)) < 1_000
    assert evaluator.held_bytes <= 3_000
