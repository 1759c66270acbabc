"""What the scores of whole days say of the prices, read in hindsight by a fitted model.

A detector must speak while a day goes on, and sees no price. This has all that was said on the
trading day, what was usual before, and the prices of all other months. It is no bound, since
another model may read more in them, but it says how much is easily had.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.price_table import ALARMS
from tests.bench.detection.prices import FEWEST_DOCUMENTS, Prices
from tests.bench.detection.stocknet import companies, prices
from tests.bench.harness import Figures

# Negative probabilities from which texts are counted, each number a column.
_NEGATIVE = np.array([0.0, 0.2, 0.34, 0.5, 0.7, 0.9])

# Days with documents that what is usual of a company is taken from.
_SPAN = 40

# Added before numbers are compared, most of which are 0.
_PRIOR = 0.3

Floats = npt.NDArray[np.float64]


class _Day(Struct, frozen=True):
    """A trading day of a company: what was said, and whether its price fell, and by far."""

    month: str
    row: Floats
    fell: bool
    is_big_fall: bool


def hindsight_table() -> Figures:
    """Of so many days that look worst the share on which the price fell, and the falls told."""
    days = [day for key, some in companies().items() for day in _days(some, prices()[key])]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2_000))
    months = [day.month for day in days]
    chances = cross_val_predict(
        model,
        np.array([day.row for day in days]),
        np.array([day.is_big_fall for day in days]),
        groups=months,
        cv=GroupKFold(len(set(months))),
        method="predict_proba",
    )[:, 1]
    worst = [days[place] for place in np.argsort(-chances)]
    cells = [
        f"{np.mean([day.fell for day in worst[:number]]):.2f}"
        f" {sum(day.is_big_fall for day in worst[:number])}"
        for number in ALARMS
    ]
    title = "prices 2014 in hindsight, whole days and prices known: share right, falls told"
    return Figures(title, ["model", *map(str, ALARMS)], [["logistic regression", *cells]])


def _days(documents: Sequence[Document], closes: Prices) -> Iterator[_Day]:
    texts: defaultdict[str, list[float]] = defaultdict(list)
    counts: defaultdict[str, int] = defaultdict(int)
    seen: set[int] = set()
    for one in documents:
        if (day := closes.trading_day(one.second)) is None:
            continue
        counts[day] += 1
        if one.text not in seen:
            seen.add(one.text)
            texts[day].append(one.probability)
    before: list[Floats] = []
    for day in sorted(counts):
        row = _numbers(np.array(texts[day]))
        usual = np.mean(before[-_SPAN:] or [row], axis=0)
        if closes.is_judged(day):
            yield _Day(
                month=day[:7],
                row=np.concatenate([np.log1p(row), np.log((row + _PRIOR) / (usual + _PRIOR))]),
                fell=closes.fell(day),
                is_big_fall=counts[day] >= FEWEST_DOCUMENTS and closes.fell(day, big=True),
            )
        before.append(row)


def _numbers(probabilities: Floats) -> Floats:
    """How many texts are negative from each of the probabilities on, and their sum."""
    above = (probabilities[:, None] >= _NEGATIVE).sum(axis=0)
    return np.append(above, probabilities.sum()).astype(np.float64)
