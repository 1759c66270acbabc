"""Sentences with entities, out of files that have one token and its BIO tag a row."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from bundle.entities import Mention, is_spaced, tagged_runs
from bundle.heads import TAGS, HeadName
from sources.files.row import Row
from trainer.data.rows import present
from trainer.errors import TrainerError

Sentence = tuple[str, tuple[Mention, ...]]


def read_sentences(
    path: Path,
    rows: list[Row],
    head: HeadName,
    columns: Mapping[str, list[str]],
    names: Mapping[str, str],
) -> list[Sentence]:
    """Each sentence of `rows` as (text, mentions).

    Rows with the same values in the sentence columns, one after another, are a sentence. `names`
    map what stands in the column of `head` to a tag.

    Raises:
        TrainerError: a column is missing, or a tag is none of the BIO tags.
    """
    token = present(path, rows[0], "token", columns.get("token", ["token"]))[0]
    tag = present(path, rows[0], head, columns[head])[0]
    keys = present(path, rows[0], "sentence", columns["sentence"])
    tagged = [
        (row, str(row[token]), _tag_id(head, row[tag], names, f"{path} row {number}"))
        for number, row in enumerate(rows, 1)
    ]
    groups = groupby(tagged, key=lambda entry: [entry[0][key] for key in keys])
    return [_sentence([(word, tag_id) for _, word, tag_id in group]) for _, group in groups]


def _sentence(tagged: list[tuple[str, int]]) -> Sentence:
    text, offsets = _joined([word for word, _ in tagged])
    runs = tagged_runs([tag for _, tag in tagged])
    return text, tuple(
        Mention(offsets[first][0], offsets[last - 1][1], kind) for kind, first, last in runs
    )


def _joined(words: Iterable[str]) -> tuple[str, list[tuple[int, int]]]:
    """The words with a space between them, but none between two characters of Chinese."""
    text, offsets = "", []
    for word in words:
        if text and (is_spaced(text[-1]) or is_spaced(word[:1])):
            text += " "
        offsets.append((len(text), len(text) + len(word)))
        text += word
    return text, offsets


def _tag_id(head: HeadName, value: object, names: Mapping[str, str], where: str) -> int:
    name = names.get(str(value), str(value))
    if name not in TAGS:
        raise TrainerError(
            f"{where}: the tag must be one of {', '.join(TAGS)}, not {name!r};"
            f" map what stands there with --labels {head}=O,B-PER,…"
        )
    return TAGS.index(name)
