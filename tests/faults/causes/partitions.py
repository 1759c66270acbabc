"""More partitions for Kafka topics that are in use."""

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from stream.settings import Settings


async def raise_partitions(settings: Settings, topics: Iterable[str], count: int) -> None:
    """Give each of `topics`, by the names that Kafka knows, `count` partitions."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.start()
    try:
        await client.create_partitions({topic: NewPartitions(count) for topic in topics})
    finally:
        await client.close()
