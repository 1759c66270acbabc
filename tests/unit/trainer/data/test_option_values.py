from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.data.label_map import LabelMap
from trainer.data.option_values import parse_fields, parse_labels, parse_task, parse_weights
from trainer.data.task import Task
from trainer.errors import TrainerError


def test_task_with_several_heads() -> None:
    assert parse_task("sentiment, topic=data/a.csv") == Task(
        ("sentiment", "topic"), Path("data/a.csv")
    )


def test_columns_of_one_role_add_up() -> None:
    given = ["text=Title", "sentence=doc", "sentence=sent"]
    assert parse_fields(given) == {"text": ["Title"], "sentence": ["doc", "sent"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sentiment=negative,positive", {"0": "negative", "1": "positive"}),
        ("sentiment=-1:negative, 1:positive", {"-1": "negative", "1": "positive"}),
    ],
)
def test_labels(value: str, expected: dict[str, str]) -> None:
    assert parse_labels([value]) == {"sentiment": LabelMap(expected)}


def test_labels_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text("Fed | Rates\nM&A, Deals\n", encoding="utf-8")

    (found,) = parse_labels([f"topic=@{path}"]).values()

    assert found == LabelMap({"0": "Fed | Rates", "1": "M&A, Deals"})


def test_weights() -> None:
    assert parse_weights(["sentiment=negative:2", "topic=balanced"]) == {
        "sentiment": {"negative": 2.0},
        "topic": None,
    }


@pytest.mark.parametrize(
    ("parse", "message"),
    [
        (lambda: parse_task("a.csv"), r"--task a.csv: the form is HEAD\[,HEAD\]=FILE"),
        (lambda: parse_task("mood=a.csv"), "one of sentiment, topic, entity, not 'mood'"),
        (lambda: parse_task("topic,topic=a.csv"), "a head may be named once"),
        (lambda: parse_fields(["body=Title"]), "the field must be one of text, sentiment"),
        (lambda: parse_labels(["sentiment=a,,b"]), "must not be empty"),
        (lambda: parse_labels(["sentiment=0:negative,positive,neutral"]), "must be VALUE:NAME"),
        (lambda: parse_labels(["sentiment=<x:negative"]), "'x' is not a number"),
        (lambda: parse_labels(["topic=@none.txt"]), r"none\.txt cannot be read"),
        (lambda: parse_weights(["topic=deals:high"]), "'high' is not a number"),
        (lambda: parse_weights(["topic=deals:0"]), "must be above 0"),
    ],
)
def test_option_that_cannot_be_used(parse: Callable[[], object], message: str) -> None:
    with pytest.raises(TrainerError, match=message):
        parse()
