"""Which partition of the scored Kafka topic takes a source partition."""

from zlib import crc32


def scored_partition(source: str, partitions: int) -> int:
    """The one of so many `partitions` that a source partition (`topic/number`) begins in.

    It stays there: counting needs all of a source in order, and would take a document for one that
    is counted already were the source spread out. Partitions of one Kafka topic go round, so that
    they spread evenly.
    """
    topic, _, number = source.rpartition("/")
    return (crc32(topic.encode()) + int(number)) % partitions
