"""Hashes of words, and bands of them that alike sets are likely to share."""

from collections.abc import Sequence
from zlib import crc32

# Odd, with well mixed bits. CRC-32 alone would not do: it is linear, so the order of two hashes
# would correlate with what the words have in common.
_MIX = 0xD6E8FEB86659FD93
_WORD = 0xFFFFFFFF


def word_hash(word: str) -> int:
    """32 bits of a word, not mixed."""
    return crc32(word.encode())


def mixed(value: int) -> int:
    """32 bits of a number, which say nothing of how near two numbers are."""
    return (value * _MIX >> 32) & _WORD


def bands(hashes: Sequence[int], count: int, rows: int) -> tuple[str, ...]:
    """`count` bands of ascending `hashes`: the smallest of each of `rows` bins.

    An empty bin borrows from the next that has one.
    """
    bins = count * rows
    smallest = {value % bins: value for value in reversed(hashes)}
    minima, last = [0] * bins, hashes[0]
    # Twice around, backwards, so that the last bins borrow from the first.
    for place in (*range(bins - 1, -1, -1), *range(bins - 1, -1, -1)):
        minima[place] = last = smallest.get(place, last)
    return tuple(
        ":".join(f"{value:x}" for value in (band, *minima[rows * band : rows * (band + 1)]))
        for band in range(count)
    )
