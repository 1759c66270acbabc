import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from bundle.heads import TAGS, Head
from bundle.text import read
from bundle.tokens import Tokens
from schemas.scored import LABELS
from trainer.evaluation.compare import compare, score
from trainer.heads import learner_of
from trainer.heads.decision import Decision, Found, described
from trainer.heads.scored import NO_TAG, Scored

SENTIMENT = Head(kind="single", labels=list(LABELS))
TOPIC = Head(kind="multi", labels=["deals", "macro"])
ENTITY = Head(kind="tags", labels=list(TAGS))
TOKENS = Tokens([1, 2, 3, 4], read("Acme Corp"), [(0, 0), (0, 4), (5, 9), (0, 0)])

classes = st.sampled_from(LABELS)


def test_decision_of_a_class() -> None:
    (one,) = learner_of(SENTIMENT).decisions(scored([1], [[0.7, 0.2, 0.1]]))
    assert (words(one.predicted), words(one.wanted)) == (
        "negative",
        "neutral",
    )
    assert one.confidence == pytest.approx(0.7)


def test_decision_of_labels_is_as_sure_as_its_surest_mistake() -> None:
    (one,) = learner_of(TOPIC).decisions(scored([[0.0, 1.0]], [[0.6, 0.1]]))
    assert (words(one.predicted), words(one.wanted)) == ("deals", "macro")
    assert one.confidence == pytest.approx(0.9)


def test_decision_of_entities_has_their_words() -> None:
    said = torch.full((4, len(TAGS)), 0.05)
    said[range(4), [0, 5, 0, 0]] = torch.tensor([0.9, 0.8, 0.6, 0.9])
    (one,) = learner_of(ENTITY).decisions(Scored([[NO_TAG, 5, 6, NO_TAG]], [said], [TOKENS]))
    assert words(one.predicted) == "Acme (ORG)"
    assert words(one.wanted) == "Acme Corp (ORG)"
    assert one.confidence == pytest.approx(0.6)


@given(st.lists(st.tuples(classes, classes), min_size=1))
def test_score_is_the_macro_f1(pairs: list[tuple[str, str]]) -> None:
    wanted, said = zip(*pairs, strict=True)
    expected = f1_score(wanted, said, average="macro", zero_division=0)
    assert score(learner_of(SENTIMENT), [mood(*pair) for pair in pairs]) == pytest.approx(expected)


@settings(max_examples=5)
@given(st.lists(st.tuples(classes, classes), min_size=1, max_size=20))
def test_a_bundle_does_not_differ_from_itself(pairs: list[tuple[str, str]]) -> None:
    decided = [mood(*pair) for pair in pairs]
    found = compare("sentiment", SENTIMENT, decided, decided)
    assert (found.interval, found.p_value) == ((0.0, 0.0), 1.0)


def test_a_bundle_that_is_better_is_seen_to_be() -> None:
    wanted = [LABELS[number % 3] for number in range(60)]
    worse = [mood(label, "neutral") for label in wanted]
    better = [mood(label, label) for label in wanted]
    found = compare("sentiment", SENTIMENT, worse, better)
    assert (found.only_first, found.only_second) == (0, 40)
    # Forty tosses of a coin that all come up the same: two ways of 2 ** 40.
    assert found.p_value == pytest.approx(2 / 2**40)
    assert found.interval[0] > 0.5
    assert found.scores == pytest.approx((1 / 6, 1.0))


def words(found: frozenset[Found]) -> str:
    return described(found, TOKENS)


def mood(wanted: str, said: str) -> Decision:
    found, right = (frozenset({(name, 0, 0)}) for name in (said, wanted))
    return Decision(found, right, 0.5)


def scored(targets: list[int] | list[list[float]], outputs: list[list[float]]) -> Scored:
    rows = [torch.tensor(row) for row in outputs]
    return Scored([*targets], rows, [TOKENS] * len(rows))
