"""How keys went over time, in spans wide enough to be drawn."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from stream.backtest.counted import counted
from stream.backtest.time_order import Placed
from stream.settings import Settings
from stream.windows.buckets import Bucket

# Spans of a course: about as many as a chart has room for.
MAX_SPANS = 400

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_WIDTHS = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, _DAY)

# Half of what is usual comes from the last week.
_HALF_LIFE = 7 * _DAY


class Span(Struct, frozen=True):
    """What a key had in a span that begins at the second `start`.

    usual: the mean number of negative documents in the spans before, half of it from the last week;
    spread: their standard deviation.
    """

    start: int
    content: Bucket
    usual: float
    spread: float


class KeyCourse(Struct, frozen=True):
    """The spans of a key in order, each of so many seconds and none left out."""

    key: str
    width: int
    spans: list[Span]


def key_courses(
    placed: Iterable[Placed], settings: Settings, keys: Collection[str], time: range
) -> list[KeyCourse]:
    """How each of `keys` went in the seconds of `time`."""
    width = _width(len(time))
    buckets: dict[str, defaultdict[int, Bucket]] = {key: defaultdict(Bucket) for key in keys}
    for _, seconds in counted(placed, settings):
        for key in buckets.keys() & seconds.keys():
            for second, cell in seconds[key].items():
                buckets[key][second // width] += cell.bucket
    numbers = range(time.start // width, -(-time.stop // width))
    return [KeyCourse(key, width, list(_spans(buckets[key], numbers, width))) for key in keys]


def _spans(buckets: Mapping[int, Bucket], numbers: Iterable[int], width: int) -> Iterator[Span]:
    kept, weight, total, squares = 0.5 ** (width / _HALF_LIFE), 0.0, 0.0, 0.0
    for number in numbers:
        content = buckets.get(number, Bucket())
        usual = total / weight if weight else 0.0
        variance = squares / weight - usual**2 if weight else 0.0
        yield Span(number * width, content, usual, max(variance, 0.0) ** 0.5)
        weight, total = weight * kept + 1, total * kept + content.negative
        squares = squares * kept + content.negative**2


def _width(seconds: int) -> int:
    """The width of spans, of which not more than `MAX_SPANS` make up so many `seconds`."""
    fitting = (width for width in _WIDTHS if seconds <= width * MAX_SPANS)
    return next(fitting, -(-seconds // (MAX_SPANS * _DAY)) * _DAY)
