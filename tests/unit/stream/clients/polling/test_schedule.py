import pytest

from stream.clients.polling.schedule import asked_wait, next_wait
from tests.records import NOON


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Tue, 17 Mar 2026 12:02:00 GMT"}, 120),
        ({"Retry-After": "Tue, 17 Mar 2026 12:02:00 -0000"}, 120),
        ({"Retry-After": "Tue, 17 Mar 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Cache-Control": "public, max-age=600"}, 600),
        ({"Cache-Control": 'MAX-AGE="600"'}, 600),
        ({"Cache-Control": "s-max-age=600, max-age=x"}, 0),
        ({"Cache-Control": "max-age=60", "Retry-After": "61"}, 61),
    ],
)
def test_an_answer_says_how_long_not_to_come_again(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait(headers, NOON) == seconds


@pytest.mark.parametrize(("asked", "wait"), [(0, 300), (299, 300), (900, 900), (1e9, 86_400)])
def test_the_longer_of_interval_and_what_is_asked_counts_up_to_a_day(
    asked: float, wait: float
) -> None:
    assert next_wait(300, asked, failures=0) == wait


@pytest.mark.parametrize(
    ("failures", "least"), [(1, 600), (2, 1_200), (3, 2_400), (4, 3_600), (10_000, 3_600)]
)
def test_waits_grow_with_failures_up_to_an_hour_and_a_half(failures: int, least: float) -> None:
    assert least <= next_wait(300, 0, failures) <= 1.5 * least


def test_after_a_failure_it_does_not_come_before_it_may() -> None:
    assert next_wait(300, 7_200, failures=1) >= 7_200


def test_feeds_that_failed_together_do_not_come_back_together() -> None:
    assert len({next_wait(300, 0, failures=1) for _ in range(10)}) > 1
