"""How a key went, in spans."""

import pytest
from msgspec.structs import replace

from schemas import Sentiment
from stream.backtest.key_course import MAX_SPANS, KeyCourse, key_courses
from stream.backtest.time_order import Placed
from stream.settings import load
from tests.records import SCORED

DAY = 86_400


def course_of(*seconds: int, until: int, key: str = "all:all") -> KeyCourse:
    negative = replace(SCORED, sentiment=Sentiment("negative", 0.9, 0.1, 0.0))
    placed = [Placed(second, negative) for second in seconds]
    (course,) = key_courses(placed, load(), [key], range(until))
    return course


def test_each_span_holds_what_came_in_it_and_what_was_usual_before() -> None:
    course = course_of(5, 61, 62, 190, until=240)

    assert course.width == 60
    assert [one.content.negative for one in course.spans] == [1, 2, 0, 1]
    assert [round(one.usual, 2) for one in course.spans] == [0.0, 1.0, 1.5, 1.0]
    assert [round(one.spread, 2) for one in course.spans] == [0.0, 0.0, 0.5, 0.82]


@pytest.mark.parametrize("days", [1, 20, 400, 5_000])
def test_a_course_has_no_more_spans_than_a_chart_has_room_for(days: int) -> None:
    assert MAX_SPANS / 5 <= len(course_of(5, until=days * DAY).spans) <= MAX_SPANS + 1


def test_a_key_of_which_nothing_is_said_has_empty_spans() -> None:
    spans = course_of(5, until=120, key="entity:nobody").spans

    assert [one.content.documents for one in spans] == [0, 0]
