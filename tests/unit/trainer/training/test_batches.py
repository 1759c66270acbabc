import random

from bundle.text import read
from bundle.tokens import Tokens
from trainer.heads.tokenized_example import TokenizedExample
from trainer.training.batches import shuffled_batches


def test_batches_hold_every_example_once_with_like_lengths_together() -> None:
    examples = [example(length) for length in (1, 2, 3, 4) * 8]
    batches = list(shuffled_batches(examples, 8, random.Random(1)))
    assert sorted(map(id, (one for batch in batches for one in batch))) == sorted(map(id, examples))
    assert [len({len(one.tokens) for one in batch}) for batch in batches] == [1] * 4


def example(length: int) -> TokenizedExample:
    return TokenizedExample(Tokens([0] * length, read(""), [(0, 0)] * length), {})
