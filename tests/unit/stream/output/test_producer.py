import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Self, cast

import pytest
from aiokafka.errors import MessageSizeTooLargeError, NotLeaderForPartitionError
from aiokafka.errors import OutOfOrderSequenceNumber as OutOfOrder
from msgspec.structs import replace

from stream.output import producer
from stream.output.producer import OutputProducer
from stream.records import Outgoing, RawRecord, dead_letter
from stream.settings import Settings, load
from tests.records import NOON

SCORED, DEAD = "scored", "news.raw.v1.dlq"


class Broker:
    """Takes records of at most `limits` bytes, and tells them; keeps the value of each."""

    def __init__(self, **limits: int) -> None:
        self.limits = limits
        self.taken: list[tuple[str, bytes | None]] = []
        self.clients: list[Client] = []
        self.tells = True

    def values(self, topic: str) -> list[bytes | None]:
        return [value for name, value in self.taken if name == topic]


class Client:
    """Numbers its records: behind one that was refused it can append no more to a topic.

    Unless that was its first there: Kafka lets it begin with any number.
    """

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.begun: set[str] = set()
        self.stuck: set[str] = set()
        self.stopped = False
        broker.clients.append(self)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        self.stopped = True

    async def partitions_for(self, _: str) -> set[int]:
        return {0, 1}

    async def send(self, topic: str, value: bytes | None, **rest: Any) -> "asyncio.Future[None]":
        sent = asyncio.get_running_loop().create_future()
        size = Outgoing(topic, rest["key"], value, headers=rest["headers"]).size
        if topic == "away":
            sent.set_exception(NotLeaderForPartitionError())
        elif topic in self.stuck:
            sent.set_exception(OutOfOrder())
        elif size > self.broker.limits.get(topic, 10**9):
            if topic in self.begun:
                self.stuck.add(topic)
            sent.set_exception(MessageSizeTooLargeError())
        else:
            self.begun.add(topic)
            self.broker.taken.append((topic, value))
            sent.set_result(None)
        return sent


class Admin:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def record_limits(self, _: Sequence[str]) -> dict[str, int]:
        return dict(self._broker.limits) if self._broker.tells else {}


class Simulated(OutputProducer):
    def __init__(self, broker: Broker, settings: Settings, limits: dict[str, int]) -> None:
        self.broker = broker
        super().__init__(settings, limits)

    def _new_client(self) -> Any:
        return Client(self.broker)


Send = Callable[..., None]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(producer, "Admin", lambda _: Admin(broker))
    return broker


def send(broker: Broker, *records: Outgoing, **known: int) -> None:
    async def run() -> None:
        async with Simulated(broker, load(), known) as sender:
            await sender.send_all(records)

    asyncio.run(run())
    assert all(client.stopped for client in broker.clients)


def record(size: int, name: bytes = b"x") -> Outgoing:
    """A scored record that can be cut to 5 kB at least."""
    return Outgoing(
        SCORED,
        name,
        name * size,
        cut=lambda limit: Outgoing(SCORED, name, name * max(5_000, limit - 200)),
        instead=lambda error: letter(str(error)),
    )


def letter(why: str) -> Outgoing:
    origin = RawRecord(
        topic="news.raw.v1",
        partition=2,
        offset=9,
        timestamp=0,
        key=b"k",
        value=b"v" * 50_000,
        headers=[],
    )
    return dead_letter(origin, "produce", ValueError(why), NOON)


def test_a_record_above_the_limit_is_cut_before_it_is_sent(broker: Broker) -> None:
    broker.limits = {SCORED: 30_000}

    send(broker, record(100_000), record(10, b"y"), **broker.limits)

    assert broker.values(SCORED) == [b"x" * 29_800, b"y" * 10]
    assert len(broker.clients) == 1


def test_a_limit_that_was_lowered_is_asked_for_again(broker: Broker) -> None:
    broker.limits = {SCORED: 30_000}

    send(broker, record(100_000), **{SCORED: 1_000_000})

    assert broker.values(SCORED) == [b"x" * 29_800]


def test_a_limit_that_was_raised_is_asked_for_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "_ASK_SECONDS", 0.0)
    broker.limits = {SCORED: 60_000}

    send(broker, record(50_000), **{SCORED: 3_000})

    assert broker.taken == [(SCORED, b"x" * 50_000)]


def test_what_was_cut_to_a_limit_is_cut_again_when_that_was_lowered(broker: Broker) -> None:
    broker.limits = {SCORED: 30_000, DEAD: 30_000}

    send(broker, record(100_000), letter("broken"), **{SCORED: 60_000, DEAD: 40_000})

    assert broker.values(SCORED) == [b"x" * 29_800]
    (value,) = broker.values(DEAD)
    assert value
    assert 28_000 < len(value) < 30_000


def test_what_was_sent_behind_a_refused_record_comes_after_it(broker: Broker) -> None:
    broker.limits = {SCORED: 30_000}

    send(broker, record(10, b"a"), record(100_000), record(10, b"b"), record(10, b"c"))

    assert broker.values(SCORED) == [b"a" * 10, b"x" * 29_800, b"b" * 10, b"c" * 10]


def test_what_a_client_sends_behind_its_first_record_comes_after_it(broker: Broker) -> None:
    broker.limits = {SCORED: 30_000}
    records = [record(size, name) for size, name in ((100_000, b"a"), (10, b"b"), (10, b"c"))]

    send(broker, *(replace(one, partition=0) for one in records))

    assert broker.values(SCORED) == [b"a" * 29_800, b"b" * 10, b"c" * 10]


