"""What was sent of each feed, in a file that outlives the process."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from schemas.errors import PetrelError
from stream.clients.polling import address
from stream.clients.polling.fetch import Validators

# Ids that are remembered after they left a feed: one may come back for a while.
_MAX_OLD = 2_000


class StateError(PetrelError):
    """The file cannot be used; the message says why."""


class FeedState(Struct, frozen=True):
    """One feed: what was read last, and the digests of the ids that were sent, newest last."""

    url: str
    validators: Validators = Validators()
    sent: list[str] = []

    def unsent(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that were not sent."""
        sent = set(self.sent)
        return {name for name in ids if _digest(name) not in sent}

    def after(self, ids: Sequence[str], validators: Validators) -> "FeedState":
        """The state when all of `ids`, which are those in the feed now, were sent."""
        listed = dict.fromkeys(map(_digest, ids))
        old = [digest for digest in self.sent if digest not in listed]
        return FeedState(self.url, validators, [*old[-_MAX_OLD:], *listed])


class _Content(Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    feeds: dict[str, FeedState] = {}


class StateFile:
    """The states of the feeds of one Kafka topic. Open it with `open_state`."""

    def __init__(self, path: Path, topic: str) -> None:
        self._path = path
        self._topic = topic
        self._feeds = self._read()

    def get(self, url: str) -> FeedState:
        """The state of the feed at `url`, which is new when it was never polled."""
        return self._feeds.get(_digest(url), FeedState(address.shown(url)))

    def put(self, url: str, state: FeedState) -> None:
        """Keep `state`, also over a power cut; raises `StateError`."""
        if self.get(url) == state:
            return
        self._feeds[_digest(url)] = state
        self._write(msgspec.json.encode(_Content(self._topic, self._feeds)))

    def _read(self) -> dict[str, FeedState]:
        try:
            content = msgspec.json.decode(self._path.read_bytes(), type=_Content)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            raise StateError(
                f"{self._path} is no state of polled feeds: {error}; it is left as it is. Without"
                " it, everything in the feeds is sent once more"
            ) from error
        if content.topic != self._topic:
            raise StateError(
                f"{self._path} tells what was sent to {content.topic}, not to {self._topic}:"
                " name another file by --state"
            )
        return content.feeds

    def _write(self, encoded: bytes) -> None:
        try:
            with tempfile.TemporaryDirectory(dir=self._path.parent, prefix=".writing-") as scratch:
                fresh = Path(scratch, "state")
                with fresh.open("wb") as file:
                    file.write(encoded)
                    file.flush()
                    # Else a power cut may leave the new name on an empty file.
                    os.fsync(file.fileno())
                fresh.replace(self._path)
        except OSError as error:
            raise StateError(f"{self._path} cannot be written: {error}") from error


@contextmanager
def open_state(path: Path, topic: str) -> Iterator[StateFile]:
    """The states in `path`, for this process alone.

    Raises:
        StateError: it is no such file, of another topic, or in use.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The file itself is replaced whenever it is written.
        lock = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"{path} is in use by another `petrel poll`") from None
        yield StateFile(path, topic)


def default_path(topic: str) -> Path:
    """Where the state of a Kafka topic is unless it is told: below `XDG_STATE_HOME`."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(home, "petrel", "poll", f"{topic}.json")


def _digest(name: str) -> str:
    # Ids and URLs are of any length, and a URL may hold a login.
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
