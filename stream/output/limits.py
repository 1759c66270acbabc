"""How large a record Kafka takes: `max.message.bytes` of the topics that workers write to."""

import logging
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from schemas.deadletter import dead_letter_topic
from schemas.errors import PetrelError
from stream.records import LETTER_BYTES, MIN_RECORD_BYTES
from stream.settings import Settings

log = logging.getLogger(__name__)

# Kafka's own: a scored record that is larger holds escape sequences, or hundreds of entities.
_DEFAULT_BYTES = 1_048_588
# Three documents of evidence, their addresses as long as any, and the window.
_ALERT_BYTES = 110_000


class TopicLimitError(PetrelError):
    """A Kafka topic takes too small records; the message names it, its limit and the least."""


class _Need(NamedTuple):
    """The largest record that a topic is to take, and what is cut of one when it takes less."""

    topic: str
    size: int
    cut: str


def output_topics(settings: Settings) -> list[str]:
    """The Kafka topics that workers write to."""
    topics = settings.topics
    letters = map(dead_letter_topic, (*settings.input_topics, topics.scored))
    return [topics.scored, topics.windows, topics.alerts, *letters]


def check_limits(settings: Settings, limits: Mapping[str, int]) -> None:
    """Warn of each Kafka topic of which records may have to be cut to fit.

    `limits` are those of input and output topics, as far as Kafka tells.

    Raises:
        TopicLimitError: the limit of an output topic is too small for any record of ours.
    """
    for name in output_topics(settings):
        if (limit := limits.get(name)) is not None and limit < MIN_RECORD_BYTES:
            raise TopicLimitError(
                f"max.message.bytes of the Kafka topic {name} must be at least"
                f" {MIN_RECORD_BYTES:,}; it is {limit:,}"
            )
    for topic, size, cut in _needs(settings, limits):
        if (limit := limits.get(topic)) is not None and limit < size:
            log.warning(
                "the Kafka topic %s takes records of %s bytes (max.message.bytes): of larger ones,"
                " which can have %s, %s",
                *(topic, f"{limit:,}", f"{size:,}", cut),
            )


def _needs(settings: Settings, limits: Mapping[str, int]) -> Iterator[_Need]:
    scored = settings.topics.scored
    yield _Need(
        scored,
        _DEFAULT_BYTES,
        "the model's entities are left out, then the places of all, then the end of the text",
    )
    yield _Need(settings.topics.alerts, _ALERT_BYTES, "the last evidence is left out")
    for name in (*settings.input_topics, scored):
        largest = limits.get(name, _DEFAULT_BYTES) + LETTER_BYTES
        yield _Need(dead_letter_topic(name), largest, "the end of the value is cut off")
