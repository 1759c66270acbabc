"""What an example is labelled with, out of the cell of a labelled file."""

from typing import Any, get_args

from bundle.entities import EntityType, Mention
from bundle.heads import HEADS, HeadName
from trainer.data.label_map import SKIPPED, LabelMap
from trainer.data.task import Layout
from trainer.errors import TrainerError

# The name of a class, the names of all that apply, or the entities in order.
ExampleLabel = str | tuple[str, ...] | tuple[Mention, ...]

_TYPES: tuple[EntityType, ...] = get_args(EntityType)


def parse_label(
    head: HeadName, cell: Any, text: str, layout: Layout, where: str
) -> ExampleLabel | None:
    """The label of `head` in a `cell` beside `text`; `where` is the row, for the error.

    None for one that the label map says to skip.

    Raises:
        TrainerError: the cell has no such label.
    """
    if HEADS[head].sees_tokens:
        return _mentions(cell, text, where)
    if HEADS[head].takes_lists:
        cell = _separated(cell, layout.separator)
        if isinstance(cell, list):
            classes = (_class(head, part, layout, where) for part in cell)
            return tuple(dict.fromkeys(one for one in classes if one is not None))
    return _class(head, cell, layout, where)


def class_names(label: ExampleLabel) -> list[str]:
    """The classes that a label counts for: entities by their type."""
    if isinstance(label, str):
        return [label]
    return [part if isinstance(part, str) else part.type for part in label]


def _separated(cell: Any, separator: str | None) -> Any:
    if not isinstance(cell, str) or separator is None:
        return cell
    return [part.strip() for part in cell.split(separator) if part.strip()]


def _class(head: HeadName, cell: Any, layout: Layout, where: str) -> str | None:
    name = _mapped(head, cell, layout, where)
    fixed = HEADS[head].labels
    if name is None or fixed is None:
        return name
    if name.casefold() not in fixed:
        raise TrainerError(
            f"{where}: {head} must be {', '.join(fixed)}, not {name!r};"
            f" map what stands there with --labels {head}=VALUE:NAME,…"
        )
    return name.casefold()


def _mapped(head: HeadName, cell: Any, layout: Layout, where: str) -> str | None:
    value = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    label_map = layout.labels.get(head, LabelMap())
    try:
        return label_map.name_of(value.strip())
    except KeyError:
        raise TrainerError(
            f"{where}: {head} {value!r} is not in the label map: {label_map};"
            f" --labels {head}={value}:{SKIPPED} skips it"
        ) from None


def _mentions(cell: Any, text: str, where: str) -> tuple[Mention, ...]:
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
