"""A replay writes the report of a backtest of what it scored."""

from pathlib import Path

import pytest

from tests.commands import petrel

ROW = '{"text": "Acme opens plant %d", "published_at": "2026-03-17T12:%02d:00Z"}\n'


# A worker is started, which loads torch and joins a group before it reads.
@pytest.mark.timeout(90)
def test_a_replay_writes_a_report(
    embedded_kafka: str,
    redis_url: str,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "KAFKA_BOOTSTRAP": embedded_kafka,
        "KAFKA_IDEMPOTENCE": "false",
        "REDIS_URL": redis_url,
        "MODEL": str(bundle),
        "PARTITIONS": "1",
    }.items():
        monkeypatch.setenv(f"PETREL_{name}", value)
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(ROW % (minute, minute) for minute in range(20)))

    done = petrel("replay", str(rows), "--report", str(tmp_path / "report.html"))

    assert done.exit_code == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert f"<h1>Backtest of {rows}</h1>" in page
    assert "20 documents" in page
