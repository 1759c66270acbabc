"""What a mapping makes of some records, field by field."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from schemas.codec import InvalidRecord
from sources.mapping.mapper import FIELDS
from sources.mapping.source_mapping import SourceMapping, mapper_of


class FieldReport(Struct, frozen=True):
    """Where a field is looked for, how many documents have it, and what stands in one of them."""

    field: str
    places: Sequence[str]
    count: int
    example: str


class MappingReport(Struct, frozen=True):
    """What came of records.

    documents: how many they make. lost: why others are none, noted: what was cut off or left out
    of documents, each by how often.
    """

    documents: int
    fields: Sequence[FieldReport]
    lost: Counter[str]
    noted: Counter[str]


def report(mapping: SourceMapping, values: Sequence[Any]) -> MappingReport:
    """What `mapping` makes of `values`; raises `InvalidMapping`."""
    mapper = mapper_of(mapping)
    documents, lost, noted = [], Counter[str](), Counter[str]()
    for row in (row for value in values for row in mapper.rows(value)):
        try:
            document, notes = mapper.document(row)
        except InvalidRecord as error:
            lost[_rule(str(error))] += 1
        else:
            documents.append(document)
            noted.update(map(_rule, notes))
    fields = []
    for field in FIELDS:
        held = [found for one in documents if (found := getattr(one, field)) is not None]
        if held:
            fields.append(FieldReport(field, mapper.places(field), len(held), str(held[0])))
    return MappingReport(len(documents), fields, lost, noted)


def _rule(message: str) -> str:
    """A message without the value that it ends in."""
    return message.partition(" in {")[0].partition(": '")[0]
