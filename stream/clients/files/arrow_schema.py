"""The schema of Parquet for records of a type."""

from typing import Any

from msgspec import Struct, inspect

_ALIASES: dict[type[inspect.Type], str] = {
    inspect.StrType: "string",
    inspect.LiteralType: "string",
    inspect.BoolType: "bool",
    inspect.IntType: "int64",
    inspect.FloatType: "double",
}


def arrow_schema(kind: type[Struct]) -> Any:
    """A pyarrow schema with a column for each field of `kind`; times are UTC milliseconds.

    Raises:
        KeyError: a field is of a type that no record has.
    """
    import pyarrow as pa

    row = _arrow(inspect.type_info(kind))
    return pa.schema([row.field(number) for number in range(row.num_fields)])


def _arrow(kind: inspect.Type) -> Any:
    import pyarrow as pa

    match kind:
        case inspect.Metadata(type=inner):
            return _arrow(inner)
        case inspect.UnionType(types=kinds):
            # A field that may be absent: all columns may hold nulls.
            (inner,) = (one for one in kinds if not isinstance(one, inspect.NoneType))
            return _arrow(inner)
        case inspect.StructType(fields=fields):
            return pa.struct([(field.encode_name, _arrow(field.type)) for field in fields])
        case inspect.ListType(item_type=inner):
            return pa.list_(_arrow(inner))
        case inspect.DateTimeType():
            return pa.timestamp("ms", "UTC")
    return pa.type_for_alias(_ALIASES[type(kind)])
