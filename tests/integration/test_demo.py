"""The starter model and the sample day, as a newcomer meets them."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from tests.commands import ROOT, output_of, start
from tests.dev_servers import commands_of, settings_of

# The first that asks for the starter trains it, which takes minutes on two cores.
pytestmark = pytest.mark.timeout(600)


def test_the_sample_day_raises_its_two_alerts_and_no_third(starter: Path) -> None:
    printed = output_of("demo", "--model", str(starter), "--speed", "1800")

    summary = printed[printed.index("What came of it") :].splitlines()
    opened = [line.split()[3] for line in summary if " open " in line]
    resolved = [line.split()[3] for line in summary if " resolve " in line]
    assert opened == ["kelvarra-cells", "lanting-bank"]
    assert resolved == ["kelvarra-cells", "lanting-bank"]
    assert summary[-1].endswith("petrel dev")


def test_what_the_servers_say_to_type_raises_an_alert(starter: Path) -> None:
    with start("dev") as servers:
        environment = os.environ | settings_of(servers) | {"PETREL_MODEL": str(starter)}
        worker, alerts, feed = commands_of(servers)
        with running(worker, environment), running(alerts, environment) as reader:
            subprocess.run(feed, cwd=ROOT, env=environment, stdout=DEVNULL, check=True)
            assert reader.stdout is not None
            head = reader.stdout.readline().decode().split()

    assert head[2:3] + head[-2:] == ["OPEN", "entity", "skarvholt-line"]


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the command, from where the repository was cloned to, until the block ends."""
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()
