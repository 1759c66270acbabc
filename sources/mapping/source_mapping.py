"""How somebody's records are mapped: by a ready-made shape, and by what he says himself."""

from schemas.suggestion import did_you_mean
from sources.mapping.mapper import FieldMapping, InvalidMapping, Mapper, merged
from sources.mapping.shapes import SHAPES


class SourceMapping(FieldMapping, frozen=True, forbid_unknown_fields=True):
    """A mapping; what it does not say is as in the shape that it uses, if it uses one."""

    use: str | None = None


def mapper_of(mapping: SourceMapping) -> Mapper:
    """What makes documents by `mapping`.

    Raises:
        InvalidMapping: there is no such shape, or a field, path or time zone of it is none.
    """
    return Mapper(merged(_shape(mapping.use), mapping))


def _shape(name: str | None) -> FieldMapping:
    if name is None:
        return FieldMapping()
    if name not in SHAPES:
        raise InvalidMapping(
            f"there is no mapping {name!r}; there are {', '.join(SHAPES)}"
            f"{did_you_mean(name, SHAPES)}"
        )
    return SHAPES[name]
