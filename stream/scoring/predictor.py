"""One loaded bundle at work: predictions for the documents of a batch, and what copies take over.

What it remembers is its own. Another bundle comes with a predictor of its own, so that no score
passes from one model to the other.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import msgspec

from bundle.batching import pack
from bundle.classifier import Classifier, Prediction
from bundle.tokens import Tokens
from schemas.codec import InvalidRecord
from schemas.scored import Model
from stream.scoring.isolate import isolate
from stream.scoring.scored_record import Scores, remember
from stream.scoring.stages import Item, Reading

# Predictions kept at hand for copies whose first was classified a moment ago.
RECENT = 1024

# Rounding apart: a model that gives NaN, or no distribution, must not be taken at its word.
_NOT_ONE = 1e-3


class Predictor:
    """`prepare` runs on one thread while `predict` runs on another, a batch at a time each."""

    def __init__(self, classifier: Classifier, batch_tokens: int) -> None:
        self.model = Model(classifier.name, classifier.version)
        self._classifier = classifier
        self._batch_tokens = batch_tokens
        self._recent: OrderedDict[str, Scores] = OrderedDict()

    def prepare(self, readings: Sequence[Reading]) -> None:
        """Give copies the scores that this model gave their firsts, and tokenise the others."""
        for reading in readings:
            self._recall(reading)
        unread = [reading for reading in readings if reading.prediction is None]
        texts = [reading.received.content for reading in unread]
        for reading, tokens in zip(unread, self._classifier.tokenize(texts), strict=True):
            reading.tokens = tokens

    def predict(self, items: Sequence[Item]) -> None:
        """Give each document that has none its prediction, or its record a failure."""
        batch = [item for item in items if item.reading and item.reading.tokens]
        ids = {item.reading.id for item in batch if item.reading}
        self._classify([item for item in batch if not self._has_first(item, ids)])
        # What is left are copies; those whose first failed, or is at another worker, go alone.
        self._classify([item for item in batch if not self._settled(item)])

    def new_scores(self, items: Sequence[Item]) -> Mapping[str, bytes]:
        """The scores of the firsts among `items`, by id, for copies that any worker meets."""
        firsts = [item.reading.id for item in items if item.reading and not item.reading.copy]
        return {
            name: msgspec.msgpack.encode(self._recent[name])
            for name in firsts
            if name in self._recent
        }

    def _recall(self, reading: Reading) -> None:
        if reading.copy and reading.copy.scores:
            scores = msgspec.msgpack.decode(reading.copy.scores, type=Scores)
            if scores.model == self.model:
                reading.take(scores)

    def _has_first(self, item: Item, ids: set[str]) -> bool:
        copy = item.reading.copy if item.reading else None
        return copy is not None and (copy.first in self._recent or copy.first in ids)

    def _settled(self, item: Item) -> bool:
        reading = item.reading
        if reading and reading.prediction is None and reading.copy:
            scores = self._recent.get(reading.copy.first)
            if scores:
                reading.take(scores)
        return item.failure is not None or (reading is not None and reading.prediction is not None)

    def _classify(self, items: Sequence[Item]) -> None:
        tokens = [item.reading.tokens for item in items if item.reading and item.reading.tokens]
        for group in pack([len(one) for one in tokens], self._batch_tokens):
            results = isolate(self._probabilities, [tokens[position] for position in group])
            for position, result in zip(group, results, strict=True):
                self._note(items[position], result)

    def _probabilities(self, tokens: Sequence[Tokens]) -> list[Prediction]:
        predictions = self._classifier.predict(tokens)
        for prediction in predictions:
            if not abs(sum(prediction.sentiment) - 1) < _NOT_ONE:
                raise InvalidRecord(
                    f"the model's probabilities must sum to 1; they are {prediction.sentiment}"
                )
        return predictions

    def _note(self, item: Item, result: Prediction | Exception) -> None:
        if isinstance(result, Exception):
            item.failure = ("classify", result)
        elif item.reading:
            reading = item.reading
            reading.prediction = result
            self._recent[reading.id] = remember(result, reading.received.content, self.model)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
