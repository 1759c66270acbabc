"""One document read from a file, and what is done about one that cannot be read."""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from schemas.errors import PetrelError

Row = dict[str, Any]
Item = TypeVar("Item")


class RowError(PetrelError):
    """One row cannot be read; the message names the file, the line and the rule."""


class FileError(PetrelError):
    """No row of a file can be read; the message names the file and the rule."""


OnError = Callable[[RowError], None]


def raise_error(error: RowError) -> NoReturn:
    """An `OnError` that ends the reading."""
    raise error


def skip_errors(read: Callable[[], Item], on_error: OnError) -> Iterator[Item]:
    """What `read` gives until it raises `StopIteration`; its row errors go to `on_error`."""
    while True:
        try:
            item = read()
        except RowError as error:
            on_error(error)
        except StopIteration:
            return
        else:
            yield item
