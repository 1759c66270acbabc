"""The outputs of one head beside its targets."""

from dataclasses import dataclass, field

from torch import Tensor

from bundle.tokens import Tokens

# Id of the class; 0 or 1 for each label; or a tag id for each token, `NO_TAG` for a special one.
Target = int | list[float] | list[int]

NO_TAG = -1


@dataclass(frozen=True, slots=True)
class Scored:
    """One head: for each example with a label for it, in order, its target and the head's output.

    An entry of `outputs` is (labels,), for tags (tokens, tags), logits or probabilities. `tokens`
    are what the model read.
    """

    targets: list[Target]
    outputs: list[Tensor]
    tokens: list[Tokens] = field(default_factory=list)
