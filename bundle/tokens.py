"""A text as the ids that an encoder reads. No torch."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from tokenizers import Tokenizer

from bundle.manifest import BundleError
from bundle.text.draft import Draft, Edit, origin
from bundle.text.emoji import EMOJI, bare_emoji, emoji_name

TOKENIZER_FILE = "tokenizer.json"

# Longer than any vocabulary's mean piece: what this cuts off, truncation would cut off anyway.
_CHARACTERS_PER_TOKEN = 24
# Emoji of which a tokenizer remembers how to say them: senders can join them without end.
_MAX_EMOJI = 4_096


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
    """Tokenises clean texts, at most `max_length` tokens of each. Safe on any thread.

    An emoji that the vocabulary has no token for is read as its name. It would be the same unknown
    token as any other, and takes the word that it is written to with it.
    """

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length)
        self._tokenizer = tokenizer
        self._max_characters = max_length * _CHARACTERS_PER_TOKEN
        self._unknown = _unknown_id(tokenizer)
        self._said = lru_cache(_MAX_EMOJI)(self._say)

    @classmethod
    def load(cls, folder: Path, max_length: int) -> "TextTokenizer":
        """The tokenizer in `folder`; raises `BundleError` when it has none of the fast kind."""
        path = folder / TOKENIZER_FILE
        return cls(_from_file(path) if path.is_file() else _converted(folder), max_length)

    def __call__(self, readings: Sequence[Reading]) -> list[Tokens]:
        """The tokens of each text, in the order given."""
        drafts = [Draft(reading.text[: self._max_characters]) for reading in readings]
        for draft in drafts:
            self._name_emoji(draft)
        encodings = self._tokenizer.encode_batch([draft.text for draft in drafts])
        return [
            Tokens(encoding.ids, reading, _clean_offsets(encoding.offsets, draft))
            for encoding, reading, draft in zip(encodings, readings, drafts, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write the tokenizer so that `load` reads the same one."""
        self._tokenizer.save(str(folder / TOKENIZER_FILE))

    def _name_emoji(self, draft: Draft) -> None:
        if self._unknown is not None and not draft.text.isascii():
            draft.replace(self._emoji_edits(draft.text))

    def _emoji_edits(self, text: str) -> Iterator[Edit]:
        spaced = 0
        for match in EMOJI.finditer(text):
            start, end = match.span()
            said = self._said(match[0])
            if said != match[0]:
                if start == spaced or text[start - 1] == " ":
                    said = said.lstrip()
                yield start, end, said if text[end : end + 1].strip() else said.rstrip()
                spaced = end

    def _say(self, emoji: str) -> str:
        """`emoji` as the vocabulary knows it within a word, or alone, or its name."""
        forms = (emoji, bare_emoji(emoji))
        for form in forms:
            if self._knows(f"a{form}a"):
                return form
        alone = next(filter(self._knows, forms), emoji_name(emoji))
        return f" {alone or emoji} "

    def _knows(self, text: str) -> bool:
        return self._unknown not in self._tokenizer.encode(text, add_special_tokens=False).ids


def _unknown_id(tokenizer: Tokenizer) -> int | None:
    """The id that stands for whatever the vocabulary lacks, if there is one."""
    model = json.loads(tokenizer.to_str())["model"]
    if "unk_id" in model:
        return cast("int | None", model["unk_id"])
    token = model.get("unk_token")
    return None if token is None else tokenizer.token_to_id(token)


def _clean_offsets(offsets: list[tuple[int, int]], draft: Draft) -> list[tuple[int, int]]:
    for moves in draft.steps:
        offsets = [origin(moves, start, end) if start < end else (0, 0) for start, end in offsets]
    return offsets


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
