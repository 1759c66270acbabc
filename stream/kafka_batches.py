"""Record batches that aiokafka cannot decode: they neither stop a reader nor get lost.

What aiokafka raises while it reads a batch comes to whoever polls, and the same batch is fetched
again after that: a worker would end, and each one that takes its partition. Here the rest of such a
batch comes as one record that says so, and a header whose name is not UTF-8 is read all the same.
"""

from collections.abc import Iterable, Iterator
from struct import unpack_from
from typing import Any, NamedTuple, cast

from aiokafka import ConsumerRecord
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from stream.records import UNREADABLE_HEADER

# Where the fields of a batch are: https://kafka.apache.org/documentation/#recordbatch
_LENGTH_AT = 8
_OVERHEAD = 12
_MAGIC_AT = 16
_LAST_OFFSET_DELTA_AT = 23
_MAGIC = 2


class _Batch(NamedTuple):
    """The bytes of a batch, its first offset, and the one after its last record."""

    data: memoryview
    offset: int
    next_offset: int


class _Fetched:
    """What was fetched of a partition: aiokafka's batches, and the bytes they are read from."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._batches = _batches(memoryview(data))
        self._records = MemoryRecords(bytes(data))
        self.size_in_bytes = self._records.size_in_bytes
        self.has_next = self._records.has_next
        self.batch: _Batch | None = None

    def next_batch(self) -> Any:
        """The next batch of aiokafka, whose bytes are in `batch` from then on."""
        self.batch = next(self._batches)
        return self._records.next_batch()


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of a partition, whatever its batches are like."""

    _records: _Fetched
    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Any]:
        while True:
            try:
                yield from super()._unpack_records()
            except Exception as error:
                if self._records.batch is None:
                    raise
                yield from self._read(self._records.batch, error)
            else:
                return

    def _read(self, batch: _Batch, error: Exception) -> Iterator[Any]:
        """What is left of a `batch` in which aiokafka raised `error`."""
        if isinstance(error, UnicodeDecodeError):
            try:
                yield from self._decoded(_lenient(batch))
            except Exception as reason:  # noqa: BLE001
                yield self._unreadable(batch, reason)
        else:
            yield self._unreadable(batch, error)
        self.next_fetch_offset = batch.next_offset

    def _decoded(self, records: Iterable[Any]) -> Iterator[Any]:
        for record in records:
            if record.offset >= self.next_fetch_offset:
                self.next_fetch_offset = record.offset + 1
                yield self._consumer_record(self._tp, record)

    def _unreadable(self, batch: _Batch, reason: Exception) -> Any:
        last = batch.next_offset - 1
        first = min(max(batch.offset, self.next_fetch_offset), last)
        message = f"Kafka's records at offsets {first} to {last} cannot be decoded: {reason!r}"
        return ConsumerRecord(
            topic=self._tp.topic,
            partition=self._tp.partition,
            offset=first,
            # None: it is in what cannot be decoded.
            timestamp=-1,
            timestamp_type=0,
            key=None,
            value=bytes(batch.data),
            checksum=None,
            serialized_key_size=-1,
            serialized_value_size=len(batch.data),
            headers=((UNREADABLE_HEADER, message.encode()),),
        )


class _LenientText(bytes):
    r"""Text that shows what of it is not UTF-8 as `\xff`."""

    def decode(self, encoding: str = "utf-8", errors: str = "") -> str:
        return super().decode(encoding, "backslashreplace")


class _LenientBuffer(bytearray):
    """A buffer in which aiokafka finds names of headers in any encoding."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _LenientText(found) if isinstance(at, slice) else found


def read_undecodable_batches() -> None:
    """Let every consumer of this process read on behind batches that aiokafka cannot decode."""
    module = cast(Any, fetcher)
    module.MemoryRecords, module.PartitionRecords = _Fetched, _PartitionRecords


def _batches(data: memoryview) -> Iterator[_Batch]:
    at = 0
    while at + _OVERHEAD + 1 <= len(data):
        base, length = unpack_from(">qi", data, at)
        batch = data[at : at + _OVERHEAD + length]
        magic = batch[_MAGIC_AT]
        (delta,) = unpack_from(">i", batch, _LAST_OFFSET_DELTA_AT) if magic >= _MAGIC else (0,)
        yield _Batch(batch, base, base + delta + 1)
        at += len(batch)


def _lenient(batch: _Batch) -> Iterator[Any]:
    # In Python: the compiled reader of aiokafka decodes names in C.
    records: Any = iter(_DefaultRecordBatchPy(bytes(batch.data)))
    records._buffer = _LenientBuffer(records._buffer)
    return cast("Iterator[Any]", records)
