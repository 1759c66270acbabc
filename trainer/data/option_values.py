"""Values of command-line options, parsed: tasks, columns, label maps and class weights."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bundle.heads import HEADS, HeadName
from schemas.suggestion import did_you_mean
from trainer.data.label_map import COMPARISONS, LabelMap, Scores
from trainer.data.task import Task
from trainer.errors import TrainerError

FIELDS = ("text", *HEADS, "token", "sentence")

# The weight of each class, or None for weights that make the classes count alike.
ClassWeights = dict[str, float] | None


def parse_task(value: str) -> Task:
    """`sentiment=a.csv` or `sentiment,topic=a.csv`."""
    names, path = _pair("--task", value, "HEAD[,HEAD]=FILE")
    heads = tuple(_head("--task", name.strip()) for name in names.split(","))
    if len(set(heads)) != len(heads):
        raise TrainerError(f"--task {value}: a head may be named once")
    return Task(heads, Path(path))


def parse_fields(values: Iterable[str]) -> dict[str, list[str]]:
    """`text=Title`; a field given more than once, or as `text=Title|Body`, has several places."""
    fields: dict[str, list[str]] = defaultdict(list)
    for value in values:
        field, places = _pair("--field", value, "FIELD=PLACE")
        if field not in FIELDS:
            raise TrainerError(
                f"--field {value}: the field must be one of {', '.join(FIELDS)}"
                f"{did_you_mean(field, FIELDS)}"
            )
        fields[field] += places.split("|")
    return dict(fields)


def parse_labels(values: Iterable[str]) -> dict[HeadName, LabelMap]:
    """Label maps by head, from what stands in the file to the label's name.

    `sentiment=negative,positive,neutral` names the ids 0, 1, 2; `sentiment=-1:negative,0:neutral`
    maps what stands there, and `None:-` skips it; `sentiment=<-0.1:negative,>0.1:positive,neutral`
    makes classes of scores; `topic=@classes.txt` names the ids by the lines of a file.
    """
    maps: dict[HeadName, LabelMap] = {}
    for value in values:
        name, names = _pair("--labels", value, "HEAD=NAME,NAME or HEAD=VALUE:NAME or HEAD=@FILE")
        head = _head("--labels", name)
        known, more = maps.get(head, LabelMap()), _label_map(value, names)
        rest = known.rest if more.rest is None else more.rest
        maps[head] = LabelMap({**known.names, **more.names}, known.scores + more.scores, rest)
    return maps


def parse_weights(values: Iterable[str]) -> dict[HeadName, ClassWeights]:
    """`sentiment=balanced`, or `sentiment=negative:2,positive:1.5` (1 for the rest)."""
    weights: dict[HeadName, ClassWeights] = {}
    for value in values:
        name, given = _pair("--class-weights", value, "HEAD=balanced or HEAD=LABEL:WEIGHT")
        head = _head("--class-weights", name)
        weights[head] = None if given == "balanced" else _weights(value, given)
    return weights


def _pair(option: str, value: str, form: str) -> tuple[str, str]:
    left, equals, right = value.partition("=")
    if not (left and equals and right):
        raise TrainerError(f"{option} {value}: the form is {form}")
    return left.strip(), right


def _head(option: str, name: str) -> HeadName:
    if name not in HEADS:
        raise TrainerError(
            f"{option}: the head must be one of {', '.join(HEADS)}, not {name!r}"
            f"{did_you_mean(name, HEADS)}"
        )
    return name


def _label_map(value: str, names: str) -> LabelMap:
    if names.startswith("@"):
        return LabelMap(dict(_numbered(_lines(Path(names[1:])))))
    parts = [part.strip() for part in names.split(",")]
    if not all(parts):
        raise TrainerError(f"--labels {value}: a label's name must not be empty")
    if ":" not in names:
        return LabelMap(dict(_numbered(parts)))
    pairs = [part.rpartition(":") for part in parts]
    rest = [name for _, colon, name in pairs if not colon]
    if len(rest) > 1 or not all(left and right for left, colon, right in pairs if colon):
        raise TrainerError(
            f"--labels {value}: every part must be VALUE:NAME when one is, but one for the rest"
        )
    found = {left: name for left, colon, name in pairs if colon}
    scores = {left: name for left, name in found.items() if left.startswith(("<", ">"))}
    return LabelMap(
        {left: name for left, name in found.items() if left not in scores},
        tuple(_scores(value, left, name) for left, name in scores.items()),
        *rest,
    )


def _scores(value: str, said: str, name: str) -> Scores:
    symbol = next(symbol for symbol in COMPARISONS if said.startswith(symbol))
    bound = said.removeprefix(symbol)
    try:
        return Scores(COMPARISONS[symbol], float(bound), name)
    except ValueError:
        raise TrainerError(f"--labels {value}: {bound!r} is not a number") from None


def _numbered(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    return ((str(position), name) for position, name in enumerate(names))


def _lines(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise TrainerError(f"--labels: {path} cannot be read as UTF-8 lines: {error}") from None
    names = [line for line in lines if line]
    if not names:
        raise TrainerError(f"--labels: {path} is empty, it must have a label a line")
    return names


def _weights(value: str, given: str) -> dict[str, float]:
    weights = {}
    for part in given.split(","):
        label, _, number = part.rpartition(":")
        try:
            weights[label.strip()] = float(number)
        except ValueError:
            raise TrainerError(f"--class-weights {value}: {number!r} is not a number") from None
        if weights[label.strip()] <= 0:
            raise TrainerError(f"--class-weights {value}: a weight must be above 0")
    return weights
