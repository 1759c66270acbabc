"""Sort the records of a replay by event time, on disk: the source may be larger than memory."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct


class SpooledRecord(Struct, frozen=True):
    """One record to replay; `time` in milliseconds from the epoch.

    partition_hash: of two records, the same where they must go to one partition.
    """

    time: int
    key: bytes | None
    value: bytes
    partition_hash: int
    headers: list[tuple[str, bytes | None]] = []


class Spool:
    """Takes records in any order and gives them by time; records of one time keep their order."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="petrel-replay-")
        self._database = sqlite3.connect(Path(self._folder.name, "spool"), isolation_level=None)
        # Nothing needs it after a crash: no journal, and no waiting for the disk.
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE spool (time INTEGER, record BLOB)")
        self._database.execute("BEGIN")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, record: SpooledRecord) -> None:
        """Keep `record`."""
        self._database.execute(
            "INSERT INTO spool VALUES (?, ?)", (record.time, msgspec.msgpack.encode(record))
        )

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM spool").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[SpooledRecord]:
        rows = self._database.execute("SELECT record FROM spool ORDER BY time, rowid")
        return (msgspec.msgpack.decode(record, type=SpooledRecord) for (record,) in rows)
