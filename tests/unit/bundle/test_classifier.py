import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertForSequenceClassification

from bundle import manifest
from bundle.classifier import Classifier
from bundle.heads import TAGS, Head, HeadName
from bundle.manifest import BundleError
from bundle.text import read
from tests import tiny
from tests.commands import ROOT

TEXTS = ["Acme posts a loss", "RT @a: Tim Cook of Apple &amp; Co in China", "苹果公司亏损", ""]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def classifier(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder = tmp_path_factory.mktemp("bundle")
    tiny.write_bundle(folder, base)
    return Classifier.load(folder)


def test_manifest_and_text_need_no_torch() -> None:
    code = "import sys, bundle.manifest, bundle.text, bundle.tokens; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "False"


def test_sentiment_sums_to_one(classifier: Classifier) -> None:
    for prediction in classifier(TEXTS):
        assert sum(prediction.sentiment) == pytest.approx(1.0, abs=1e-9)


def test_prediction_does_not_depend_on_the_batch(classifier: Classifier) -> None:
    assert classifier(TEXTS) == [classifier([text])[0] for text in TEXTS]


def test_order_is_that_of_the_texts(classifier: Classifier) -> None:
    assert classifier(TEXTS) == classifier(TEXTS[::-1])[::-1]


def test_nothing_comes_of_no_texts(classifier: Classifier) -> None:
    assert classifier([]) == []
    assert classifier.predict([]) == []


def test_multi_label_topics_are_those_above_the_threshold(classifier: Classifier) -> None:
    for prediction in classifier(TEXTS):
        scores = [score for _, score in prediction.topics]
        assert scores == sorted(scores, reverse=True)
        assert all(score >= tiny.HEADS["topic"].threshold for score in scores)


def test_single_label_topic_is_never_missing(base: Path, tmp_path: Path) -> None:
    heads = with_heads(topic=Head(kind="single", labels=["deals", "macro"], threshold=1.0))
    tiny.write_bundle(tmp_path, base, heads)
    assert [len(prediction.topics) for prediction in Classifier.load(tmp_path)(TEXTS)] == [1] * 4


def test_entities_stand_in_the_text_as_it_was_given(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base)
    tag_everything(tmp_path, "B-ORG")
    prediction = Classifier.load(tmp_path)([TEXTS[1]])[0]
    found = [TEXTS[1][span.start : span.end] for span in prediction.entities]
    assert found == ["Tim", "Cook", "of", "Apple", "&amp;", "Co", "in", "China"]
    assert all(span.probability > 0.9 for span in prediction.entities)


def test_temperature_makes_it_less_sure(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base)
    sure = max(Classifier.load(tmp_path)(TEXTS)[0].sentiment)
    warm = Head(kind="single", labels=tiny.HEADS["sentiment"].labels, temperature=4.0)
    tiny.write_bundle(tmp_path, base, with_heads(sentiment=warm))
    assert max(Classifier.load(tmp_path)(TEXTS)[0].sentiment) < sure


def test_bundle_without_sentiment_does_not_predict(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base, {"topic": tiny.HEADS["topic"]})
    with pytest.raises(BundleError, match="tiny has no sentiment head, only topic"):
        Classifier.load(tmp_path)(TEXTS)


def test_heads_that_are_not_those_of_the_manifest(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base)
    path = tmp_path / "heads.safetensors"
    save_file({"topic.weight": torch.zeros(2, 32)}, path)
    reseal(tmp_path)
    with pytest.raises(BundleError, match=r"heads\.safetensors does not hold the heads"):
        Classifier.load(tmp_path)


def test_tokenizer_that_is_none(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base)
    (tmp_path / "tokenizer.json").write_text("{}")
    reseal(tmp_path)
    with pytest.raises(BundleError, match=r"tokenizer\.json is not a tokenizer"):
        Classifier.load(tmp_path)


def test_transformers_loads_encoder_and_tokenizer(base: Path, tmp_path: Path) -> None:
    tiny.write_bundle(tmp_path, base)
    ids = AutoTokenizer.from_pretrained(tmp_path)(TEXTS[0])["input_ids"]
    assert AutoModel.from_pretrained(tmp_path).config.hidden_size == 32
    assert ids == Classifier.load(tmp_path).tokenize([read(TEXTS[0])])[0].ids


def test_text_is_cut_at_the_length_of_the_bundle(classifier: Classifier) -> None:
    assert len(classifier.tokenize([read("loss " * 10_000)])[0]) == tiny.LENGTH


@pytest.mark.parametrize(
    "names", [["Positive", "Negative", "Neutral"], ["bullish", "BEARISH", "neu"]]
)
def test_plain_classifier_serves_as_sentiment_model(tmp_path: Path, names: list[str]) -> None:
    write_external(tmp_path, names)
    classifier = Classifier.load(tmp_path)
    prediction = classifier([TEXTS[0]])[0]
    model = BertForSequenceClassification.from_pretrained(tmp_path)
    logits = model(torch.tensor([classifier.tokenize([read(TEXTS[0])])[0].ids])).logits[0]
    expected = logits.detach().softmax(-1)[[1, 2, 0]].tolist()
    assert prediction.sentiment == pytest.approx(expected, abs=1e-5)
    assert (prediction.topics, prediction.entities) == ([], [])
    assert (classifier.name, len(classifier.version)) == (tmp_path.name, 12)


def test_plain_classifier_with_other_labels(tmp_path: Path) -> None:
    write_external(tmp_path, ["joy", "anger", "fear"])
    with pytest.raises(BundleError, match="not joy, anger, fear"):
        Classifier.load(tmp_path)


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    write_external(tmp_path, ["negative", "neutral", "positive"])
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(BundleError, match="pickled weights are never read"):
        Classifier.load(tmp_path)


def test_folder_that_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is not a bundle"):
        Classifier.load(tmp_path)


def with_heads(**heads: Head) -> dict[HeadName, Head]:
    return {name: heads.get(name, head) for name, head in tiny.HEADS.items()}


def write_external(folder: Path, names: list[str]) -> None:
    torch.manual_seed(3)
    model = BertForSequenceClassification(tiny.config(names))  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    tiny.write_tokenizer(folder)


def tag_everything(folder: Path, tag: str) -> None:
    """Give every token of every text the same tag."""
    path = folder / "heads.safetensors"
    weights = load_file(path)
    weights["entity.weight"].zero_()
    weights["entity.bias"] = 9.0 * torch.eye(len(TAGS))[TAGS.index(tag)]
    save_file(weights, path)
    reseal(folder)


def reseal(folder: Path) -> None:
    """Make the manifest match the files as they are now."""
    path = folder / manifest.FILE
    sealed = msgspec.json.decode(path.read_bytes(), type=manifest.Manifest)
    files = {name: manifest.digest(folder / name) for name in sealed.files}
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(sealed, files=files)))
