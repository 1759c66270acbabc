"""The starter model and the sample day, as a newcomer meets them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT

TWEETS = ROOT.parent / "shared" / "data" / "twitter_sentiment" / "train.csv"

# The first trains the starter, which takes minutes on two cores.
pytestmark = pytest.mark.timeout(600)


def petrel(*arguments: str) -> str:
    """What the command prints; it must succeed."""
    command = [sys.executable, "-m", "petrel", *arguments]
    environment = {**os.environ, "COLUMNS": "160"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "starter"
    # Half the epochs do what is asserted here, in half the time.
    petrel("train", "--epochs", "2", "--output", str(folder))
    return folder


def test_the_sample_day_raises_its_two_alerts_and_no_third(starter: Path) -> None:
    printed = petrel("demo", "--model", str(starter), "--speed", "1800")

    summary = printed[printed.index("What came of it") :].splitlines()
    opened = [line.split()[3] for line in summary if " open " in line]
    resolved = [line.split()[3] for line in summary if " resolve " in line]
    assert opened == ["kelvarra-cells", "lanting-bank"]
    assert resolved == ["kelvarra-cells", "lanting-bank"]


@pytest.mark.skipif(not TWEETS.exists(), reason="the labelled tweets are not on this machine")
def test_the_starter_model_reads_tweets_it_never_saw(starter: Path) -> None:
    import json

    printed = petrel(
        "evaluate",
        str(starter),
        *("--task", f"sentiment={TWEETS}", "--labels", "sentiment=negative,positive,neutral"),
        *("--limit", "2000", "--json"),
    )

    assert json.loads(printed)["sentiment"]["macro_f1"] >= 0.60
