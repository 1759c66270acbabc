"""What the starter model has learnt."""

import json
from pathlib import Path

import pytest

from tests.commands import ROOT, output_of

TWEETS = ROOT.parent / "shared" / "data" / "twitter_sentiment" / "train.csv"


# The first that asks for the starter trains it, which takes minutes on two cores.
@pytest.mark.timeout(600)
@pytest.mark.skipif(not TWEETS.exists(), reason="the labelled tweets are not on this machine")
def test_the_starter_model_reads_tweets_it_never_saw(starter: Path) -> None:
    printed = output_of(
        "evaluate",
        str(starter),
        *("--task", f"sentiment={TWEETS}", "--labels", "sentiment=negative,positive,neutral"),
        *("--limit", "2000", "--json"),
    )

    assert json.loads(printed)["sentiment"]["macro_f1"] >= 0.60


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_starter_model_reads_both_languages(starter: Path, language: str) -> None:
    figures = json.loads((starter / "metrics.json").read_bytes())["heads"]["sentiment"]
    assert figures["languages"][language]["macro_f1"] >= 0.60
