"""The page about the library, run as it stands."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from schemas import encode
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import load
from tests.alerts import alert
from tests.commands import ROOT


async def send_an_alert() -> None:
    settings = load()
    async with Admin(settings) as admin:
        await admin.ensure({settings.topics.alerts: {}})
    async with Producer(settings) as producer:
        repeated = Outgoing(settings.topics.alerts, None, encode(alert()), 0)
        await producer.send_all([repeated, repeated])


def test_the_page_runs_as_it_stands(
    embedded_kafka: str,
    unique: str,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    monkeypatch.setenv("PETREL_NAMESPACE", unique)
    asyncio.run(send_an_alert())
    (tmp_path / "models").mkdir()
    (tmp_path / "models/starter").symlink_to(bundle)
    page = (ROOT / "docs/library.md").read_text("utf-8")
    program = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "not a lone string: classify(['Acme warns on profit'])" in done.stdout
    assert "did you mean models/starter?" in done.stdout
    assert done.stdout.count("open critical 91 corvane-air") == 1
    assert done.stdout.endswith("watched corvane-air\n")
