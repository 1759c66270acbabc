"""Send the records of a replay to its input topic, with heartbeats from the replay's own clock."""

from collections.abc import Awaitable, Callable, Iterable

from stream import heartbeat
from stream.clients.replay.pacing import paced
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.kafka import Producer
from stream.records import Outgoing
from stream.settings import Settings
from stream.windows.window_closing import end_of_all


class Sender:
    """Sends to the input topic of `settings`, which has so many `partitions`."""

    def __init__(self, settings: Settings, partitions: int, speed: float | None) -> None:
        self._settings = settings
        self._topic = settings.input_topics[0]
        self._partitions = partitions
        self._speed = speed

    async def send_all(self, spool: Spool, report: Callable[[int], Awaitable[None]]) -> int:
        """Send every record at its time, then a heartbeat that says that there are no more.

        `report` is called after each batch with the number sent so far. Gives the watermark of the
        last heartbeat.
        """
        sent = end = 0
        async with Producer(self._settings) as producer:
            async for batch in paced(spool, self._speed):
                await producer.send_all(map(self._outgoing, batch))
                sent += len(batch)
                end = batch[-1].time
                if self._speed is not None:
                    await producer.send_all(self._heartbeats(end))
                await report(sent)
            end = end_of_all(end, self._settings.hops)
            await producer.send_all(self._heartbeats(end))
        return end

    def _outgoing(self, record: SpooledRecord) -> Outgoing:
        return Outgoing(
            topic=self._topic,
            key=record.key,
            value=record.value,
            partition=record.partition_hash % self._partitions,
            headers=record.headers,
            timestamp=record.time,
        )

    def _heartbeats(self, watermark: int) -> Iterable[Outgoing]:
        for partition in range(self._partitions):
            yield Outgoing(self._topic, b"heartbeat", None, partition, heartbeat.headers(watermark))
