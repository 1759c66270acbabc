"""What a network makes of examples, beside what they are labelled with."""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor
from tqdm import tqdm

from bundle.batching import pack
from bundle.heads import HEADS, HeadName
from bundle.tokens import Tokens
from trainer.heads.scored import Scored
from trainer.heads.tokenized_example import TokenizedExample

# Tokens of one forward pass.
_BUDGET = 2048

Score = Callable[[Sequence[Tokens]], Mapping[HeadName, Tensor]]


def score_examples(
    score: Score, examples: Sequence[TokenizedExample], title: str
) -> dict[HeadName, Scored]:
    """`examples` through `score`, in batches padded alike, with a progress bar named `title`."""
    rows: list[Mapping[HeadName, Tensor]] = [{}] * len(examples)
    lengths = [len(example.tokens) for example in examples]
    with tqdm(total=len(examples), desc=title, unit=" texts", leave=False, disable=None) as bar:
        for positions in pack(lengths, _BUDGET):
            outputs = score([examples[position].tokens for position in positions])
            for row, position in enumerate(positions):
                rows[position] = {name: values[row] for name, values in outputs.items()}
            bar.update(len(positions))
    return _collected(examples, rows)


def _collected(
    examples: Sequence[TokenizedExample], rows: Sequence[Mapping[HeadName, Tensor]]
) -> dict[HeadName, Scored]:
    found: dict[HeadName, Scored] = {}
    for example, row in zip(examples, rows, strict=True):
        for name, target in example.targets.items():
            scored = found.setdefault(name, Scored([], []))
            scored.tokens.append(example.tokens)
            scored.targets.append(target)
            # Beyond the tokens there is padding.
            end = len(example.tokens) if HEADS[name].sees_tokens else None
            scored.outputs.append(row[name][:end])
    return found
