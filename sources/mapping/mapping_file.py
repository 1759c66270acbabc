"""The file of mappings: for each Kafka topic that holds no documents of our own form.

topics:
  tweets.raw:
    use: twitter-v2
    timezone: Europe/Berlin
    fields: {text: full_text|text, author: "-"}
"""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from sources.mapping.mapper import FieldMapping, InvalidMapping, Mapper, merged
from sources.mapping.shapes import SHAPES

# A file that is larger is none of mappings; it would be read into memory.
_MAX_BYTES = 1_000_000


class TopicMapping(FieldMapping, frozen=True, forbid_unknown_fields=True):
    """The mapping of one Kafka topic; what it does not say is as in the shape that it uses."""

    use: str | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topics: dict[str, TopicMapping]


def read_mappings(path: Path) -> dict[str, Mapper]:
    """The mapping of each Kafka topic that the YAML file at `path` names.

    Raises:
        InvalidMapping: it cannot be read, or breaks a rule; the message says where.
    """
    try:
        found = msgspec.convert(_parsed(path), _File)
    except msgspec.ValidationError as error:
        raise InvalidMapping(f"{path}: {error}") from None
    mappers = {}
    for topic, mapping in found.topics.items():
        try:
            mappers[topic] = Mapper(merged(shape(mapping.use), mapping))
        except InvalidMapping as error:
            raise InvalidMapping(f"{path}: topic {topic}: {error}") from None
    return mappers


def shape(name: str | None) -> FieldMapping:
    """The ready-made mapping `name`; the one of our own form without a name.

    Raises:
        InvalidMapping: there is none of that name.
    """
    if name is None:
        return FieldMapping()
    if name not in SHAPES:
        raise InvalidMapping(f"there is no mapping {name!r}; there are {', '.join(SHAPES)}")
    return SHAPES[name]


def _parsed(path: Path) -> Any:
    try:
        text = path.read_bytes()[: _MAX_BYTES + 1]
        if len(text) > _MAX_BYTES:
            raise InvalidMapping(f"{path}: a file of mappings has at most {_MAX_BYTES:,} bytes")
        return yaml.safe_load(text)
    except OSError as error:
        raise InvalidMapping(f"{path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidMapping(f"{path}: not YAML: {error}") from None
