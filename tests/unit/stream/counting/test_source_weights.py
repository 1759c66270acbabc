import pytest
from msgspec.structs import replace

from schemas.scored import Sentiment
from stream.counting.source_weights import SourceWeights, parse
from stream.settings import SettingsError, environment, load
from tests.records import SCORED


def is_heard(weights: str, source: str, negative: float) -> bool:
    sentiment = Sentiment("negative", negative, 1 - negative, 0.0)
    document = replace(SCORED, source=source, sentiment=sentiment)
    return SourceWeights(parse(weights)).is_heard(document)


@pytest.mark.parametrize(
    ("weights", "source", "negative", "expected"),
    [
        ("", "forum", 0.3334, True),
        ("forum=0.5", "forum", 0.6, False),
        ("forum=0.5", "forum", 0.7, True),
        ("forum=0", "forum", 1.0, False),
        ("forum=0.5", "Reuters", 0.4, True),
        ("*=0.5, Reuters=1", "forum", 0.6, False),
        ("*=0.5, Reuters=1", "Reuters", 0.6, True),
    ],
)
def test_the_less_a_source_weighs_the_surer_it_must_be(
    weights: str, source: str, negative: float, expected: bool
) -> None:
    assert is_heard(weights, source, negative) is expected


@pytest.mark.parametrize("part", ["forum", "forum=much", "forum=2", "forum=-1", "=1", "forum=nan"])
def test_a_weight_that_is_none_is_an_error_that_states_the_rule(part: str) -> None:
    with pytest.raises(SettingsError, match=f"weights from 0 to 1.*not 'Reuters=1,{part}'"):
        load(source_weights=f"Reuters=1,{part}")


def test_weights_reach_a_worker_as_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given = load(source_weights="a=b=0.5,*=0.25")

    monkeypatch.setenv("PETREL_SOURCE_WEIGHTS", environment(given)["PETREL_SOURCE_WEIGHTS"])

    assert load().source_weights == {"a=b": 0.5, "*": 0.25} == given.source_weights
