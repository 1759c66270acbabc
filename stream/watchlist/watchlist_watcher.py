"""Watches the file of the watch list while a worker runs, and hands over what is new in it."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from stream.watchlist.errors import errors_of
from stream.watchlist.watchlist import Watchlist, version_of

log = logging.getLogger(__name__)

# A poll asks for the file's size and time.
_POLL_SECONDS = 2.0


class WatchlistWatcher:
    """Watches the file `path`, whose content `watchlist` is."""

    def __init__(self, path: Path, watchlist: Watchlist) -> None:
        self._path = path
        self._watchlist = watchlist
        self._state: tuple[int, ...] | None = None
        self._read: tuple[int, ...] | None = None
        self._refused: str | None = None

    async def follow(self, switch: Callable[[Watchlist], None]) -> None:
        """Give `switch` each list that the file comes to hold.

        Whatever is wrong with the file is an error in the log, once: the list in force stays.
        """
        told: str | None = None
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                loaded = await asyncio.to_thread(self._load_changed)
            except Exception as error:  # noqa: BLE001 - a file from outside must end no worker
                if str(error) != told:
                    log.error(  # noqa: TRY400 - the sentence says it all
                        "watch list reload failed, keeping %s: %s", self._watchlist, error
                    )
                told = str(error)
                continue
            if loaded is not None:
                log.info("%s replaces %s", loaded, self._watchlist)
                self._watchlist, told = loaded, None
                switch(loaded)

    def _load_changed(self) -> Watchlist | None:
        with errors_of(self._path):
            data = self._changed()
            version = None if data is None else version_of(data)
            if data is None or version in {self._watchlist.version, self._refused}:
                return None
            # Until it proves to be good: what is broken is read once.
            self._refused = version
            loaded = Watchlist.read(data)
            self._refused = None
            return loaded

    def _changed(self) -> bytes | None:
        found = self._path.stat()
        state = (found.st_size, found.st_mtime_ns, found.st_ino)
        # What changed since the last poll may still be in the middle of being written.
        settled, self._state = state == self._state, state
        if not settled or state == self._read:
            return None
        data = self._path.read_bytes()
        self._read = state
        return data
