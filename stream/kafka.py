"""Apache Kafka at the edge: how to connect, which Kafka topics must be there, how to produce."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    NoError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.structs import TopicPartition
from msgspec import Struct

from schemas.deadletter import dead_letter_topic
from schemas.errors import PetrelError
from schemas.suggestion import did_you_mean
from stream.kafka_batches import read_undecodable_batches
from stream.output.limits import check_limits, output_topics
from stream.records import MAX_RECORD_BYTES, Outgoing
from stream.settings import Settings

log = logging.getLogger(__name__)

read_undecodable_batches()

_METADATA_SECONDS = 30
# What is no broker, or speaks another protocol, never answers.
_CONNECT_SECONDS = 10.0

# Workers that end while Kafka is away are started again: if those failed at once, whoever starts
# them would soon take them for broken.
_AWAY_SECONDS = 60.0
_RETRY_SECONDS = 2.0


# Records handed to the client before others have their turn on the event loop: some milliseconds.
_SENDS_A_TURN = 100
# Bytes handed to the client before Kafka has some of them: records of all partitions go in one
# request, and a broker hangs up on one of more than a hundred megabytes.
_MAX_BYTES_SENT = 2 * MAX_RECORD_BYTES
# A partition that one node has made known is known to all within seconds.
_LEARN_ATTEMPTS = 50
_LEARN_SECONDS = 0.2


class KafkaUnavailable(PetrelError):
    """Kafka does not answer; the message names the brokers and what was tried."""


class TopicNotCreated(PetrelError):
    """Kafka refuses to create a Kafka topic; the message says which, how and why."""


class NothingThere(PetrelError):
    """There is nothing to read yet; the message says where."""


class GroupMember(Struct, frozen=True):
    """A member of a consumer group: the host that it connects from, and what it reads.

    `host` is empty and `partitions` is None where the broker does not tell, as the embedded one.
    """

    id: str
    host: str
    partitions: list[TopicPartition] | None


class Producer:
    """Records of one partition are appended in order and, where the broker can, once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = self._new_client()
        # One for each that uses the client.
        self._users = set[asyncio.Future[None]]()

    async def __aenter__(self) -> Self:
        await _start(self._client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.stop()

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        """Produce `records` in order; returns when Kafka has acknowledged every one.

        Raises:
            KafkaError: one was refused, or not acknowledged in time.
        """
        await self._deliver(list(records))

    async def partitions(self, topic: str) -> int:
        """How many partitions a Kafka topic has by now; as far as known while Kafka is away."""
        with self._use() as client:
            await client.client.force_metadata_update()
            return len(await client.partitions_for(topic))

    async def _replace_client(self) -> None:
        """Let another client send from now on; what the one before was given is sent first."""
        before, after = self._client, self._new_client()
        await _start(after)
        self._client = after
        users, self._users = self._users, set()
        try:
            # Whoever waits for metadata of a client would wait for ever once it is stopped.
            if users:
                await asyncio.wait(users)
        finally:
            await before.stop()

    @contextmanager
    def _use(self) -> Iterator[AIOKafkaProducer]:
        """The client that sends now; it is not stopped before the block ends."""
        users, using = self._users, asyncio.get_running_loop().create_future()
        users.add(using)
        try:
            yield self._client
        finally:
            users.remove(using)
            using.set_result(None)

    def _new_client(self) -> AIOKafkaProducer:
        compression = self._settings.kafka_compression
        return AIOKafkaProducer(
            **client_options(self._settings),
            acks="all",
            enable_idempotence=self._settings.kafka_idempotence,
            max_request_size=MAX_RECORD_BYTES,
            compression_type=None if compression == "none" else compression,
        )

    async def _deliver(self, records: Sequence[Outgoing]) -> None:
        await asyncio.gather(*await self._hand_over(records))

    async def _hand_over(self, records: Sequence[Outgoing]) -> "list[asyncio.Future[Any]]":
        """Give `records` to the client; each is done when Kafka has acknowledged it."""
        sent, size = list[asyncio.Future[Any]](), 0
        with self._use() as client:
            for record in records:
                sent.append(await self._send(client, record))
                size += record.size
                if size > _MAX_BYTES_SENT:
                    await asyncio.wait(sent)
                    size = 0
                if len(sent) % _SENDS_A_TURN == 0:
                    await asyncio.sleep(0)
        return sent

    async def _send(self, client: AIOKafkaProducer, record: Outgoing) -> "asyncio.Future[Any]":
        if record.partition is not None:
            await self._learn(client, record.topic, record.partition)
        sent: asyncio.Future[Any] = await client.send(
            record.topic,
            record.value,
            key=record.key,
            partition=record.partition,
            headers=record.headers,
            timestamp_ms=record.timestamp,
        )
        return sent

    async def _learn(self, client: AIOKafkaProducer, topic: str, partition: int) -> None:
        """Wait until the client knows `partition`: it may have been added a moment ago."""
        for _ in range(_LEARN_ATTEMPTS):
            if partition in await client.partitions_for(topic):
                return
            await client.client.force_metadata_update()
            await asyncio.sleep(_LEARN_SECONDS)
        raise UnknownTopicOrPartitionError(f"Kafka has no partition {partition} of {topic}")


async def _start(client: AIOKafkaProducer) -> None:
    try:
        await client.start()
    except BaseException:
        await client.stop()
        raise


def client_options(settings: Settings) -> dict[str, Any]:
    """What every aiokafka client needs to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": ssl_context(settings),
    }
    if settings.kafka_password is not None:
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def credentials(settings: Settings) -> Any:
    """The same for Faust, or None when nothing is needed."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return None
    if settings.kafka_password is None:
        return faust.SSLCredentials(ssl_context(settings))
    return faust.SASLCredentials(
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        mechanism=settings.kafka_sasl_mechanism,
        ssl_context=ssl_context(settings),
    )


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context the settings ask for, or None when they ask for none."""
    if not settings.kafka_security_protocol.endswith("SSL"):
        return None
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_cert_file is not None:
        context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file)
    return context


async def ensure_topics(settings: Settings) -> dict[str, int]:
    """Create the Kafka topics that are missing; gives the partitions of each.

    Of one whose records may have to be cut the log warns.

    Raises:
        KafkaUnavailable: no broker answers.
        TopicLimitError: a Kafka topic takes too small records.
        TopicNotCreated: a Kafka topic cannot be created.
    """
    topics = settings.topics
    # A replay's records are as old as what it replays: by age they would be gone within minutes.
    kept = {"retention.ms": "-1"} if settings.namespace else {}
    wanted = dict.fromkeys(settings.input_topics, kept | input_config(settings))
    wanted |= dict.fromkeys((topics.scored, topics.alerts), kept)
    wanted[topics.windows] = kept | {"cleanup.policy": "compact,delete"}
    for name in (*settings.input_topics, topics.scored):
        wanted[dead_letter_topic(name)] = kept | {"max.message.bytes": str(MAX_RECORD_BYTES)}
    async with Admin(settings) as admin:
        partitions = await admin.ensure(wanted)
        names = [*settings.input_topics, *output_topics(settings)]
        check_limits(settings, await admin.record_limits(names))
        return partitions


def input_config(settings: Settings) -> dict[str, str]:
    """How a Kafka topic of documents is configured that we create.

    The time that counts is when a document arrived; a replay gives it, else the broker says.
    """
    stamp = "CreateTime" if settings.is_replay else "LogAppendTime"
    return {"message.timestamp.type": stamp}


async def await_topics(settings: Settings) -> dict[str, int]:
    """As `ensure_topics`, for a worker: a Kafka that does not answer is waited for."""
    deadline = time.monotonic() + _AWAY_SECONDS
    while True:
        try:
            return await ensure_topics(settings)
        except KafkaUnavailable as error:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            log.warning("%s; retrying for another %.0f s", error, left)
        await asyncio.sleep(_RETRY_SECONDS)


class Admin:
    """Looks at Kafka topics, creates and deletes them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = AIOKafkaAdminClient(**client_options(settings))

    async def __aenter__(self) -> "Admin":
        settings = self._settings
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self._client.start()
        except (KafkaError, TimeoutError) as error:
            await self._client.close()
            raise KafkaUnavailable(
                f"no Kafka broker answers at {settings.kafka_bootstrap} (PETREL_KAFKA_BOOTSTRAP),"
                f" asked by {settings.kafka_security_protocol} (PETREL_KAFKA_SECURITY_PROTOCOL)"
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def names(self) -> set[str]:
        """The Kafka topics that there are."""
        return set(await self._client.list_topics())

    async def require(self, topic: str) -> None:
        """Pass if there is a Kafka topic; raises `NothingThere` if not, with the nearest name."""
        names = await self.names()
        if topic not in names:
            # What nobody typed has not come yet.
            ours = topic in output_topics(self._settings)
            near = " yet" if ours else did_you_mean(topic, names)
            raise NothingThere(f"there is no Kafka topic {topic}{near}")

    async def ensure(self, wanted: dict[str, dict[str, str]]) -> dict[str, int]:
        """Create those of `wanted` (name -> configuration) that are missing; partitions of all."""
        existing = await self.names()
        missing = [
            NewTopic(
                name, self._settings.partitions, self._settings.replication, topic_configs=configs
            )
            for name, configs in wanted.items()
            if name not in existing
        ]
        if missing:
            await self._create(missing)
        return await self.partitions(list(wanted))

    async def partitions(self, names: Sequence[str]) -> dict[str, int]:
        """How many partitions each Kafka topic has; waits until all brokers know them."""
        async with _in_time():
            while True:
                found = await self._client.describe_topics(list(names))
                counts = {topic["topic"]: len(topic["partitions"]) for topic in found}
                if all(counts.get(name) for name in names):
                    return counts
                await asyncio.sleep(0.1)

    async def record_limits(self, names: Sequence[str]) -> dict[str, int]:
        """How many bytes a record may have in each Kafka topic of which Kafka tells.

        It does not to who may not know, nor does every broker.
        """
        try:
            answers = await self._client.describe_configs(
                [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
            )
        except KafkaError as error:
            log.warning("Kafka does not tell how large records may be: %r", error)
            return {}
        return {
            topic: int(value)
            for answer in answers
            for _, _, _, topic, entries in answer.resources
            for name, value, *_ in entries
            if name == "max.message.bytes"
        }

    async def committed(
        self, group: str, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The offsets that a consumer group has committed; none for a partition without one."""
        # aiokafka answers for every partition there is when it is asked for no partition.
        if not partitions:
            return {}
        found = await self._client.list_consumer_group_offsets(group, partitions=list(partitions))
        return {partition: meta.offset for partition, meta in found.items() if meta.offset >= 0}

    async def members(self, group: str) -> list[GroupMember]:
        """The members of a consumer group; of one that there is not, none.

        Raises:
            KafkaError: Kafka does not tell.
        """
        # One group a call: the embedded broker garbles what it says of several.
        (answer,) = await self._client.describe_consumer_groups([group])
        ((code, _, _, _, _, members, *_),) = answer.groups
        if code != NoError.errno:
            raise for_code(code)(f"Kafka does not describe the consumer group {group}")
        return [
            GroupMember(name, host.removeprefix("/"), _assigned(assignment))
            for name, _, host, _, assignment, *_ in members
        ]

    async def delete(self, names: Sequence[str]) -> None:
        """Delete Kafka topics."""
        await self._client.delete_topics(list(names))

    async def _create(self, missing: list[NewTopic]) -> None:
        # aiokafka raises for the request but not for a Kafka topic in it.
        answer = await self._client.create_topics(missing)
        for name, code, *reason in answer.topic_errors:
            # Another worker may create the same ones at the same moment.
            if code not in (NoError.errno, TopicAlreadyExistsError.errno):
                why = next(filter(None, reason), None) or for_code(code).__name__
                raise TopicNotCreated(
                    f"Kafka does not create {name} with {self._settings.partitions} partitions"
                    f" (PETREL_PARTITIONS) and {self._settings.replication} replicas"
                    f" (PETREL_REPLICATION): {why}"
                )
        # A misspelt name is seen here; those of a replay are gone at its end.
        if not self._settings.is_replay:
            log.info("Kafka topics created: %s", ", ".join(topic.name for topic in missing))


def _assigned(assignment: bytes) -> list[TopicPartition] | None:
    if not assignment:
        return None
    return list(ConsumerProtocolMemberAssignment.decode(assignment).partitions())


def consumer(settings: Settings, *topics: str, **options: Any) -> AIOKafkaConsumer:
    """A plain consumer, for what is no worker: from the first record, without a group."""
    return AIOKafkaConsumer(
        *topics,
        **client_options(settings),
        # What a transaction aborted never was.
        isolation_level="read_committed",
        **{"auto_offset_reset": "earliest", "enable_auto_commit": False, **options},
    )


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Give up what Kafka does not tell; a plain `TimeoutError` would not say that it is Kafka."""
    try:
        async with asyncio.timeout(_METADATA_SECONDS):
            yield
    except TimeoutError as error:
        raise KafkaTimeoutError(f"no answer in {_METADATA_SECONDS} s") from error


async def end_offsets(reader: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """The end offset of each partition that `reader` reads; an open transaction lies behind it.

    They come with what is fetched: asked for alone, the embedded broker counts the last batch of
    a partition as one record.
    """
    async with _in_time():
        while True:
            ends = {partition: fetched_end(reader, partition) for partition in reader.assignment()}
            if None not in ends.values():
                return {partition: end for partition, end in ends.items() if end is not None}
            await asyncio.sleep(0.01)


def fetched_end(reader: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """The end offset of an assigned partition as it was last fetched; None before that."""
    # A broker without transactions has no stable offset.
    ends: tuple[int | None, ...] = (
        reader.last_stable_offset(partition),
        reader.highwater(partition),
    )
    return next((end for end in ends if end not in (None, -1)), None)


async def is_before(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Whether `reader` has not read all partitions up to `ends` yet."""
    return any([await reader.position(partition) < end for partition, end in ends.items()])


async def polled(reader: AIOKafkaConsumer) -> list[ConsumerRecord]:
    """What comes next, or nothing within half a second."""
    found = await reader.getmany(timeout_ms=500)
    return [message for messages in found.values() for message in messages]


async def read_to_end(settings: Settings, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Every record of `topic` from its beginning to what is its end now.

    Raises:
        KafkaUnavailable: no broker answers.
        NothingThere: there is no such Kafka topic.
    """
    # A consumer waits for a topic that is missing, and says neither which it is nor which broker.
    async with Admin(settings) as admin:
        await admin.require(topic)
    async with consumer(settings, topic) as reader:
        ends = await end_offsets(reader)
        while await is_before(reader, ends):
            for partition, messages in (await reader.getmany(timeout_ms=500)).items():
                for message in messages:
                    if message.offset < ends[partition]:
                        yield message
