"""Faust's way to Kafka: reads what is committed, tells how far, and hands over in order.

Faust reads what is not committed, and what was aborted, unless it also writes in transactions.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from msgspec import Struct

from stream.kafka import fetched_end

# What comes within so many milliseconds, or so many bytes, is fetched at once. A fetch for each
# record cost this process as much as all else that is done for it but the model.
_FETCH_WAIT_MS = 50
_FETCH_MIN_BYTES = 65_536


class ReadProgress(Struct, frozen=True):
    """How far partitions are read. One that has no position yet is left out.

    fetched: the offset after the last record handed out, if there was one since the start.
    positions: the offset that is read next, which may lie after others that hold no record: the
    ends of transactions, and what was aborted, compacted or deleted.
    """

    fetched: Mapping[TP, int]
    positions: Mapping[TP, int]


class _Thread(driver.AIOKafkaConsumerThread):
    mundane_level = "debug"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._fetched: dict[TP, int] = {}

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # No setting gives them; they are read when the consumer starts.
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MS
        consumer._fetch_min_bytes = _FETCH_MIN_BYTES
        return consumer

    async def _fetch_records(self, *args: Any, **options: Any) -> Any:
        # In the same thread, and before anyone can read the new position.
        records = await super()._fetch_records(*args, **options)
        self._fetched |= {TP(*tp): found[-1].offset + 1 for tp, found in records.items()}
        return records

    async def _highwaters(self, partitions: list[TP]) -> Mapping[TP, int]:
        # Asked for alone, the embedded broker counts the last batch of a partition as one record;
        # what was last fetched tells of the whole of it, but grows old while nothing is fetched.
        ends = dict(await super()._highwaters(partitions))
        consumer = self._ensure_consumer()
        for tp in consumer.assignment() & ends.keys():
            ends[TP(*tp)] = max(ends[tp], fetched_end(consumer, tp) or 0)
        return ends

    async def seek_to_committed(self) -> Any:
        return await self.call_thread(self._seek_to_committed)

    async def _seek_to_committed(self) -> Any:
        consumer = self._ensure_consumer()
        committed = await consumer.seek_to_committed()
        # Faust drops what it fetches while partitions move, and leaves those without a committed
        # offset where that had brought them.
        if fresh := [tp for tp, offset in committed.items() if not offset]:
            await consumer.seek_to_beginning(*fresh)
        return committed

    async def read_progress(self, partitions: Iterable[TP]) -> ReadProgress:
        return cast(ReadProgress, await self.call_thread(self._read_progress, list(partitions)))

    async def _read_progress(self, partitions: list[TP]) -> ReadProgress:
        subscription = self._ensure_consumer()._subscription.subscription
        assignment = subscription.assignment if subscription else None
        positions = {}
        for tp in partitions:
            # Not `position`, which waits for one, and with it all that this thread does.
            state = assignment.state_value(tp) if assignment and tp in assignment.tps else None
            if state and state.has_valid_position:
                positions[tp] = state.position
        fetched = {tp: self._fetched[tp] for tp in positions if tp in self._fetched}
        return ReadProgress(fetched, positions)


class _Consumer(driver.Consumer):
    mundane_level = "debug"

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        if not self.app.should_stop:
            await cast(Any, self.app).hand_over()
        await super().on_partitions_revoked(revoked)


class CommittedTransport(driver.Transport):
    """Kafka for Faust, read committed."""

    Consumer = _Consumer


async def read_progress(consumer: Any, partitions: Iterable[TP]) -> ReadProgress:
    """How far the consumer of a `CommittedTransport` has read `partitions`."""
    return cast(ReadProgress, await consumer._thread.read_progress(partitions))
