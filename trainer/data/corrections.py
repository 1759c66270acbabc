"""Corrections among the examples: they replace the labels of the same text in other files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bundle.head_kinds import kind_of
from bundle.heads import Head, HeadName
from bundle.text import fingerprint
from trainer.data.dataset import check_labels
from trainer.data.examples import Example, read_examples
from trainer.data.labels import ExampleLabel
from trainer.data.rows import read_table
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError

# The field of a correction (`schemas.feedback`) that labels each head.
_FIELDS: Mapping[HeadName, str] = {"sentiment": "sentiment", "topic": "topics"}


def read_corrections(path: Path, heads: Mapping[HeadName, Head]) -> list[Example]:
    """The corrected texts in a file of `petrel feedback save`, for a bundle with `heads`.

    Raises:
        TrainerError: the file cannot be read, a row breaks a rule, or has a label that no head has.
    """
    rows = read_table(path)
    labelled = [
        name for name, column in _FIELDS.items() if any(row.get(column) is not None for row in rows)
    ]
    if not labelled:
        raise TrainerError(f"--feedback {path}: no row has {' or '.join(_FIELDS.values())}")
    found = read_examples(Task(tuple(labelled), path), Layout())
    examples = [_fitted_to_heads(example, heads, f"--feedback {path}") for example in found]
    check_labels(examples, heads)
    return examples


def with_corrections(examples: Sequence[Example], corrections: Sequence[Example]) -> list[Example]:
    """`examples`, each text once, with `corrections` in their place or added; the last counts."""
    by_text = {fingerprint(example.text): example for example in examples}
    for right in corrections:
        key = fingerprint(right.text)
        wrong = by_text.get(key, right)
        by_text[key] = replace(wrong, labels=wrong.labels | right.labels, corrected=True)
    return list(by_text.values())


def _fitted_to_heads(example: Example, heads: Mapping[HeadName, Head], where: str) -> Example:
    """A correction lists labels; a head that knows only one of a text wants just that."""
    labels = {
        name: _only(name, label, example, where)
        if name in heads and kind_of(heads[name]).is_exclusive
        else label
        for name, label in example.labels.items()
    }
    return replace(example, labels=labels)


def _only(name: HeadName, label: ExampleLabel, example: Example, where: str) -> ExampleLabel:
    if isinstance(label, str):
        return label
    if len(label) != 1:
        raise TrainerError(
            f"{where}: {example.text!r:.80} must have one {name}, as the other texts have,"
            f" not {', '.join(map(str, label)) or 'none'}"
        )
    return str(label[0])
