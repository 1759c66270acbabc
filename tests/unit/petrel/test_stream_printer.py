import io

from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from petrel.console.company_names import CompanyNames
from petrel.console.stream_printer import StreamPrinter
from schemas import encode
from schemas.scored import Entity
from tests.alerts import alert, group
from tests.records import SCORED


def printer(width: int = 120) -> tuple[StreamPrinter, io.StringIO]:
    output = io.StringIO()
    names = CompanyNames({"corvane-air": "Corvane Air"})
    return StreamPrinter(Console(file=output, width=width), names), output


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

    head, numbers, *texts = output.getvalue().splitlines()
    assert "▲ OPEN Corvane Air " in head
    assert "14 negative of 16 (88 %) in an hour, 12 stories; " in numbers
    assert [text.strip() for text in texts] == [
        "“Corvane Air grounds its fleet, part 0”",
        "“Corvane Air grounds its fleet, part 1”",
    ]


def test_a_group_is_printed_with_its_companies() -> None:
    stream, output = printer()
    stream.alert(encode(group("corvane-air", "up\x1b[2J")))

    head, reason, text = output.getvalue().splitlines()
    assert "▲ OPEN companies " in head
    assert reason.strip() == (
        "2 companies turned negative within 9 minutes; highest scores: Corvane Air 70, up [2J 69"
    )
    assert "Acme falls" in text


def test_nothing_of_an_alert_but_its_texts_is_cut_at_80_columns() -> None:
    stream, output = printer(width=80)
    stream.alert(encode(alert()))

    head, numbers, *_ = output.getvalue().splitlines()
    assert "…" not in head + numbers


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    stream, output = printer()
    for name in ("Lanting Bank", "澜汀银行"):
        entity = Entity(id="lanting-bank", name=name, type="ORG", origin="watchlist")
        for _ in range(9):
            stream.document(encode(replace(SCORED, text="up", entities=[entity])))

    english, chinese = output.getvalue().splitlines()
    assert cell_len(english) == cell_len(chinese)
