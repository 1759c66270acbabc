"""One loaded bundle at work: predictions for the documents of a batch, and what copies take over.

What it remembers is its own. Another bundle comes with a predictor of its own, so that no score
passes from one model to the other.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

import msgspec

from bundle.batching import pack
from bundle.classifier import Classifier, Prediction
from bundle.tokens import Tokens
from schemas.codec import InvalidRecord
from schemas.scored import Model
from stream.scoring.copied_scores import CopiedScores, from_prediction, to_prediction
from stream.scoring.duplicates import Copy
from stream.scoring.isolate import isolate
from stream.scoring.stages import (
    ClassifiedDocument,
    MatchedDocument,
    Outcome,
    Rejected,
    TokenisedDocument,
)

# Predictions kept at hand for copies whose first was classified a moment ago.
MAX_RECENT = 1024

# Rounding apart: a model that gives NaN, or no distribution, must not be taken at its word.
_SUM_TOLERANCE = 1e-3


class Predictor:
    """`prepare` runs on one thread while `predict` runs on another, a batch at a time each."""

    def __init__(self, classifier: Classifier, batch_tokens: int) -> None:
        self.model = Model(classifier.name, classifier.version)
        self._classifier = classifier
        self._batch_tokens = batch_tokens
        self._recent: OrderedDict[str, CopiedScores] = OrderedDict()

    def prepare(
        self, documents: Sequence[MatchedDocument], copies: Sequence[Copy | None]
    ) -> list[TokenisedDocument | ClassifiedDocument]:
        """Give copies the scores that this model gave their firsts, and tokenise the others."""
        copied = [self._copied(*pair) for pair in zip(documents, copies, strict=True)]
        unread = [d.parsed.content for d, found in zip(documents, copied, strict=True) if not found]
        tokens = iter(self._classifier.tokenize(unread))
        return [
            ClassifiedDocument(document, copy, found)
            if found
            else TokenisedDocument(document, copy, next(tokens))
            for document, copy, found in zip(documents, copies, copied, strict=True)
        ]

    def predict(
        self, documents: Sequence[TokenisedDocument]
    ) -> list[ClassifiedDocument | Rejected]:
        """What the model makes of each document, in the order given."""
        results: dict[int, Prediction | Exception] = {}
        ids = {document.matched.id for document in documents}
        firsts = [at for at, one in enumerate(documents) if not self._has_first(one.copy, ids)]
        self._classify(documents, firsts, results)
        for position, document in enumerate(documents):
            if position not in results and (found := self._recently_copied(document)):
                results[position] = found
        # What is left are copies whose first failed, or is at another worker.
        left = [position for position in range(len(documents)) if position not in results]
        self._classify(documents, left, results)
        return [_outcome(document, results[at]) for at, document in enumerate(documents)]

    def new_scores(self, outcomes: Sequence[Outcome]) -> Mapping[str, bytes]:
        """The scores of the firsts among `outcomes`, by id, for copies that any worker meets."""
        firsts = [
            outcome.matched.id
            for outcome in outcomes
            if isinstance(outcome, ClassifiedDocument) and not outcome.copy
        ]
        return {
            name: msgspec.msgpack.encode(self._recent[name])
            for name in firsts
            if name in self._recent
        }

    def _copied(self, document: MatchedDocument, copy: Copy | None) -> Prediction | None:
        if copy is None or not copy.scores:
            return None
        scores = msgspec.msgpack.decode(copy.scores, type=CopiedScores)
        if scores.model != self.model:
            return None
        return to_prediction(scores, document.parsed.content)

    def _recently_copied(self, document: TokenisedDocument) -> Prediction | None:
        scores = self._recent.get(document.copy.first) if document.copy else None
        return to_prediction(scores, document.matched.parsed.content) if scores else None

    def _has_first(self, copy: Copy | None, ids: Collection[str]) -> bool:
        return copy is not None and (copy.first in self._recent or copy.first in ids)

    def _classify(
        self,
        documents: Sequence[TokenisedDocument],
        positions: Sequence[int],
        results: dict[int, Prediction | Exception],
    ) -> None:
        lengths = [len(documents[position].tokens) for position in positions]
        for group in pack(lengths, self._batch_tokens):
            chosen = [positions[place] for place in group]
            tokens = [documents[position].tokens for position in chosen]
            for position, result in zip(chosen, isolate(self._predict, tokens), strict=True):
                results[position] = result
                self._remember(documents[position].matched, result)

    def _predict(self, tokens: Sequence[Tokens]) -> list[Prediction]:
        predictions = self._classifier.predict(tokens)
        for prediction in predictions:
            if not abs(sum(prediction.sentiment) - 1) < _SUM_TOLERANCE:
                raise InvalidRecord(
                    f"the model's probabilities must sum to 1; they are {prediction.sentiment}"
                )
        return predictions

    def _remember(self, document: MatchedDocument, result: Prediction | Exception) -> None:
        if isinstance(result, Exception):
            return
        content = document.parsed.content
        self._recent[document.id] = from_prediction(result, content, self.model)
        while len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)


def _outcome(
    document: TokenisedDocument, result: Prediction | Exception
) -> ClassifiedDocument | Rejected:
    if isinstance(result, Exception):
        return Rejected("classify", result)
    return ClassifiedDocument(document.matched, document.copy, result)
