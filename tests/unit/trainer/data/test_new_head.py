"""A text head more is one entry of `HEADS`: files label it, and bundles hold it."""

from pathlib import Path

import pytest

from bundle import manifest
from bundle.heads import HEADS, HeadDeclaration
from trainer.data.dataset import heads_of
from trainer.data.examples import Example, read_examples
from trainer.data.option_values import parse_task
from trainer.data.task import Layout
from trainer.errors import TrainerError

ROWS = "text,view,label\nrates must fall,dove,dove\nrates must rise,Hawk,hawk\n"


@pytest.fixture(autouse=True)
def stance(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = HeadDeclaration(kinds=("single",), labels=("dove", "hawk"), columns=("stance",))
    monkeypatch.setitem(HEADS, "stance", declared)


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    (tmp_path / "views.csv").write_text(ROWS)
    layout = Layout(columns={"stance": ["view"]})
    return read_examples(parse_task(f"stance={tmp_path / 'views.csv'}"), layout)


def test_files_label_it(examples: list[Example]) -> None:
    assert [example.labels["stance"] for example in examples] == ["dove", "hawk"]


def test_its_labels_are_checked(tmp_path: Path) -> None:
    (tmp_path / "views.csv").write_text("text,label\nrates,owl\n")
    with pytest.raises(TrainerError, match="stance must be dove, hawk, not 'owl'"):
        read_examples(parse_task(f"stance={tmp_path / 'views.csv'}"), Layout())


def test_a_bundle_holds_it(examples: list[Example], tmp_path: Path) -> None:
    heads = heads_of(examples, Layout())
    manifest.seal(tmp_path, name="views", base_model="none", max_length=64, heads=heads)
    found = manifest.read(tmp_path).heads["stance"]
    assert (found.kind, found.labels, found.threshold) == ("single", ["dove", "hawk"], 0.25)
