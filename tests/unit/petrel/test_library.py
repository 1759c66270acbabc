import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import petrel
from tests.commands import ROOT


@pytest.fixture(scope="module")
def model(bundle: Path) -> petrel.Model:
    return petrel.load(bundle)


def test_a_label_is_the_likeliest_sentiment(model: petrel.Model) -> None:
    (found,) = model.classify(["acme falls"])
    assert found.probabilities[found.label] == max(found.probabilities.values())
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert list(found.probabilities) == ["negative", "neutral", "positive"]


def test_texts_keep_their_order_and_entities_their_places(model: petrel.Model) -> None:
    texts = ["acme falls", "apple rises in china", "profit"]
    found = model.classify(iter(texts))
    assert [one.text for one in found] == texts
    for one in found:
        assert [e.text for e in one.entities] == [one.text[e.start : e.end] for e in one.entities]


def test_no_text_is_no_answer(model: petrel.Model) -> None:
    assert model.classify([]) == []


@pytest.mark.parametrize(
    ("texts", "kind", "rule"),
    [
        ("acme falls", TypeError, r"not a lone string: classify\(\['acme falls'\]\)"),
        (["acme", None], TypeError, r"texts\[1\] must be a string, not None"),
        (["acme", " "], ValueError, r"texts\[1\] must have more than white space"),
        (["\ud83d"], ValueError, r"texts\[0\] must be UTF-8"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(
    model: petrel.Model, texts: Any, kind: type[Exception], rule: str
) -> None:
    with pytest.raises(kind, match=rule):
        model.classify(texts)


def test_a_model_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(petrel.PetrelError, match="there is no such folder"):
        petrel.load(tmp_path / "none")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="must have a time zone"):
        petrel.alerts(since=datetime(2026, 3, 17))  # noqa: DTZ001


async def test_within_a_loop_a_plain_for_is_refused() -> None:
    with pytest.raises(RuntimeError, match="use `async for`"):
        iter(petrel.alerts())


def test_importing_it_loads_no_engine() -> None:
    heavy = {"torch", "transformers", "aiokafka", "faust", "redis", "pydantic"}
    code = f"import sys, petrel; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


@pytest.mark.parametrize("package", ["schemas", "sources", "bundle", "trainer", "stream", "petrel"])
def test_its_types_are_for_others_too(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
