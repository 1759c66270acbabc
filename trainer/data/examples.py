"""Labelled examples out of rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from bundle.entities import EntityType, Mention
from bundle.manifest import HeadName
from schemas.scored import LABELS
from trainer.data.options import Layout, Task
from trainer.data.rows import Row, present, read_rows
from trainer.data.sentences import read_sentences
from trainer.errors import TrainerError

# The name of a class, the names of all that apply, or the entities in order.
Value = str | tuple[str, ...] | tuple[Mention, ...]

_TYPES: tuple[EntityType, ...] = get_args(EntityType)

_COLUMNS: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "sentiment": ("sentiment",),
    "topic": ("topic", "topics"),
    "entity": ("entity", "entities"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what it is labelled with; a head that it has no label for is absent.

    A `corrected` one is there to be learned from: nothing is tested with it.
    """

    text: str
    labels: dict[HeadName, Value]
    corrected: bool = False


def read_examples(task: Task, layout: Layout, limit: int | None = None) -> list[Example]:
    """The examples in the first `limit` rows (or all) of the file of `task`.

    Raises:
        TrainerError: the file cannot be read, lacks a column, or a row breaks a rule.
    """
    rows = read_rows(task.path, limit)
    if _is_tokens(rows[0], layout):
        return _from_tokens(task, layout, rows)
    text = _column(task, rows[0], "text", layout)
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
    content = row.get(text)
    if not isinstance(content, str) or not content.strip():
        raise TrainerError(f"{where}: column {text!r} must hold a text, not {content!r}")
    labels = {}
    for head, column in columns.items():
        cell = row.get(column)
        # An empty cell is a text without a label; an empty list says that nothing applies.
        if cell is not None and cell != "":
            labels[head] = _VALUES[head](cell, content, layout, where)
    return Example(content, labels)


def _sentiment(cell: Any, text: str, layout: Layout, where: str) -> Value:
    name = _mapped(cell, "sentiment", layout, where)
    if name.casefold() not in LABELS:
        raise TrainerError(
            f"{where}: sentiment must be {', '.join(LABELS)}, not {name!r};"
            " map what stands there with --labels sentiment=VALUE:NAME,…"
        )
    return name.casefold()


def _topic(cell: Any, text: str, layout: Layout, where: str) -> Value:
    if isinstance(cell, str) and layout.separator is not None:
        cell = [part.strip() for part in cell.split(layout.separator) if part.strip()]
    if isinstance(cell, list):
        return tuple(dict.fromkeys(_mapped(part, "topic", layout, where) for part in cell))
    return _mapped(cell, "topic", layout, where)


def _entities(cell: Any, text: str, layout: Layout, where: str) -> Value:
    if not isinstance(cell, list):
        raise TrainerError(f"{where}: entities must be a list, not {cell!r}")
    mentions: list[Mention] = []
    for entry in cell:
        after = mentions[-1].end if mentions else 0
        mentions.append(_mention(entry, text, after, where))
    return tuple(mentions)


def _mention(entry: Any, text: str, after: int, where: str) -> Mention:
    """An entity from [surface, type], [start, end, type] or an object with start, end, type."""
    parts = (
        [entry.get(key) for key in ("start", "end", "type")] if isinstance(entry, dict) else entry
    )
    if not isinstance(parts, list) or len(parts) not in (2, 3) or parts[-1] not in _TYPES:
        raise TrainerError(
            f"{where}: an entity is [surface, type] or [start, end, type]"
            f" with a type of {', '.join(_TYPES)}, not {entry!r}"
        )
    start, end = _place(parts[0], text, after) if len(parts) == 2 else parts[:2]
    if not (isinstance(start, int) and isinstance(end, int) and after <= start < end <= len(text)):
        raise TrainerError(
            f"{where}: entity {entry!r} must stand in the text, after the one before it"
        )
    return Mention(start, end, parts[-1])


def _place(surface: Any, text: str, after: int) -> tuple[int, int]:
    start = text.find(surface, after) if isinstance(surface, str) else -1
    return start, start + len(surface) if start >= 0 else -1


def _mapped(cell: Any, head: HeadName, layout: Layout, where: str) -> str:
    value = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    names = layout.labels.get(head)
    if names is None:
        return value.strip()
    if value.strip() not in names:
        known = ", ".join(f"{key}={name}" for key, name in names.items())
        raise TrainerError(f"{where}: {head} {value!r} is not in the label map: {known}")
    return names[value.strip()]


_VALUES: dict[HeadName, Callable[[Any, str, Layout, str], Value]] = {
    "sentiment": _sentiment,
    "topic": _topic,
    "entity": _entities,
}


def _is_tokens(row: Row, layout: Layout) -> bool:
    return any(name in row for name in layout.columns.get("token", ["token"]))


def _from_tokens(task: Task, layout: Layout, rows: list[Row]) -> list[Example]:
    if task.heads != ("entity",):
        raise TrainerError(
            f"{task.path} has a token a row: it can label entity only, not {', '.join(task.heads)}"
        )
    names = layout.labels.get("entity", {})
    columns = {"entity": ["entity", "tag", "label"], "sentence": ["sentence"], **layout.columns}
    return [
        Example(text, {"entity": mentions})
        for text, mentions in read_sentences(task.path, rows, columns, names)
    ]


def _column(task: Task, row: Row, role: str, layout: Layout) -> str:
    # Whose label "label" is, is clear in a file that labels one head only.
    fallback = ("label",) if role in task.heads and len(task.heads) == 1 else ()
    names = layout.columns.get(role, [*_COLUMNS[role], *fallback])
    return present(task.path, row, role, names)[0]
