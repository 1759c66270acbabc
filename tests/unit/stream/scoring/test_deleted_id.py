import pytest

from sources.mapping.mapper import FieldMapping, Mapper
from stream.decoders.content import Deletion
from stream.scoring.deleted_id import deleted_id


@pytest.mark.parametrize(
    ("row", "key", "expected"),
    [
        ({"id": 5}, b"k", "5"),
        ({"id": 5.0}, b"k", "5"),
        ({"id": None}, b"k", "k"),
        ({}, b"k", "k"),
        ({}, b'{"id": 7}', "7"),
        ({}, b'{"schema": {}, "payload": {"id": 7}}', "7"),
        ({}, b'{"schema": {}, "payload": 7}', "7"),
        ({}, b'{"schema": {}, "payload": null}', '{"schema": {}, "payload": null}'),
        ({}, b'{"broken', '{"broken'),
        ({}, b'{"post": 7}', '{"post": 7}'),
        ({}, b"\xff", "\ufffd"),
        ({}, b"", None),
        ({}, None, None),
    ],
)
def test_id_is_that_of_the_row_else_of_the_key(
    row: dict[str, object], key: bytes | None, expected: str | None
) -> None:
    assert deleted_id(Deletion(row, key), None) == expected


def test_a_mapping_says_where_the_id_is() -> None:
    mapper = Mapper(FieldMapping(fields={"id": "post.number"}))

    assert deleted_id(Deletion({"id": 1, "post": {"number": 5}}, None), mapper) == "5"
    assert deleted_id(Deletion({}, b'{"post": {"number": 7}}'), mapper) == "7"
