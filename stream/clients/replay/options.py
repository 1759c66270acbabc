"""What to replay, and how."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from schemas.errors import PetrelError
from sources.files.file_format import FileFormat
from sources.mapping.source_mapping import SourceMapping

KAFKA_PREFIX = "kafka:"

# What comes out may be written as either: each is the ending of the files, too.
OutputFormat = Literal["jsonl", "parquet"]


class ReplayError(PetrelError):
    """A replay that cannot be done; the message says why."""


class ReplayOptions(Struct, frozen=True, kw_only=True):
    """What to replay and how.

    source: a file, or `kafka:<topic>`.
    mapping: where the fields of documents are in a file.
    rate: rows of a file in a second of event time, in their order, whatever times they have.
    file_format: what the name of a file does not say.
    start, end: the range of event time, or of a Kafka topic's timestamps, end exclusive.
    speed: times faster than the original; None is as fast as it goes.
    keep: leave the replay's Kafka topics and Redis keys in place.
    log: the file that the workers write their log to.
    output: the folder that what came out is written into, as `output_format`.
    """

    source: str
    mapping: SourceMapping = SourceMapping()
    rate: float | None = None
    file_format: FileFormat = FileFormat()
    start: datetime | None = None
    end: datetime | None = None
    speed: float | None = None
    workers: int
    keep: bool = False
    log: Path | None = None
    output: Path | None = None
    output_format: OutputFormat = "jsonl"

    @property
    def topic(self) -> str | None:
        """The Kafka topic to replay; None when the source is a file."""
        is_topic = self.source.startswith(KAFKA_PREFIX)
        return self.source.removeprefix(KAFKA_PREFIX) if is_topic else None
