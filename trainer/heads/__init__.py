"""How each kind of head is trained and evaluated: one module a kind, registered here."""

from bundle.heads import Head, HeadKindName
from trainer.heads.learner import HeadLearner
from trainer.heads.multi import MultiLearner
from trainer.heads.single import SingleLearner
from trainer.heads.tags import TagsLearner

_LEARNERS: dict[HeadKindName, type[HeadLearner]] = {
    "single": SingleLearner,
    "multi": MultiLearner,
    "tags": TagsLearner,
}


def learner_of(head: Head) -> HeadLearner:
    """What trains and evaluates `head`."""
    return _LEARNERS[head.kind](head)
