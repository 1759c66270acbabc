"""Finding the one document that breaks a batch."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def isolate(
    work: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]
) -> list[Result | Exception]:
    """What `work` gives for each item; for an item that fails alone, its exception.

    A batch that fails is halved until the failure is pinned to single items.
    """
    try:
        return list(work(items))
    except Exception as error:  # noqa: BLE001 - what a model raises may always be its input's fault
        if len(items) == 1:
            return [error]
    middle = len(items) // 2
    return isolate(work, items[:middle]) + isolate(work, items[middle:])
