from pathlib import Path

import orjson
import pytest

from bundle.heads import Head
from schemas.scored import LABELS
from trainer.data.corrections import read_corrections, with_corrections
from trainer.data.examples import Example
from trainer.data.splits import split
from trainer.errors import TrainerError

SENTIMENT = Head(kind="single", labels=list(LABELS), threshold=0.25)
TOPIC = Head(kind="single", labels=["deals", "macro"], threshold=0.25)
SEVERAL = Head(kind="multi", labels=["deals", "macro"], threshold=0.5)


def write(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "corrections.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def row(**fields: object) -> dict[str, object]:
    return {"id": "n1", "text": "Acme falls", "sentiment": None, "topics": None, **fields}


def test_only_what_is_corrected_is_a_label(tmp_path: Path) -> None:
    path = write(tmp_path, row(sentiment="negative"), row(text="Bolt", topics=["macro"]))
    found = read_corrections(path, {"sentiment": SENTIMENT, "topic": SEVERAL})
    assert [example.labels for example in found] == [
        {"sentiment": "negative"},
        {"topic": ("macro",)},
    ]


def test_topic_is_as_the_head_has_it(tmp_path: Path) -> None:
    (found,) = read_corrections(write(tmp_path, row(topics=["macro"])), {"topic": TOPIC})
    assert found.labels == {"topic": "macro"}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (row(), "no row has sentiment or topics"),
        (row(topics=["macro", "deals"]), "'Acme falls' must have one topic"),
        (row(topics=["sport"]), "no label 'sport'"),
        (row(sentiment="angry"), "must be negative, neutral, positive, not 'angry'"),
        (row(sentiment="negative"), "no head sentiment"),
        (row(text="", topics=["macro"]), "must hold a text"),
    ],
)
def test_wrong_correction_is_named(wrong: dict[str, object], rule: str, tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match=rule):
        read_corrections(write(tmp_path, wrong), {"topic": TOPIC})


def test_correction_goes_before_the_label_of_a_copy() -> None:
    examples = [Example("Acme falls", {"sentiment": "neutral", "topic": "macro"})]
    found = with_corrections(examples, [Example("ACME falls!", {"sentiment": "negative"})])
    assert found == [Example("Acme falls", {"sentiment": "negative", "topic": "macro"}, True)]


def test_last_correction_of_a_text_counts() -> None:
    given = [Example("Acme falls", {"sentiment": label}) for label in ("positive", "negative")]
    assert with_corrections([], given) == [Example("Acme falls", {"sentiment": "negative"}, True)]


def test_corrections_are_trained_on_whatever_their_text() -> None:
    given = [Example(f"text {number}", {"sentiment": "neutral"}) for number in range(100)]
    sides = split(with_corrections([], given), holdout=0.5, validation=0.5, seed=1)
    assert sides.counts() == {"train": 100, "validation": 0, "test": 0}
