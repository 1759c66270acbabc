"""What can be wrong with one poll of a feed."""

from schemas.errors import PetrelError


class FeedError(PetrelError):
    """A poll failed; the message says why.

    status: what the server answered, if it did.
    wait: seconds after which it asked to be polled again.
    """

    def __init__(self, message: str, *, status: int | None = None, wait: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.wait = wait


class FeedGone(FeedError):
    """The server says that the feed will not come back."""
