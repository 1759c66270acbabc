"""`petrel classify`, with a small bundle that knows nothing."""

import json
from pathlib import Path

import orjson
import pytest

from tests.commands import petrel

ROWS = (
    "id,text,when\n1,Acme falls,2026-03-17\n2,a,b,c\n3,https://t.co/x,2026-03-17\n4,Acme rises,\n"
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def test_a_text_has_a_winner(bundle: Path) -> None:
    shown = petrel("classify", str(bundle), "Acme falls").stdout.splitlines()
    found = json.loads(petrel("classify", str(bundle), "--json", "Acme falls").stdout)["sentiment"]

    winner = found.pop("label")
    assert winner == max(found, key=found.get)
    assert shown[1].startswith(f"  sentiment  {winner} {found[winner]:.3f}  (")


def test_a_file_is_classified_and_what_cannot_be_read_is_told(bundle: Path, rows: Path) -> None:
    output = rows.with_name("scores.jsonl")
    options = ("--field", "published_at=when", "--timezone", "UTC", "--output", str(output))

    done = petrel("classify", str(bundle), "--file", str(rows), *options)

    found = [orjson.loads(line) for line in output.read_bytes().splitlines()]
    assert [(one["row"], one["id"], one["text"]) for one in found] == [
        (1, "1", "Acme falls"),
        (4, "4", "Acme rises"),
    ]
    assert sum(found[0][label] for label in ("negative", "neutral", "positive")) == pytest.approx(1)
    assert found[0]["published_at"] == "2026-03-17T00:00:00.000Z"
    assert done.exit_code == 1
    assert "not classified: rows.csv, line 3: a row must have 3 cells" in done.stderr
    assert "not classified: rows.csv, row 3: a text must have more than" in done.stderr
    assert "rows that were not classified: 2" in done.stderr


def test_more_than_are_classified_at_a_time_keep_their_order(bundle: Path, tmp_path: Path) -> None:
    file, output = tmp_path / "texts.txt", tmp_path / "scores.jsonl"
    texts = [f"Acme {'falls ' * (n % 7)}{n}" for n in range(600)]
    file.write_text("\n".join(texts))

    done = petrel("classify", str(bundle), "--file", str(file), "--output", str(output))

    assert done.stdout == f"600 documents of texts.txt classified, in {output}\n"
    assert [orjson.loads(line)["text"] for line in output.read_bytes().splitlines()] == texts


@pytest.mark.parametrize(
    "arguments",
    [
        ("--file", "{rows}"),
        ("--output", "x.csv"),
        ("--file", "{rows}", "--output", "x.csv", "text"),
    ],
)
def test_a_file_needs_an_output_and_no_text(arguments: tuple[str, ...], rows: Path) -> None:
    # The folder of a bundle has one, which nobody reads here.
    rows.with_name("config.json").write_text("{}")

    done = petrel("classify", str(rows.parent), *(one.format(rows=rows) for one in arguments))

    assert done.exit_code == 2
    assert "--file needs --output, and goes with neither TEXT nor --json" in done.stderr
