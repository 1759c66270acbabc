from datetime import timedelta

import click
import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from petrel.console.window_curve import window_curve
from schemas import SentimentWindow
from tests.records import NOON, WINDOW


def window(minutes: int, documents: int, negative: int, mean: float) -> SentimentWindow:
    return replace(
        WINDOW,
        end=NOON + timedelta(minutes=minutes),
        documents=documents,
        negative=negative,
        positive=0,
        sentiment=mean,
    )


def lines(windows: list[SentimentWindow], width: int) -> list[str]:
    return [click.unstyle(line).rstrip() for line in window_curve(windows, width)]


def test_bars_stand_where_their_windows_end() -> None:
    found = lines([window(0, 3, 0, 0), window(10, 6, 3, -0.5), window(19, 3, 0, 1)], 35)

    assert found == [
        "entity:acme  3 windows of 5m",
        "most negative  03-17 12:10Z  3 neg…",
        "last           03-17 12:19Z  0 neg…",
        "",
        "documents    6           █",
        "               ▄         █        ▄",
        "             0 █         █        █",
        "",
        "negative     6",
        "                         ▄",
        "             0 ·         █        ·",
        "",
        "mean        +1                    █",
        "             0 ▄                  █",
        "            -1 █         ▆        █",
        "               03-17 12:00Z",
    ]


def test_a_peak_is_not_left_out_for_want_of_columns() -> None:
    windows = [window(minute, 9, 9 if minute == 37 else 1, 0) for minute in range(400)]

    assert lines(windows, 40)[8] == "negative     9" + " " * 3 + "█"


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_one_window_is_a_bar_in_any_terminal(width: int) -> None:
    found = lines([replace(window(0, 1, 1, -1), subject="x\x1b[2J海" * 90)], width)

    assert all(cell_len(line) <= max(width, 35) and line.isprintable() for line in found)
    assert found[5] == " " * 15 + "█"
