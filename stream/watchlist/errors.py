"""What is wrong with a watch list."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import PetrelError


class WatchlistError(PetrelError):
    """A watch list that cannot be used; the message names the entity, the rule and the value."""


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Let what is wrong with the file `path` say that it is this file's."""
    try:
        yield
    except OSError as error:
        raise WatchlistError(f"watch list {path}: cannot be read: {error.strerror}") from None
    except WatchlistError as error:
        raise WatchlistError(f"watch list {path}: {error}") from None
