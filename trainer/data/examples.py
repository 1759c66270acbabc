"""Labelled examples out of rows."""

from dataclasses import dataclass

from bundle.heads import HEADS, HeadName
from sources.files.row import Row
from trainer.data.label_map import LabelMap
from trainer.data.labels import ExampleLabel, parse_label
from trainer.data.rows import cell, present, read_table
from trainer.data.sentences import read_sentences
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what it is labelled with; a head that it has no label for is absent.

    A `corrected` one is there to be learned from: nothing is tested with it.
    """

    text: str
    labels: dict[HeadName, ExampleLabel]
    corrected: bool = False


def read_examples(task: Task, layout: Layout, limit: int | None = None) -> list[Example]:
    """The examples in the first `limit` rows (or all) of the file of `task`.

    Raises:
        TrainerError: the file cannot be read, lacks a column, or a row breaks a rule.
    """
    rows = read_table(task.path, limit, layout.file_format)
    if _is_tokens(rows[0], layout):
        return _from_tokens(task, layout, rows)
    text = present(task.path, rows[0], "text", layout.columns.get("text", ["text"]))[0]
    columns = {head: _column(task, rows[0], head, layout) for head in task.heads}
    examples = [
        _example(row, text, columns, layout, f"{task.path} row {number}")
        for number, row in enumerate(rows, 1)
    ]
    for head in task.heads:
        if not any(head in example.labels for example in examples):
            raise TrainerError(f"{task.path}: column {columns[head]!r} has no label in any row")
    return examples


def _example(
    row: Row, text: str, columns: dict[HeadName, str], layout: Layout, where: str
) -> Example:
    content = cell(row, text)
    if not isinstance(content, str) or not content.strip():
        raise TrainerError(f"{where}: column {text!r} must hold a text, not {content!r}")
    labels = {}
    for head, column in columns.items():
        found = cell(row, column)
        # An empty cell is a text without a label; an empty list says that nothing applies.
        if found is not None and found != "":
            label = parse_label(head, found, content, layout, where)
            if label is not None:
                labels[head] = label
    return Example(content, labels)


def _is_tokens(row: Row, layout: Layout) -> bool:
    return any(name in row for name in layout.columns.get("token", ["token"]))


def _from_tokens(task: Task, layout: Layout, rows: list[Row]) -> list[Example]:
    head = task.heads[0]
    if len(task.heads) > 1 or not HEADS[head].sees_tokens:
        possible = [name for name, declared in HEADS.items() if declared.sees_tokens]
        raise TrainerError(
            f"{task.path} has a token a row: it can label {' or '.join(possible)} only,"
            f" not {', '.join(task.heads)}"
        )
    columns = {head: [head, "tag", "label"], "sentence": ["sentence"], **layout.columns}
    names = layout.labels.get(head, LabelMap()).names
    return [
        Example(text, {head: mentions})
        for text, mentions in read_sentences(task.path, rows, head, columns, names)
    ]


def _column(task: Task, row: Row, head: HeadName, layout: Layout) -> str:
    # Whose label "label" is, is clear in a file that labels one head only.
    fallback = ("label",) if len(task.heads) == 1 else ()
    names = layout.columns.get(head, [*HEADS[head].columns, *fallback])
    return present(task.path, row, head, names)[0]
