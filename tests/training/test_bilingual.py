"""With the bilingual encoder, Chinese and mixed text are read."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bundle.classifier import Classifier
from bundle.text import read
from petrel.commands.train import train
from tests.encoders import needs_bilingual
from trainer.data.dataset import STARTER
from trainer.encoders.encoder import BILINGUAL

UNKNOWN = 3
EXAMPLES = 40

pytestmark = [
    needs_bilingual,
    # The first trains an encoder of full size, if only for ten steps.
    pytest.mark.timeout(120),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained for a few steps on Chinese examples of the starter corpus."""
    folder = tmp_path_factory.mktemp("bilingual")
    lines = STARTER.path.read_text("utf-8").splitlines(keepends=True)
    chosen = [line for line in lines if '"lang": "zh"' in line][:EXAMPLES]
    (folder / "chinese.jsonl").write_text("".join(chosen), encoding="utf-8")
    task = f"sentiment,entity={folder / 'chinese.jsonl'}"
    options = ["--base-model", BILINGUAL, "--output", str(folder / "model"), "--holdout", "0"]
    steps = ["--batch-size", "8", "--epochs", "2", "--max-length", "64", "--freeze-embeddings"]
    result = CliRunner().invoke(train, ["--task", task, *options, *steps])
    assert result.exit_code == 0, result.output
    return folder / "model"


@pytest.fixture(scope="module")
def classifier(folder: Path) -> Classifier:
    return Classifier.load(folder)


def test_no_character_is_unknown(classifier: Classifier) -> None:
    texts = ["央行意外降息，人民币走弱", "Apple 苹果 beats 预期"]
    for tokens in classifier.tokenize(list(map(read, texts))):
        assert UNKNOWN not in tokens.ids


def test_tokens_stand_where_they_stood(classifier: Classifier) -> None:
    text = "RT @desk: 苹果公司 ＡＢＣ falls"
    tokens = classifier.tokenize([read(text)])[0]
    places = [tokens.reading.original(*at) for at in tokens.offsets if at[0] < at[1]]
    covered = {position for place in places for position in range(*place)}
    assert "".join(text[position] for position in sorted(covered)).split() == text.split()[2:]


def test_it_learns_from_chinese(folder: Path) -> None:
    epochs = json.loads((folder / "metrics.json").read_bytes())["epochs"]
    assert epochs[1]["loss"] < epochs[0]["loss"]


def test_probabilities_of_mixed_text_sum_to_one(classifier: Classifier) -> None:
    prediction = classifier(["Apple 苹果 Q3 profit 大跌 😱"])[0]
    assert sum(prediction.sentiment) == pytest.approx(1.0)