def test_without_a_limit_that_is_known_the_smallest_form_is_tried(broker: Broker) -> None:
    broker.limits, broker.tells = {SCORED: 30_000}, False

    send(broker, record(100_000))

    assert broker.values(SCORED) == [b"x" * 19_800]


def test_a_dead_letter_stands_in_for_what_is_refused_in_every_form(broker: Broker) -> None:
    broker.limits = {SCORED: 3_000}

    send(broker, record(100_000), record(10, b"y"))

    assert broker.values(SCORED) == [b"y" * 10]
    assert broker.values(DEAD) == [b"v" * 50_000]


def test_a_dead_letter_that_is_refused_is_cut(broker: Broker) -> None:
    broker.limits = {SCORED: 3_000, DEAD: 30_000}

    send(broker, record(100_000))

    (value,) = broker.values(DEAD)
    assert value
    assert 28_000 < len(value) < 30_000


@pytest.mark.parametrize("known", [{}, {SCORED: 3_000, DEAD: 100}])
def test_what_no_topic_takes_is_told_and_the_rest_is_sent(
    broker: Broker, known: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    broker.limits = {SCORED: 3_000, DEAD: 100}

    send(broker, record(100_000), record(10, b"y"), **known)

    assert broker.taken == [(SCORED, b"y" * 10)]
    error = caplog.records[-1]
    fields = cast(Any, error).fields
    assert (error.levelname, fields["origin"], fields["lost"]) == ("ERROR", "news.raw.v1/2/9", 1)


def test_a_window_that_is_refused_ends_nobody(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.limits = {"windows": 100}

    send(broker, Outgoing("windows", b"entity:acme|5m|0", b"w" * 200))

    assert "b'entity:acme|5m|0'" in str(cast(Any, caplog.records[-1]).fields)


def test_what_is_sent_at_once_fits_in_one_request(broker: Broker) -> None:
    under_way = [0]

    class Slow(Client):
        async def send(self, topic: str, value: bytes | None, **_: Any) -> "asyncio.Future[None]":
            loop, size = asyncio.get_running_loop(), len(value or b"")
            under_way.append(under_way[-1] + size)
            sent = loop.create_future()
            sent.add_done_callback(lambda _: under_way.append(under_way[-1] - size))
            loop.call_soon(sent.set_result, None)
            return sent

    class Slowly(Simulated):
        def _new_client(self) -> Any:
            return Slow(self.broker)

    async def run() -> None:
        async with Slowly(broker, load(), {}) as sender:
            await sender.send_all([Outgoing(SCORED, b"k", b"v" * 12_000_000)] * 9)

    asyncio.run(run())

    assert max(under_way) == 36_000_000


def test_any_other_refusal_is_raised(broker: Broker) -> None:
    with pytest.raises(NotLeaderForPartitionError):
        send(broker, Outgoing("away", b"k", b"v"))


def test_a_client_that_stays_stuck_is_a_failure(broker: Broker) -> None:
    class Stuck(Simulated):
        def _new_client(self) -> Any:
            client = Client(self.broker)
            client.stuck.add(SCORED)
            return client

    async def run() -> None:
        async with Stuck(broker, load(), {}) as sender:
            await sender.send_all([record(10)])

    with pytest.raises(OutOfOrder):
        asyncio.run(run())


def test_two_that_are_held_up_share_the_new_client(broker: Broker) -> None:
    broker.limits = {SCORED: 30_000}

    async def run() -> None:
        async with Simulated(broker, load(), {}) as sender:
            sending = (
                sender.send_all([record(100_000, b"a")]),
                sender.send_all([record(10, b"b")]),
            )
            await asyncio.gather(*sending)

    asyncio.run(run())

    assert sorted(broker.values(SCORED), key=str) == [b"a" * 29_800, b"b" * 10]
    # One for what was refused together, one for what was refused alone once more.
    assert len(broker.clients) == 3


class Waiting(Client):
    """Makes a topic known once another client is there: one that was stopped never does."""

    @property
    def client(self) -> "Waiting":
        return self

    async def force_metadata_update(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(self.broker.clients) > 1
        assert not self.stopped

    async def send(self, topic: str, value: bytes | None, **rest: Any) -> "asyncio.Future[None]":
        if topic == "windows":
            await self.force_metadata_update()
        return await super().send(topic, value, **rest)


@pytest.mark.parametrize(
    "use",
    [
        lambda sender: sender.partitions("windows"),
        lambda sender: sender.send_all([Outgoing("windows", b"k", b"v")]),
    ],
)
def test_a_client_that_is_in_use_is_not_stopped(broker: Broker, use: Callable[..., Any]) -> None:
    broker.limits = {SCORED: 30_000}

    class Waits(Simulated):
        def _new_client(self) -> Any:
            return Waiting(self.broker)

    async def run() -> None:
        async with Waits(broker, load(), {}) as sender:
            await asyncio.gather(sender.send_all([record(100_000)]), use(sender))

    asyncio.run(run())

    assert broker.values(SCORED) == [b"x" * 29_800]
    assert all(client.stopped for client in broker.clients)


async def test_dead_letters_that_kafka_took_are_counted_once(broker: Broker) -> None:
    broker.limits = {DEAD: 30_000}
    async with Simulated(broker, load(), {}) as sender:
        await sender.send_all([record(10), letter("small"), letter("other")])
        # What Kafka answered is counted by the loop.
        await asyncio.sleep(0)

        assert sender.dead_letters == len(broker.values(DEAD)) == 2
