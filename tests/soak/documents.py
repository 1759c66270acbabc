"""What a soak feeds: tweets, or made-up texts where there are none, at a fixed rate."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click
import yaml

from tests.bench import tweets
from tests.bench.servers import document
from tests.faults.documents import VERBS, WATCHLIST, text
from tests.soak.trend import WARM_UP

_TEXTS = 30_000

# Every tenth says what the one before said, as retweets do.
_COPY_EVERY = 10

# The longest window and the grace are passed once within the warm-up.
_HORIZON = timedelta(hours=25)

# Documents may be dated an hour ahead of the clock; none of ours is.
_BEFORE_NOW = timedelta(hours=1)


class Plan(NamedTuple):
    """Documents at `rate` a second for `seconds`; event time runs `speed` times the clock."""

    texts: Sequence[str]
    rate: float
    seconds: float
    speed: float
    start: datetime

    def value(self, number: int) -> bytes:
        """Document `number` as it stands in Kafka."""
        said = number - 1 if number % _COPY_EVERY == _COPY_EVERY - 1 else number
        published = self.start + timedelta(seconds=number / self.rate * self.speed)
        return document(name(number), self.texts[said % len(self.texts)], published)


def plan(texts: Sequence[str], rate: float, seconds: float) -> Plan:
    """Event time so quick that nothing is left to fill up after the warm-up."""
    speed = _HORIZON / timedelta(seconds=WARM_UP * seconds)
    start = datetime.now(UTC) - timedelta(seconds=seconds * speed) - _BEFORE_NOW
    return Plan(texts, rate, seconds, speed, start)


def name(number: int) -> str:
    """The id of document `number`."""
    return f"d{number}"


def content(watchlist: Path) -> list[str]:
    """The texts; whom they are about is written to `watchlist`."""
    try:
        found, listed = tweets.texts(_TEXTS), yaml.safe_dump({"entities": tweets.entities()})
    except click.ClickException as error:
        print(f"{error.message}: made-up texts instead")
        rng = random.Random(1)
        found = [text(rng, rng.randrange(len(VERBS))) for _ in range(_TEXTS)]
        listed = WATCHLIST
    watchlist.write_text(listed, "utf-8")
    return found
