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

from sources.mapping.mapper import InvalidMapping, Mapper
from sources.mapping.source_mapping import SourceMapping, mapper_of

# A file that is larger is none of mappings; it would be read into memory.
_MAX_BYTES = 1_000_000

_RULE = (
    "a file of mappings has `topics:`, in it the name of each Kafka topic, and in that"
    f" {', '.join(SourceMapping.__struct_fields__)}"
)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topics: dict[str, SourceMapping]


def read_mappings(path: Path) -> dict[str, Mapper]:
    """The mapping of each Kafka topic that the YAML file at `path` names.

    Raises:
        InvalidMapping: it cannot be read, or breaks a rule; the message says where.
    """
    try:
        found = msgspec.convert(_parsed(path), _File)
    except msgspec.ValidationError as error:
        raise InvalidMapping(f"{path}: {error}; {_RULE}") from None
    mappers = {}
    for topic, mapping in found.topics.items():
        try:
            mappers[topic] = mapper_of(mapping)
        except InvalidMapping as error:
            raise InvalidMapping(f"{path}: topic {topic}: {error}") from None
    return mappers


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
