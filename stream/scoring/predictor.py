"""One loaded bundle at work: predictions for the documents of a batch, and what copies take over.

Only a copy that reads alike to the letter takes scores over. Which of two near-duplicates comes
first depends on how workers share partitions, and scores must not.

What it remembers is its own. Another bundle comes with a predictor of its own, so that no score
passes from one model to the other.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import msgspec

from bundle.batching import pack, padded
from bundle.classifier import Classifier, Prediction
from bundle.tokens import Tokens
from schemas.scored import Model
from stream.scoring.copied_scores import CopiedScores, from_prediction, key_of, to_prediction
from stream.scoring.duplicates import Copy, First, Remembered
from stream.scoring.isolate import isolate
from stream.scoring.model_trial import predict, try_model
from stream.scoring.stages import (
    ClassifiedDocument,
    MatchedDocument,
    Outcome,
    Rejected,
    TokenisedDocument,
)
from stream.scoring.token_rate import TokenRate

# Predictions kept at hand for copies of what was classified a moment ago.
MAX_RECENT = 1024


class Predictor:
    """`prepare` runs on one thread while `predict` runs on another, a batch at a time each."""

    def __init__(
        self,
        classifier: Classifier,
        batch_tokens: int,
        pass_finished: Callable[[], object] = lambda: None,
    ) -> None:
        self.model = Model(classifier.name, classifier.version)
        self._classifier = classifier
        self._batch_tokens = batch_tokens
        self._pass_finished = pass_finished
        self._rate = TokenRate()
        self._recent: OrderedDict[bytes, CopiedScores] = OrderedDict()

    def prepare(
        self, documents: Sequence[MatchedDocument], novelties: Sequence[Copy | First]
    ) -> list[TokenisedDocument | ClassifiedDocument]:
        """Give copies to the letter the scores of their firsts, and tokenise the others."""
        copied = [self._copied(*pair) for pair in zip(documents, novelties, strict=True)]
        unread = [d.parsed.reading for d, found in zip(documents, copied, strict=True) if not found]
        tokens = iter(self._classifier.tokenize(unread))
        return [
            ClassifiedDocument(document, novelty, found)
            if found
            else TokenisedDocument(document, novelty, next(tokens))
            for document, novelty, found in zip(documents, novelties, copied, strict=True)
        ]

    @property
    def token_budget(self) -> int:
        """How many tokens to predict at a time, so that what is done is not held for long."""
        return self._rate.budget

    def predict(
        self, documents: Sequence[TokenisedDocument]
    ) -> list[ClassifiedDocument | Rejected]:
        """What the model makes of each document, in the order given.

        Raises:
            BrokenModel: the model fails on a document, and on a trial text too.
        """
        results: dict[int, Prediction | Exception] = {}
        self._classify(documents, list(self._unread(documents)), results)
        for position, document in enumerate(documents):
            if position not in results and (found := self._recently_read(document.matched)):
                results[position] = found
        # What is left are copies of a text that failed, or that is no longer at hand.
        left = [position for position in range(len(documents)) if position not in results]
        self._classify(documents, left, results)
        return [_outcome(document, results[at]) for at, document in enumerate(documents)]

    def new_scores(self, outcomes: Sequence[Outcome]) -> list[Remembered]:
        """The scores of the firsts among `outcomes`, for copies that any worker meets."""
        return [
            Remembered(
                number=one.found.number,
                source=one.matched.source_partition,
                offset=one.matched.parsed.origin.offset,
                scores=msgspec.msgpack.encode(scores),
            )
            for one in outcomes
            if isinstance(one, ClassifiedDocument)
            and isinstance(one.found, First)
            and one.found.number is not None
            and (scores := self._recent.get(one.matched.sketch.digest))
        ]

    def _copied(self, document: MatchedDocument, found: Copy | First) -> Prediction | None:
        if isinstance(found, First) or not found.scores:
            return None
        scores = msgspec.msgpack.decode(found.scores, type=CopiedScores)
        if scores.key != key_of(self.model, document.sketch.digest):
            return None
        return to_prediction(scores, document.parsed.content)

    def _recently_read(self, document: MatchedDocument) -> Prediction | None:
        scores = self._recent.get(document.sketch.digest)
        return to_prediction(scores, document.parsed.content) if scores else None

    def _unread(self, documents: Sequence[TokenisedDocument]) -> Iterator[int]:
        """The positions of texts that are neither at hand nor earlier among `documents`."""
        earlier = set()
        for position, document in enumerate(documents):
            digest = document.matched.sketch.digest
            if digest not in self._recent and digest not in earlier:
                earlier.add(digest)
                yield position

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
            for position, result in zip(chosen, self._read(tokens), strict=True):
                results[position] = result
                self._remember(documents[position].matched, result)

    def _read(self, batch: Sequence[Tokens]) -> list[Prediction | Exception]:
        results = isolate(self._timed, batch)
        # Before a document is blamed: a broken model fails on all, and must reject none.
        if any(isinstance(result, Exception) for result in results):
            try_model(self._classifier)
        return results

    def _timed(self, batch: Sequence[Tokens]) -> list[Prediction]:
        """One forward pass; one that fails is finished too, but tells nothing of the rate."""
        began = perf_counter()
        try:
            predictions = predict(self._classifier, batch)
        finally:
            self._pass_finished()
        read = sum(padded(len(tokens)) for tokens in batch)
        self._rate.observe(read, perf_counter() - began)
        return predictions

    def _remember(self, document: MatchedDocument, result: Prediction | Exception) -> None:
        if isinstance(result, Exception):
            return
        digest = document.sketch.digest
        key = key_of(self.model, digest)
        self._recent[digest] = from_prediction(result, document.parsed.content, key)
        while len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)


def _outcome(
    document: TokenisedDocument, result: Prediction | Exception
) -> ClassifiedDocument | Rejected:
    if isinstance(result, Exception):
        return Rejected("classify", result)
    return ClassifiedDocument(document.matched, document.found, result)
