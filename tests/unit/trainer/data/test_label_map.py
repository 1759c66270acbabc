"""Labels as files have them: names, scores, and what is no label."""

from pathlib import Path

import pytest

from trainer.data.examples import Example, read_examples
from trainer.data.label_map import LabelMap
from trainer.data.option_values import parse_labels
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError


def label_map(said: str) -> LabelMap:
    return parse_labels([f"sentiment={said}"])["sentiment"]


@pytest.mark.parametrize(
    ("score", "name"),
    [("-1", "negative"), ("-0.1", "neutral"), ("0", "neutral"), ("3e-1", "positive")],
)
def test_scores_become_classes(score: str, name: str) -> None:
    assert label_map("<-0.1:negative,>0.1:positive,neutral").name_of(score) == name


def test_bounds_may_belong_to_their_class() -> None:
    found = label_map("<=-0.1:negative,>=0.1:positive,neutral")

    assert (found.name_of("-0.1"), found.name_of("0.1")) == ("negative", "positive")


@pytest.mark.parametrize("value", ["None", "nan", "", "a lot"])
def test_what_is_no_score_is_in_no_class(value: str) -> None:
    with pytest.raises(KeyError):
        label_map("<-0.1:negative,>0.1:positive,neutral").name_of(value)


def test_a_value_can_be_skipped() -> None:
    found = label_map("None:-,<0:negative,positive")

    assert (found.name_of("None"), found.labels) == (None, ["negative", "positive"])


def test_nothing_but_what_is_skipped_leaves_the_others_as_they_are() -> None:
    assert label_map("None:-").name_of("negative") == "negative"


def test_rows_that_are_skipped_have_no_label(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,sentiment\nOrvane falls,-0.7\nOrvane opens,None\n")
    layout = Layout(labels=parse_labels(["sentiment=None:-,<-0.1:negative,neutral"]))

    assert read_examples(Task(("sentiment",), path), layout) == [
        Example("Orvane falls", {"sentiment": "negative"}),
        Example("Orvane opens", {}),
    ]


def test_a_value_that_is_in_no_map_says_how_to_skip_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,sentiment\nOrvane falls,mixed\n")
    layout = Layout(labels=parse_labels(["sentiment=0:negative"]))

    with pytest.raises(TrainerError, match="0=negative; --labels sentiment=mixed:- skips it"):
        read_examples(Task(("sentiment",), path), layout)
