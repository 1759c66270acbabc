"""The command `petrel backtest` on files."""

import json
from pathlib import Path

import pytest

from schemas import Alert, AnyAlert, GroupAlert, ScoredDocument, decode, encode
from stream.backtest.backtest import alerts_of
from stream.backtest.time_order import Placed
from stream.clients.files.record_writer import write_records
from stream.settings import load
from tests.bursts import scored_burst, scored_market
from tests.commands import petrel

EVENTS = "key,start,end\nentity:acme,2026-03-17T11:59:00Z,2026-03-17T13:00:00Z\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "scored.jsonl"
    write_records(path, ScoredDocument, scored_burst())
    return path


def expected() -> list[AnyAlert]:
    placed = [Placed(int(one.event_time.timestamp()), one) for one in scored_burst()]
    return list(alerts_of(placed, load()))


def test_alerts_are_shown_with_a_summary(log: Path) -> None:
    done = petrel("backtest", str(log))

    assert done.exit_code == 0
    assert "OPEN" in done.stdout
    assert f"102 documents of {log} in 0.5 days, 0 stale, 0 repeats" in done.stdout


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_alerts_are_written_as_kafka_has_them(log: Path, tmp_path: Path, ending: str) -> None:
    path = log.with_suffix(f".{ending}")
    write_records(path, ScoredDocument, scored_burst())

    petrel("backtest", str(path), "--output", str(tmp_path / "out"))

    written = (tmp_path / "out" / "alerts.jsonl").read_bytes()
    assert written == b"".join(encode(one) + b"\n" for one in expected()) != b""


def test_settings_come_from_the_environment(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_KINDS", "all")

    found = json.loads(petrel("backtest", str(log), "--json").stdout)

    assert {one["kind"] for one in found["alerts"]} <= {"all"}


def test_known_events_give_figures(log: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text(EVENTS)

    found = json.loads(petrel("backtest", str(log), "--events", str(events), "--json").stdout)

    assert found["figures"]["recall"] == 1.0
    assert 60 < found["figures"]["delay"] < 360


def test_a_sweep_has_a_line_for_each_combination(log: Path) -> None:
    done = petrel("backtest", str(log), "--sweep", "PETREL_KINDS=all,entity", "--processes", "1")

    header, *lines = done.stdout.splitlines()
    assert header.split()[:2] == ["KINDS", "alerts"]
    assert [line.split()[0] for line in lines] == ["all", "entity"]


def test_a_broken_line_is_reported_and_the_next_is_read(log: Path) -> None:
    lines = log.read_bytes().splitlines()
    far = lines[0].replace(b'"2026', b'"9999')
    log.write_bytes(b"\n".join([b"{", *lines, b'{"id": 1}', far]))

    done = petrel("backtest", str(log))

    assert done.exit_code == 1
    assert "not read: scored.jsonl, line 1: not JSON in UTF-8" in done.stderr
    assert "not read: scored.jsonl, line 104: Expected `str`, got `int`" in done.stderr
    assert "line 105: a record must have arrived by the year 9998, not 9999-" in done.stderr
    assert "102 documents" in done.stdout
    assert "records that were not read: 3" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere.jsonl",), "Error: nowhere.jsonl: No such file or directory\n"),
        (("scored.xml",), "Error: scored.xml: the name must end in one of .jsonl"),
        (
            ("LOG", "--sweep", "PETREL_KIND=all"),
            "Error: PETREL_KIND is no setting; did you mean PETREL_KINDS?\n",
        ),
        (
            ("LOG", "--sweep", "PETREL_STALE=60,0"),
            "Error: PETREL_STALE: Input should be greater than or equal to 1, not '0'\n",
        ),
        (("LOG", "--sweep", "PETREL_STALE"), "the form is NAME=V,V,… "),
        (("LOG", "--sweep", "PETREL_STALE=9", "--output", "x"), "goes not with --sweep"),
    ],
)
def test_what_cannot_be_done_is_said(log: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = petrel("backtest", *(str(log) if one == "LOG" else one for one in arguments))

    assert done.exit_code != 0
    assert sentence in done.stderr


def test_a_file_of_which_no_document_counts_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "scored.jsonl"
    path.write_bytes(b"")

    done = petrel("backtest", str(path))

    assert (done.exit_code, done.stderr) == (1, "Error: no document counts\n")


def test_documents_that_are_not_scored_are_an_error_that_says_what_scores_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text('{"id": "1", "text": "Acme warns"}\n')

    done = petrel("backtest", str(path))

    assert done.exit_code == 1
    assert f"none is a scored document: `petrel replay {path} --output results`" in done.stderr


def test_a_sweep_of_documents_that_are_not_scored_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text('{"id": "1", "text": "Acme warns"}\n')

    done = petrel("backtest", str(path), "--sweep", "PETREL_KINDS=all", "--processes", "1")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no scored document; without --sweep it is said why" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "公司,下调,指引\n".encode("gb18030"), "a.csv: it must be UTF-8, and is not"),
        ("a.csv", b"key;start;end\n", "two cells must have ',' between them"),
        ("a.json", b'{"took": 1, "data": [{"text": "a"}]}', "or an object of objects, not {"),
    ],
)
def test_options_that_there_are_not_are_not_named(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    done = petrel("backtest", str(path))

    assert sentence in done.stderr
    assert "--" not in done.stderr


def test_a_report_is_one_page(log: Path, tmp_path: Path) -> None:
    petrel("backtest", str(log), "--report", str(tmp_path / "report.html"))

    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<h3>entity:acme</h3>" in page
    assert "Acme halts line" in page


def test_alerts_are_of_the_contract(log: Path, tmp_path: Path) -> None:
    petrel("backtest", str(log), "--output", str(tmp_path))

    lines = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    assert [decode(line, Alert).transition for line in lines][-1] == "resolve"


def test_a_market_of_eighty_companies_is_one_group_and_later_news_an_alert(tmp_path: Path) -> None:
    write_records(tmp_path / "scored.jsonl", ScoredDocument, scored_market())

    done = petrel("backtest", str(tmp_path / "scored.jsonl"), "--output", str(tmp_path))

    heads = [line[22:] for line in done.stdout.splitlines() if line.startswith("2026")]
    groups = [line for line in heads if "group of" in line]
    own = [line for line in heads if line.startswith("OPEN") and "entity" in line]
    assert [line.split()[0] for line in groups][:: len(groups) - 1] == ["OPEN", "RESOLVE"]
    assert groups[-1].endswith("group of 80 companies")
    # Those before the fifth, and the one of hours later.
    assert len(own) <= 5
    assert own[-1].endswith("entity company-00")
    assert "80 companies turned negative within" in done.stdout
    records = (tmp_path / "groups.jsonl").read_bytes().splitlines()
    assert len(decode(records[-1], GroupAlert).members) == 80


def test_as_json_groups_are_apart(tmp_path: Path) -> None:
    write_records(tmp_path / "scored.jsonl", ScoredDocument, scored_market(9))

    found = json.loads(petrel("backtest", str(tmp_path / "scored.jsonl"), "--json").stdout)

    assert {one["kind"] for one in found["groups"]} == {"group"}
    assert "group" not in {one["kind"] for one in found["alerts"]}
