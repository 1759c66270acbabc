"""A text as the ids that an encoder reads. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer

from bundle.manifest import BundleError

TOKENIZER_FILE = "tokenizer.json"

# Longer than any vocabulary's mean piece: what this cuts off, truncation would cut off anyway.
_CHARACTERS_PER_TOKEN = 24


class Reading(Protocol):
    """A clean text with the way back to what it was read from."""

    @property
    def text(self) -> str:
        """The clean text."""
        ...

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that `start` to `end` (exclusive) came from."""
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of what was read; `offsets` say where each stood in the clean text.

    The range of a special token is empty.
    """

    ids: list[int]
    reading: Reading
    offsets: list[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.ids)


class TextTokenizer:
    """Tokenises clean texts, at most `max_length` tokens of each. Safe on any thread."""

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

    def __call__(self, readings: Sequence[Reading]) -> list[Tokens]:
        """The tokens of each text, in the order given."""
        heads = [reading.text[: self._max_characters] for reading in readings]
        encodings = self._tokenizer.encode_batch(heads)
        return [
            Tokens(encoding.ids, reading, encoding.offsets)
            for encoding, reading in zip(encodings, readings, strict=True)
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
