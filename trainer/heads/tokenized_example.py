"""Examples as the network reads them: tokenised once, labels as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bundle.heads import Head, HeadName
from bundle.text import read
from bundle.tokens import TextTokenizer, Tokens
from trainer.data.examples import Example
from trainer.heads import learner_of
from trainer.heads.scored import Target


@dataclass(frozen=True, slots=True)
class TokenizedExample:
    """A tokenised text and its target for each head that it has a label for."""

    tokens: Tokens
    targets: dict[HeadName, Target]

    def is_cut(self, max_length: int) -> bool:
        """Whether an encoder that reads `max_length` tokens does not see the end of the text."""
        seen = max(end for _, end in self.tokens.offsets)
        return len(self.tokens) >= max_length and seen < len(self.tokens.reading.text)


def tokenized(
    examples: Sequence[Example], heads: dict[HeadName, Head], tokenizer: TextTokenizer
) -> list[TokenizedExample]:
    """`examples` with their targets; their labels must be among those of `heads`."""
    learners = {name: learner_of(head) for name, head in heads.items()}
    texts = tokenizer([read(example.text) for example in examples])
    return [
        TokenizedExample(
            tokens,
            {name: learners[name].target(label, tokens) for name, label in example.labels.items()},
        )
        for tokens, example in zip(texts, examples, strict=True)
    ]
