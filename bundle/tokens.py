"""A text as the ids that an encoder reads. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from bundle.manifest import BundleError
from bundle.text import Cleaned, clean, read

TOKENIZER_FILE = "tokenizer.json"

# Longer than any vocabulary's mean piece: what this cuts off, truncation would cut off anyway.
_CHARACTERS_PER_TOKEN = 24


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of `text`; `offsets` say where each stood in the clean text (empty if special)."""

    ids: list[int]
    text: str
    offsets: list[tuple[int, int]]

    @property
    def cleaned(self) -> Cleaned:
        """The clean text with the way back: worked out here, as only entities need it."""
        return read(self.text)

    def __len__(self) -> int:
        return len(self.ids)


class TextTokenizer:
    """Cleans and tokenises texts, at most `max_length` tokens of each. Safe on any thread."""

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length)
        self._tokenizer = tokenizer
        self._max_characters = max_length * _CHARACTERS_PER_TOKEN

    @classmethod
    def load(cls, folder: Path, max_length: int) -> "TextTokenizer":
        """The tokenizer in `folder`; raises `BundleError` when it has none of the fast kind."""
        path = folder / TOKENIZER_FILE
        return cls(_from_file(path) if path.is_file() else _converted(folder), max_length)

    def __call__(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, in the order given."""
        heads = [clean(text)[: self._max_characters] for text in texts]
        return [
            Tokens(encoding.ids, text, encoding.offsets)
            for encoding, text in zip(self._tokenizer.encode_batch(heads), texts, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write the tokenizer so that `load` reads the same one."""
        self._tokenizer.save(str(folder / TOKENIZER_FILE))


def _from_file(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001, tokenizers raises nothing narrower
        raise BundleError(f"{path} is not a tokenizer: {error}") from None


def _converted(folder: Path) -> Tokenizer:
    from transformers import AutoTokenizer

    try:
        loaded = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise BundleError(f"{folder} has no tokenizer: {error}") from None
    if not loaded.is_fast:
        raise BundleError(f"{folder} has a tokenizer without offsets: add its {TOKENIZER_FILE}")
    return loaded.backend_tokenizer
