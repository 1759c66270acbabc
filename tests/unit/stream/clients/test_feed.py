import gzip
import io
from pathlib import Path

import orjson
import pytest

from sources.files.file_format import FileFormat
from sources.files.row import FileError, RowError, raise_error
from sources.mapping.source_mapping import SourceMapping
from stream.clients.feed import FeedOptions, records
from stream.records import AS_DOCUMENT, Outgoing


def sent(source: Path | io.BytesIO, options: FeedOptions | None = None) -> list[Outgoing]:
    return list(records(source, "t", options or FeedOptions(), raise_error))


def test_a_line_that_begins_with_a_brace_is_json_and_any_other_is_a_text() -> None:
    found = sent(io.BytesIO('海燕 warns\n\n{"text":"b"}\n'.encode()))
    assert [one.value for one in found] == ['{"text":"海燕 warns"}'.encode(), b'{"text":"b"}']


def test_json_is_sent_byte_for_byte_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    lines = [b'{"text" :  "a","x":1} ', b"{bad", b"\xff", b"null", b'{"id": 5}']
    path.write_bytes(b"\r\n".join(lines))
    assert [one.value for one in sent(path)] == lines


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"id":"x1"}', b"x1"),
        (b'{"id":"x2","score":NaN}', b"x2"),
        (b'{"id":5}', None),
        (b'{"id":""}', None),
        (b"{}", None),
        (b"{bad", None),
    ],
)
def test_the_id_is_the_key(line: bytes, key: bytes | None) -> None:
    assert sent(io.BytesIO(line))[0].key == key


def test_source_and_language_are_filled_in_where_there_are_none() -> None:
    lines = io.BytesIO(b'plain\n{"text":"a","source":"wire","likes":3}')
    found = sent(lines, FeedOptions(mapping=SourceMapping(source="desk", lang="en")))
    assert [orjson.loads(one.value or b"") for one in found] == [
        {"text": "plain", "source": "desk", "lang": "en"},
        {"text": "a", "source": "wire", "lang": "en"},
    ]


def test_fields_come_from_the_columns_named() -> None:
    mapping = SourceMapping(fields={"text": "body", "id": "nr"})
    found = sent(io.BytesIO(b'{"body":"a","nr":7}'), FeedOptions(mapping=mapping))
    assert found == [Outgoing("t", b"7", b'{"text":"a","id":"7"}', headers=AS_DOCUMENT)]


def test_a_row_of_a_page_that_is_none_costs_no_other() -> None:
    page = b'{"data":[{"text":"a"},{"text":"[removed]"},{"text":"b"}]}'
    errors: list[RowError] = []
    options = FeedOptions(mapping=SourceMapping(records="data"))

    found = list(records(io.BytesIO(page), "t", options, errors.append))

    assert [one.value for one in found] == [b'{"text":"a"}', b'{"text":"b"}']
    assert "line 1: there is neither a text nor a title" in str(errors[0])


def test_with_lines_every_line_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "wire.log"
    path.write_text('{"text":"a"}\n')
    assert sent(path, FeedOptions(lines=True))[0].value == rb'{"text":"{\"text\":\"a\"}"}'


def test_a_csv_row_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("id,text\n1,a\n")
    assert sent(path) == [Outgoing("t", b"1", b'{"text":"a","id":"1"}', headers=AS_DOCUMENT)]


def test_a_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(RowError, match="standard input, line 1: not text in UTF-8"):
        sent(io.BytesIO(b"\xff\n"))


def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="must end in one of"):
        sent(tmp_path / "day.xml")


def test_a_compressed_file_is_sent_byte_for_byte_too(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text" :  "a"}\n{bad\n'))
    assert [one.value for one in sent(path)] == [b'{"text" :  "a"}', b"{bad"]


def test_a_json_file_is_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_text('{"data": [{"id": "1", "text": "a"}]}')
    options = FeedOptions(file_format=FileFormat(records="data"))
    assert sent(path, options) == [
        Outgoing("t", b"1", b'{"text":"a","id":"1"}', headers=AS_DOCUMENT)
    ]
