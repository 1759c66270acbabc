"""Where the fields of a document are in a record or row, and picking them."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.document import Document
from schemas.errors import PetrelError
from schemas.suggestion import did_you_mean
from sources.mapping.paths import InvalidPath, Path
from sources.mapping.repair import ReadDocument, read_document
from sources.mapping.times import InvalidTime, zone
from sources.mapping.values import is_absent, value_form

FIELDS = Document.__struct_fields__

NOWHERE = "-"
CONSTANT = "="
_OR = "|"


class InvalidMapping(PetrelError):
    """A mapping that cannot be used; the message states the rule and the value."""


class FieldMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the fields of a document are.

    fields: of a field the paths that may hold it, the first that does is taken (`full_text|text`);
    `=news` is a constant, `-` leaves the field out. One that is not named is where its own name is.
    records: the path of the documents in a value that holds several, or one deeper down.
    timezone: of times that have none. source, lang: of documents that name none.
    """

    fields: Mapping[str, str | list[str]] = {}
    records: str | None = None
    timezone: str | None = None
    source: str | None = None
    lang: str | None = None


class Mapper:
    """Makes documents of what `mapping` describes.

    zone: that of times without one. defaults: what documents have for fields that they lack.

    Raises:
        InvalidMapping: a field, path or time zone of it is none.
    """

    def __init__(self, mapping: FieldMapping) -> None:
        for field in mapping.fields:
            if field not in FIELDS:
                raise InvalidMapping(
                    f"a document has no field {field!r}; it has {', '.join(FIELDS)}"
                    f"{did_you_mean(field, FIELDS)}"
                )
        try:
            self._plan = [
                (field, _candidates(mapping.fields.get(field, field)), value_form(field))
                for field in FIELDS
            ]
            self._records = [Path(one) for one in _split(mapping.records or "")]
            self.zone: tzinfo | None = zone(mapping.timezone) if mapping.timezone else None
        except (InvalidPath, InvalidTime) as error:
            raise InvalidMapping(str(error)) from None
        defaults = {"source": mapping.source, "lang": mapping.lang}
        self.defaults = {field: value for field, value in defaults.items() if value}

    def places(self, field: str) -> list[str]:
        """The paths at which `field` is looked for."""
        (places,) = (places for name, places, _ in self._plan if name == field)
        return [place.text for place in places if isinstance(place, Path)]

    def rows(self, value: Any) -> list[Any]:
        """The rows that `value` holds: those at the path of records, else itself.

        A list is one of pages, or of rows.
        """
        for path in self._records:
            found = path.find(value)
            if found is not None:
                return found if isinstance(found, list) else [found]
        if not isinstance(value, list):
            return [value]
        pages = (self.rows(one) if isinstance(one, dict) else [one] for one in value)
        return [row for page in pages for row in page]

    def fields(self, row: Any) -> dict[str, Any]:
        """The fields of a document in `row`, each in a document's form where it can be."""
        found = dict[str, Any]()
        for field, places, (form, kind) in self._plan:
            for place in places:
                value = place.find(row)
                if value is not None and not is_absent(field, value):
                    value = form(value, self.zone)
                    if value and isinstance(value, kind):
                        found[field] = value
                        break
                    # What does not fit is for whoever says what is wrong, if nothing else does.
                    found.setdefault(field, value)
        return self.defaults | found

    def document(self, row: Any) -> ReadDocument:
        """The document in `row`; raises `InvalidRecord` when there is none."""
        return read_document(self.fields(row), self.zone, row)


def merged(base: FieldMapping, own: FieldMapping) -> FieldMapping:
    """`base` with what `own` says instead."""
    said = {name: value for name in base.__struct_fields__ if (value := getattr(own, name))}
    return replace(base, **{**said, "fields": {**base.fields, **own.fields}})


def _split(places: str | Sequence[str]) -> list[str]:
    return [p for p in places.split(_OR) if p] if isinstance(places, str) else list(places)


class _Constant:
    """A place that holds the same in every row."""

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, _: Any) -> str:
        return self._text


def _candidates(places: str | Sequence[str]) -> list[Path | _Constant]:
    """Where to look, in order; nowhere for a field that is left out."""
    if places == NOWHERE:
        return []
    return [
        _Constant(one.removeprefix(CONSTANT)) if one.startswith(CONSTANT) else Path(one)
        for one in _split(places)
    ]
