import io
import json

import orjson
import pytest

from schemas.errors import PetrelError
from sources.files.file_format import FileFormat
from sources.files.row import RowError, raise_error
from sources.mapping.source_mapping import SourceMapping
from stream.clients.feed import FeedOptions, records

ROWS = [{"id": "1", "text": "Acme holds"}, {"id": "2", "text": "Acme falls, again"}]


def sent(content: str, **options: object) -> list[object]:
    """The documents that are made of piped input."""
    given = FeedOptions(**options)  # type: ignore[arg-type]
    found = records(io.BytesIO(content.encode()), "t", given, raise_error)
    return [orjson.loads(one.value or b"") for one in found]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_its_rows(indent: int | None) -> None:
    assert sent(json.dumps(ROWS, indent=indent)) == ROWS


def test_an_object_over_several_lines_is_a_json_file() -> None:
    rows = {"1": {"text": "Acme holds"}, "2": {"text": "Acme falls, again"}}
    assert sent(json.dumps(rows, indent=2)) == ROWS


@pytest.mark.parametrize(
    "content",
    ['{"1": {"text": "Acme holds"}\n, "2": {"text": "b"}}', '{\n"1": {"text": "Acme holds"}}\n'],
)
def test_an_object_may_go_on_in_any_way(content: str) -> None:
    assert sent(content)[0] == ROWS[0]


def test_a_line_of_json_that_is_broken_is_for_the_worker() -> None:
    found = records(io.BytesIO(b'{"text": "a\n{"text":"b"}\n'), "t", FeedOptions(), raise_error)
    assert [one.value for one in found] == [b'{"text": "a', b'{"text":"b"}']


def test_json_and_texts_may_come_by_turns() -> None:
    assert sent('{"text":"a"}\n"Quoted", it begins\n') == [
        {"text": "a"},
        {"text": '"Quoted", it begins'},
    ]


def test_rows_are_where_it_is_said() -> None:
    content = json.dumps({"data": ROWS})
    assert sent(content, file_format=FileFormat(records="data")) == ROWS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_known_by_its_header(delimiter: str) -> None:
    lines = ["id,text", '1,"Acme holds"', '2,"Acme falls; again"']
    content = "\n".join(line.replace(",", delimiter) for line in lines)
    assert sent(content) == [ROWS[0], {"id": "2", "text": "Acme falls; again"}]


def test_a_table_is_known_by_the_column_of_a_field() -> None:
    assert (
        sent("nr,body\n1,Acme holds\n", mapping=SourceMapping(fields={"text": "body", "id": "nr"}))
        == ROWS[:1]
    )


def test_a_table_without_a_header_is_known_by_what_is_said() -> None:
    file_format = FileFormat(header=False)
    mapping = SourceMapping(fields={"id": "0", "text": "1"})
    assert sent("1,Acme holds\n", mapping=mapping, file_format=file_format) == ROWS[:1]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("Id,Title\n1,Acme holds\n", "standard input: there is no column 'text', only Id, Title"),
        ('{\n"took": 1,\n"data": [{"text": "a"}]\n}', "standard input: .*--records FIELD"),
        ("[{\n", "standard input: cannot be read as JSON after 0 rows"),
    ],
)
def test_what_looks_like_a_file_and_is_none_is_refused(content: str, rule: str) -> None:
    with pytest.raises(PetrelError, match=rule):
        sent(content)


@pytest.mark.parametrize(
    "text",
    [
        "[Update 3] Acme warns, again:",
        "Acme falls, text follows",
        "[1] Acme falls",
        "text",
        "海燕, 警告",
    ],
)
def test_any_other_line_is_a_text(text: str) -> None:
    assert sent(f"{text}\nb\n") == [{"text": text}, {"text": "b"}]


def test_lines_are_texts_when_it_is_said() -> None:
    assert sent("id,text\n[\n", lines=True) == [{"text": "id,text"}, {"text": "["}]


def test_another_encoding_is_read_when_it_is_said() -> None:
    file_format = FileFormat(encoding="gb18030")
    options = FeedOptions(file_format=file_format)
    stream = io.BytesIO("海燕 警告\n".encode("gb18030"))
    (one,) = records(stream, "t", options, raise_error)
    assert one.value == '{"text":"海燕 警告"}'.encode()


def test_a_row_that_is_no_document_is_an_error() -> None:
    with pytest.raises(RowError, match="standard input, row 1: there is neither a text"):
        sent('[{"body": "a"}]')
