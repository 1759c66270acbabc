import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import trainer.train
from bundle import manifest
from bundle.classifier import Classifier
from petrel.commands.classify import classify
from petrel.commands.compare import compare
from petrel.commands.evaluate import evaluate
from petrel.commands.train import train
from tests import tiny
from tests.commands import ROOT

SENTIMENTS = {"falls": "negative", "holds": "neutral", "rises": "positive"}
QUICK = ("--epochs", "3", "--batch-size", "16", "--max-length", "32", "--learning-rate", "0.003")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV with sentiments, and a JSONL with topics and entities."""
    folder = tmp_path_factory.mktemp("data")
    rows = [
        (f"acme {word} {number}%", label)
        for number in range(60)
        for word, label in SENTIMENTS.items()
    ]
    lines = [f"{text},{label}\n" for text, label in rows]
    (folder / "moods.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
    news = [
        {
            "text": f"apple {word} {number} in china",
            "topics": ["deals"] if number % 2 else ["deals", "macro"],
            "entities": [["apple", "ORG"], ["china", "LOC"]],
        }
        for number in range(60)
        for word in ("loss", "profit")
    ]
    lines = [json.dumps(row) + "\n" for row in news]
    (folder / "news.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(
    base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("models") / "desk"
    result = run_train(base, folder, *moods(data), *news(data))
    assert result.exit_code == 0, result.output
    return folder, result


def test_bundle_is_complete(trained: tuple[Path, Result]) -> None:
    folder, _ = trained
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "config.json",
        "confusion_entity.png",
        "confusion_sentiment.png",
        "confusion_topic.png",
        "curves.png",
        "events.out.tfevents.0",
        "heads.safetensors",
        "metrics.json",
        "model.safetensors",
        "petrel.json",
        "reliability_entity.png",
        "reliability_sentiment.png",
        "reliability_topic.png",
        "tokenizer.json",
    }
    pictures = [*folder.glob("*.png")]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert [path.name for path in folder.parent.iterdir()] == ["desk"]


def test_heads_of_the_bundle(trained: tuple[Path, Result]) -> None:
    found = manifest.read(trained[0])
    assert {name: head.kind for name, head in found.heads.items()} == {
        "sentiment": "single",
        "topic": "multi",
        "entity": "tags",
    }
    assert found.heads["topic"].labels == ["deals", "macro"]
    assert (found.name, found.max_length) == ("desk", 32)


def test_it_has_learnt(trained: tuple[Path, Result]) -> None:
    prediction = Classifier.load(trained[0])(["acme falls 7%"])[0]
    assert max(prediction.sentiment) == prediction.sentiment[0]


def test_metrics_and_card_say_how_good_it_is(trained: tuple[Path, Result]) -> None:
    folder, result = trained
    metrics = json.loads((folder / "metrics.json").read_bytes())
    card = (folder / "README.md").read_text("utf-8")
    accuracy = metrics["heads"]["sentiment"]["accuracy"]
    assert accuracy > 0.9
    assert f"sentiment: examples {metrics['heads']['sentiment']['examples']}" in result.output
    assert f"| sentiment | accuracy | {accuracy} |" in card
    assert "moods.csv" in card
    assert str(metrics["seed"]) in card


def test_what_is_odd_about_the_data_is_said_once_and_kept(base: Path, tmp_path: Path) -> None:
    lines = [f"acme falls {number} {'and falls ' * 9},negative\n" for number in range(20)]
    lines += [f"acme {number},positive\n" for number in range(20)]
    lines += ["acme holds,positive\n", "ACME holds,negative\n"]
    (tmp_path / "odd.csv").write_text("text,label\n" + "".join(lines))
    odd = ("--task", f"sentiment={tmp_path / 'odd.csv'}", "--max-length", "8", "--epochs", "1")
    result = run_train(base, tmp_path / "model", *odd, "--holdout", "0")
    assert result.output.count("20 texts are longer than 8 tokens") == 1
    assert "the first is sentiment of 'acme holds': positive 1, negative 1" in result.output
    assert "cannot learn neutral:" in (tmp_path / "model" / "README.md").read_text("utf-8")


def test_same_seed_gives_the_same_bundle(base: Path, data: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        run_train(base, folder, *moods(data), "--epochs", "1")
    one, two = (manifest.read(folder) for folder in folders)
    assert one.version == two.version


def test_it_learns_from_corrections(base: Path, data: Path, tmp_path: Path) -> None:
    rows = [
        {"text": f"acme wobbles {number}%", "sentiment": "negative", "topics": None}
        for number in range(60)
    ]
    path = tmp_path / "corrections.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    result = run_train(base, tmp_path / "desk", *moods(data), "--feedback", str(path))

    assert result.exit_code == 0, result.output
    prediction = Classifier.load(tmp_path / "desk")(["acme wobbles 99%"])[0]
    assert max(prediction.sentiment) == prediction.sentiment[0]
    assert "corrections.jsonl, corrections" in (tmp_path / "desk" / "README.md").read_text()


def test_course_is_logged_to_weights_and_biases_when_asked_for(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")

    result = run_train(base, tmp_path / "desk", *moods(data), "--wandb", "moods")

    assert result.exit_code == 0, result.output
    (log,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    logged = log.read_bytes()
    assert b"epoch/validation_score" in logged
    assert b"train/learning_rate" in logged
    assert b"acme" not in logged


def test_early_stopping(base: Path, data: Path, tmp_path: Path) -> None:
    frozen = ("--learning-rate", "0", "--head-learning-rate", "0")
    run_train(base, tmp_path / "model", *moods(data), "--epochs", "9", "--patience", "1", *frozen)
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_bytes())
    assert len(metrics["epochs"]) == 2


def test_bundle_stays_whole_when_training_fails(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.write_bundle(tmp_path / "model", base)
    before = manifest.read(tmp_path / "model")
    monkeypatch.setattr(trainer.train, "model_card", lambda *_: 1 / 0)
    result = run_train(base, tmp_path / "model", *moods(data))
    assert isinstance(result.exception, ZeroDivisionError)
    assert manifest.read(tmp_path / "model") == before
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.checkpoint"}


def test_bundle_is_replaced(base: Path, data: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path / "model", base)
    run_train(base, tmp_path / "model", *moods(data))
    assert list(manifest.read(tmp_path / "model").heads) == ["sentiment"]


def test_folder_that_is_no_bundle_is_not_overwritten(
    base: Path, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "letters.txt").write_text("keep")
    result = run_train(base, tmp_path, *moods(data))
    assert result.exit_code == 1
    assert "is not a bundle" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_evaluate_in_json(trained: tuple[Path, Result], data: Path) -> None:
    options = [*moods(data), "--limit", "90", "--json"]
    result = CliRunner().invoke(evaluate, [str(trained[0]), *options])
    figures = json.loads(result.output)["sentiment"]
    assert figures["examples"] == 90
    assert figures["macro_f1"] > 0.9


def test_evaluate_as_a_table(trained: tuple[Path, Result], data: Path) -> None:
    result = CliRunner().invoke(evaluate, [str(trained[0]), *news(data)])
    assert "micro f1" in result.output
    assert "LOC" in result.output


def test_errors_come_the_surest_first(trained: tuple[Path, Result], tmp_path: Path) -> None:
    texts = [f"acme {word} {number}%" for word in SENTIMENTS for number in range(4)]
    (tmp_path / "wrong.csv").write_text("text,label\n" + "".join(f"{t},neutral\n" for t in texts))
    options = ["--task", f"sentiment={tmp_path / 'wrong.csv'}", "--errors"]
    result = CliRunner().invoke(evaluate, [str(trained[0]), *options, "5", "--json"])
    found = json.loads(result.output)["errors"]["sentiment"]
    sure = [error["confidence"] for error in found]
    assert len(sure) == 5
    assert sure == sorted(sure, reverse=True)
    assert {error["labelled"] for error in found} == {"neutral"}
    shown = CliRunner().invoke(evaluate, [str(trained[0]), *options])
    assert "errors, the surest first" in shown.output
    assert found[0]["text"] in shown.output


def test_two_bundles_compared(
    trained: tuple[Path, Result], base: Path, data: Path, tmp_path: Path
) -> None:
    tiny.write_bundle(tmp_path, base)
    options = [str(tmp_path), str(trained[0]), *moods(data), "--limit", "90"]
    found = json.loads(CliRunner().invoke(compare, [*options, "--json"]).output)
    assert found["examples"] == 90
    assert found["scores"][1] > 0.9
    assert found["interval"][0] > 0
    assert found["p_value"] < 0.001
    assert "McNemar's exact p = " in CliRunner().invoke(compare, options).output


def test_classify_in_json(trained: tuple[Path, Result]) -> None:
    result = CliRunner().invoke(classify, [str(trained[0]), "--json", "acme falls 7%", "苹果"])
    first, second = map(json.loads, result.output.splitlines())
    assert first["sentiment"].pop("label") in first["sentiment"]
    assert sum(first["sentiment"].values()) == pytest.approx(1.0)
    assert second["text"] == "苹果"


def test_classify_as_lines(trained: tuple[Path, Result]) -> None:
    result = CliRunner().invoke(classify, [str(trained[0]), "apple profit 3 in china"])
    assert result.output.splitlines()[0] == "apple profit 3 in china"
    assert "apple (ORG), china (LOC)" in result.output


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no text: give at least one TEXT"),
        (["  "], "no text: a TEXT must have more than white space"),
        (["acme \udcff"], "a TEXT must be UTF-8"),
    ],
)
def test_classify_without_text(
    trained: tuple[Path, Result], texts: list[str], message: str
) -> None:
    result = CliRunner().invoke(classify, [str(trained[0]), *texts])
    assert result.exit_code == 1
    assert message in result.output


def test_classify_with_a_broken_bundle(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base)
    (tmp_path / "heads.safetensors").unlink()
    result = CliRunner().invoke(classify, [str(tmp_path), "acme falls"])
    assert result.exit_code == 1
    assert "heads.safetensors is missing" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--task", "mood=a.csv"), "the head must be one of"),
        (("--task", "sentiment=none.csv"), "none.csv: No such file"),
        (("--max-length", "999"), "--max-length must be at most 64"),
        (("--class-weights", "topic=balanced"), "no file labels topic"),
        (("--learning-rate", "1e30"), "lower --learning-rate"),
        (("--base-model", "a b c"), "--base-model a b c: no such folder"),
        (("--validation", "0.001", "--seed", "5"), "the validation split has no example"),
    ],
)
def test_option_that_cannot_be_used(
    base: Path, data: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    result = run_train(base, tmp_path / "model", *moods(data), *options)
    assert result.exit_code == 1
    assert message in result.output
    assert not (tmp_path / "model").exists()


def test_evaluate_without_a_task(trained: tuple[Path, Result]) -> None:
    result = CliRunner().invoke(evaluate, [str(trained[0])])
    assert "needs a --task" in result.output


def test_commands_load_without_torch() -> None:
    engines = {"torch", "transformers", "sklearn"}
    code = f"import sys, petrel.commands.train; print({engines!r} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "set()"


def moods(data: Path) -> list[str]:
    return ["--task", f"sentiment={data / 'moods.csv'}"]


def news(data: Path) -> list[str]:
    return ["--task", f"topic,entity={data / 'news.jsonl'}"]


def run_train(base: Path, output: Path, *arguments: str) -> Result:
    """Train quickly; `arguments` override what is set here."""
    options = ["--base-model", str(base), "--output", str(output), "--holdout", "0.2", *QUICK]
    return CliRunner().invoke(train, [*options, *arguments])
