import click
import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from petrel.console.scored_line import company_names, scored_heading, scored_line
from schemas import Entity
from tests.records import SCORED
from tests.unit.petrel.test_display import HOSTILE


def company(identity: str, name: str, origin: str = "watchlist") -> Entity:
    return Entity(identity, name, "ORG", origin)  # type: ignore[arg-type]


def test_a_line_says_when_what_of_whom_and_which() -> None:
    line = click.unstyle(scored_line(SCORED, 80))

    assert (
        line == "12:00:00  negative 0.90  Acme                  Acme cuts its forecast.       n-1"
    )


def test_what_lines_have_in_common_stands_above_them() -> None:
    assert scored_heading(SCORED) == "2026-03-17 UTC, model starter 0123456789ab"


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("text", [HOSTILE, "海燕" * 200, "x" * 500])
def test_a_line_fits_whatever_its_texts(text: str, width: int) -> None:
    hostile = replace(SCORED, id=text, text=text, entities=[company(text, text)])

    line = click.unstyle(scored_line(hostile, width))

    assert line.isprintable()
    assert cell_len(line) <= width


def test_a_company_has_its_name_and_an_id_that_is_another() -> None:
    entities = [
        company("lanting-bank", "Lanting Bank", "given"),
        company("KLVR", "Kelvarra Cells"),
        company("org:ann", "Ann", "model"),
    ]

    assert (
        company_names(replace(SCORED, entities=entities)) == "Lanting Bank, Kelvarra Cells (KLVR)"
    )
