"""One row of a file, and what is done about one that cannot be read."""

from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, BinaryIO, NoReturn, Protocol

from schemas.errors import PetrelError

# Column -> value, as the file has it.
Row = dict[str, Any]


class RowError(PetrelError):
    """One row cannot be read; the message names the file, the line and the rule."""


class FileError(PetrelError):
    """No row of a file, or none from here on, can be read; the message names file and rule."""


OnError = Callable[[RowError], None]


def raise_error(error: RowError) -> NoReturn:
    """An `OnError` that ends the reading."""
    raise error


class RowReader(Protocol):
    """Reads the rows of a file in one format."""

    @property
    def columns(self) -> Sequence[str] | None:
        """Those that every row has; None in a format whose rows have columns of their own."""
        ...

    def read(self) -> Row:
        """The next row.

        Raises:
            RowError: it cannot be read; the one after it can be asked for.
            FileError: nothing from here on can be read.
            StopIteration: there are no more.
        """
        ...

    def error(self, rule: object) -> RowError:
        """An error in the row that was read last."""
        ...


class Rows:
    """The rows of a file in order; those that cannot be read go to `on_error`, and it goes on.

    It is to be used in a `with` statement, which closes the file.
    """

    def __init__(self, reader: RowReader, stream: BinaryIO, on_error: OnError) -> None:
        self._reader = reader
        self._stream = stream
        self._on_error = on_error
        self.columns = reader.columns

    def __enter__(self) -> "Rows":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()

    def __iter__(self) -> "Rows":
        return self

    def __next__(self) -> Row:
        while True:
            try:
                return self._reader.read()
            except RowError as error:
                self._on_error(error)

    def error(self, rule: object) -> RowError:
        """An error in the row that was given last."""
        return self._reader.error(rule)

    def require(self, columns: Sequence[str], rule: str) -> None:
        """Raise `FileError` when a table lacks one of `columns`; `rule` says what has them."""
        if missing := set(columns).difference(self.columns or columns):
            names = ", ".join(columns)
            raise FileError(f"{rule} the columns {names}; there is no {min(missing)!r}")


def check_columns(columns: Sequence[str], name: str) -> None:
    """Raise `FileError` when two of `columns` of the file `name` are called the same."""
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        raise FileError(
            f"{name}: columns must have different names; there is more than one"
            f" {', '.join(map(repr, twice))}"
        )
