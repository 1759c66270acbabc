from hypothesis import given
from hypothesis import strategies as st

from bundle.classifier import Prediction
from bundle.entities import EntitySpan
from stream.scoring.copied_scores import from_prediction, to_prediction
from stream.scoring.scored_record import sentiment

LOGITS = st.floats(0.001, 1000)


@given(LOGITS, LOGITS, LOGITS)
def test_rounded_probabilities_still_sum_to_one(a: float, b: float, c: float) -> None:
    total = a + b + c

    result = sentiment((a / total, b / total, c / total))

    assert abs(result.negative + result.neutral + result.positive - 1) < 1e-9
    largest = max(result.negative, result.neutral, result.positive)
    assert abs(getattr(result, result.label) - largest) < 3e-6


def test_a_copy_has_its_entities_where_they_stand_in_it() -> None:
    first = "Acme sues Bolt"
    prediction = Prediction((1.0, 0.0, 0.0), [], [EntitySpan(10, 14, "ORG", 0.8)])
    scores = from_prediction(prediction, first, b"key")

    copy = "RT @wire: Acme sues Bolt"
    copied = to_prediction(scores, copy)

    (span,) = copied.entities
    assert copy[span.start : span.end] == "Bolt"
    assert copied.sentiment == (1.0, 0.0, 0.0)
