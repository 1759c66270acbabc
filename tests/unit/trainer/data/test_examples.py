import json
from pathlib import Path
from typing import Any

import pytest

from bundle.entities import Mention
from trainer.data.examples import Example, read_examples
from trainer.data.label_map import LabelMap
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError


def test_label_column_of_a_file_with_one_head(tmp_path: Path) -> None:
    task = Task(("sentiment",), write(tmp_path, {"text": "Acme falls", "label": "Negative"}))
    assert read_examples(task, Layout()) == [Example("Acme falls", {"sentiment": "negative"})]


def test_several_heads_and_labels_that_are_missing(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"text": "Acme falls", "sentiment": "negative", "topic": ""},
        {"text": "Acme buys", "sentiment": None, "topic": "deals"},
    )
    assert read_examples(Task(("sentiment", "topic"), path), Layout()) == [
        Example("Acme falls", {"sentiment": "negative"}),
        Example("Acme buys", {"topic": "deals"}),
    ]


def test_columns_and_label_map(tmp_path: Path) -> None:
    task = Task(("sentiment",), write(tmp_path, ["Acme falls", 0]))
    layout = Layout({"text": ["0"], "sentiment": ["1"]}, {"sentiment": LabelMap({"0": "negative"})})
    assert read_examples(task, layout) == [Example("Acme falls", {"sentiment": "negative"})]


@pytest.mark.parametrize("cell", [["deals", "macro", "deals"], "deals; macro"])
def test_several_topics(tmp_path: Path, cell: object) -> None:
    task = Task(("topic",), write(tmp_path, {"text": "Acme buys", "topics": cell}))
    assert read_examples(task, Layout(separator=";")) == [
        Example("Acme buys", {"topic": ("deals", "macro")})
    ]


@pytest.mark.parametrize(
    "cell",
    [
        [["Acme", "ORG"], ["Acme", "ORG"]],
        [[0, 4, "ORG"], [10, 14, "ORG"]],
        [{"start": 0, "end": 4, "type": "ORG"}, {"start": 10, "end": 14, "type": "ORG"}],
    ],
)
def test_entities(tmp_path: Path, cell: object) -> None:
    task = Task(("entity",), write(tmp_path, {"text": "Acme says Acme falls", "entities": cell}))
    mentions = (Mention(0, 4, "ORG"), Mention(10, 14, "ORG"))
    assert read_examples(task, Layout())[0].labels == {"entity": mentions}


def test_a_text_and_its_label_may_lie_deeper_down(tmp_path: Path) -> None:
    path = write(tmp_path, {"post": {"body": "Acme falls"}, "labels": [{"mood": "negative"}]})
    layout = Layout({"text": ["post.body"], "sentiment": ["labels[0].mood"]})

    assert read_examples(Task(("sentiment",), path), layout) == [
        Example("Acme falls", {"sentiment": "negative"})
    ]


def test_a_token_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "Tim,1,0\nCook,2,0\nleaves,0,0\n苹果,5,1\n公司,6,1\n"
    path.write_text("word,tag,sent\n" + rows, encoding="utf-8")
    tags = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
    layout = Layout(
        {"token": ["word"], "sentence": ["sent"]},
        {"entity": LabelMap({str(number): tag for number, tag in enumerate(tags)})},
    )
    assert read_examples(Task(("entity",), path), layout) == [
        Example("Tim Cook leaves", {"entity": (Mention(0, 8, "PER"),)}),
        Example("苹果公司", {"entity": (Mention(0, 4, "ORG"),)}),
    ]


@pytest.mark.parametrize(
    ("head", "row", "message"),
    [
        ("sentiment", {"body": "a", "label": "neutral"}, "no column 'text' for text; its columns"),
        ("sentiment", {"text": "a", "mood": "neutral"}, "'sentiment' or 'label' for sentiment"),
        ("sentiment", {"text": "a", "label": "angry"}, "row 1: sentiment must be .* not 'angry'"),
        ("sentiment", {"text": " ", "label": "neutral"}, "row 1: column 'text' must hold a text"),
        ("sentiment", {"text": "a", "label": ""}, "column 'label' has no label in any row"),
        ("topic", {"text": "a", "topic": 7}, "row 1: topic '7' is not in the label map: 0=deals"),
        ("entity", {"text": "a", "entities": "b"}, "entities must be a list, not 'b'"),
        ("entity", {"text": "a", "entities": [["a", "GPE"]]}, "a type of PER, LOC, ORG"),
        ("entity", {"text": "a", "entities": [["b", "ORG"]]}, "must stand in the text"),
        ("entity", {"text": "a", "entities": [[0, 2, "ORG"]]}, "must stand in the text"),
        ("topic", {"token": "a", "tag": "O", "sentence": 1}, "can label entity only, not topic"),
        ("entity", {"token": "a", "tag": "B-GPE", "sentence": 1}, "tag must be .* not 'B-GPE'"),
        ("entity", {"token": "a", "tag": "O"}, "no column 'sentence' for sentence"),
    ],
)
def test_row_that_cannot_be_used(
    tmp_path: Path, head: Any, row: dict[str, object], message: str
) -> None:
    layout = Layout(labels={"topic": LabelMap({"0": "deals"})})
    with pytest.raises(TrainerError, match=message):
        read_examples(Task((head,), write(tmp_path, row)), layout)


def write(folder: Path, *rows: object) -> Path:
    path = folder / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
