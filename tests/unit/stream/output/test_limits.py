import pytest

from stream.output.limits import TopicLimitError, check_limits, output_topics
from stream.settings import load

DEFAULT = 1_048_588
SETTINGS = load(inputs=("news.raw.v1",))
TOPICS = SETTINGS.topics
ROOMY = dict.fromkeys([*output_topics(SETTINGS), "news.raw.v1"], DEFAULT) | {
    "news.raw.v1.dlq": 16_777_216,
    f"{TOPICS.scored}.dlq": 16_777_216,
}


def warnings(caplog: pytest.LogCaptureFixture, **limits: int) -> list[str]:
    check_limits(SETTINGS, ROOMY | limits)
    return [record.getMessage() for record in caplog.records]


def test_usual_limits_are_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert warnings(caplog) == []


def test_what_kafka_does_not_tell_is_not_judged(caplog: pytest.LogCaptureFixture) -> None:
    check_limits(SETTINGS, {})

    assert caplog.records == []


@pytest.mark.parametrize(
    ("topic", "limit", "cut"),
    [
        (TOPICS.scored, 100_000, "the model's entities are left out"),
        (TOPICS.alerts, 50_000, "the last evidence is left out"),
        ("news.raw.v1.dlq", DEFAULT, "the end of the value is cut off"),
    ],
)
def test_a_small_limit_is_told_with_what_is_cut(
    topic: str, limit: int, cut: str, caplog: pytest.LogCaptureFixture
) -> None:
    (warning,) = warnings(caplog, **{topic: limit})

    assert f"the Kafka topic {topic} takes records of {limit:,} bytes" in warning
    assert cut in warning


@pytest.mark.parametrize("topic", output_topics(SETTINGS))
def test_a_limit_too_small_for_any_record_is_an_error(topic: str) -> None:
    with pytest.raises(TopicLimitError, match=rf"{topic} must be at least 20,000; it is 19,999"):
        check_limits(SETTINGS, ROOMY | {topic: 19_999})
