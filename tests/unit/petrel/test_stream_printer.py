import io

from msgspec.structs import replace
from rich.console import Console

from petrel.console.company_names import CompanyNames
from petrel.console.stream_printer import StreamPrinter
from schemas import encode
from tests.alerts import alert
from tests.records import SCORED


def printer() -> tuple[StreamPrinter, io.StringIO]:
    output = io.StringIO()
    names = CompanyNames({"corvane-air": "Corvane Air"})
    return StreamPrinter(Console(file=output, width=120), names), output


def test_one_document_in_nine_is_printed() -> None:
    stream, output = printer()
    for _ in range(18):
        stream.document(encode(replace(SCORED, text="up\x1b[2J")))

    lines = output.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("up [2J")


def test_every_alert_is_printed_with_two_texts() -> None:
    stream, output = printer()
    stream.alert(encode(alert()))

    head, *texts = output.getvalue().splitlines()
    assert "▲ OPEN Corvane Air " in head
    assert [text.strip() for text in texts] == [
        "“Corvane Air grounds its fleet, part 0”",
        "“Corvane Air grounds its fleet, part 1”",
    ]
