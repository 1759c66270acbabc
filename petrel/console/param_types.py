"""Types of command-line parameters: a Kafka topic, a feed, a time, a speed, an offset and more."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import click
import msgspec

from bundle.manifest import BundleError
from bundle.registry import resolve
from schemas.suggestion import did_you_mean
from schemas.times import Time
from schemas.window import Kind
from sources.files.encoding import canonical
from sources.mapping.mapper import FIELDS
from stream.clients.polling import address
from stream.settings import TOPIC_NAME

_NO_DELIMITERS = '"\\\r\n'

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class TopicParam(click.ParamType):
    """The name of a Kafka topic."""

    name = "topic"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(TOPIC_NAME, value):
            self.fail(f"a topic name has only letters, digits, '.', '_' and '-', not {value!r}")
        return value


class KeyParam(click.ParamType):
    """The key of windows: KIND:SUBJECT."""

    name = "key"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        kind, _, subject = value.partition(":")
        if not subject or kind not in get_args(Kind):
            self.fail(
                f"a key is KIND:SUBJECT with a kind of {', '.join(get_args(Kind))}, such as"
                f" entity:acme, not {value!r}"
            )
        return value


class BundleParam(click.ParamType):
    """The folder of a model bundle, or of a model directory; torch is not needed to know it."""

    name = "path"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        try:
            resolve(Path(value))
        except BundleError as error:
            self.fail(str(error))
        return Path(value)


class OutputFileParam(click.ParamType):
    """A file to write, in a folder that is there."""

    name = "file"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(value)
        if path.is_dir():
            self.fail(f"{path} is a folder, it must be a file")
        if not path.parent.is_dir():
            self.fail(f"{path} cannot be written: there is no folder {path.parent}")
        return path


class FeedParam(click.ParamType):
    """The URL of an RSS or Atom feed."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return address.check(value)
        except address.AddressError as error:
            self.fail(str(error))


class TimeParam(click.ParamType):
    """A time: RFC 3339, or an age such as `90s`, `30m`, `2h` or `7d`."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        if age := re.fullmatch(r"(\d{1,5})([smhd])", value, re.ASCII):
            return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        try:
            time: datetime = msgspec.convert(value, Time)
        except msgspec.ValidationError:
            self.fail(
                "a time is 2026-03-17T12:00:00Z, with a zone, or an age: 90s, 30m, 2h, 7d;"
                f" not {value!r}"
            )
        return time


class SpeedParam(click.ParamType):
    """How many times faster than real time: a number, `real`, or `max`, which gives None."""

    name = "speed"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        if value in {"real", "max"}:
            return 1.0 if value == "real" else None
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(f"a speed is `max`, `real` or a number above 0, not {value!r}")
        return speed


class OffsetParam(click.ParamType):
    """The offset of a record: PARTITION:OFFSET."""

    name = "offset"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        match = re.fullmatch(r"(\d+):(\d+)", value, re.ASCII)
        if match is None:
            self.fail(f"an offset is PARTITION:OFFSET, such as 0:17, not {value!r}")
        return int(match[1]), int(match[2])


class EncodingParam(click.ParamType):
    """The name of an encoding of text."""

    name = "encoding"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if canonical(value) is None:
            self.fail(f"an encoding is one that Python knows, such as gb18030, not {value!r}")
        return value


class DelimiterParam(click.ParamType):
    r"""What stands between two cells: one character; `\t` and `tab` are a tab."""

    name = "delimiter"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        delimiter = "\t" if value in {"tab", r"\t"} else value
        if len(delimiter) != 1 or delimiter in _NO_DELIMITERS:
            self.fail(f"a delimiter is one character, no quote and no line end, not {value!r}")
        return delimiter


class FieldParam(click.ParamType):
    """A field of the document, and where it is: FIELD=PLACE."""

    name = "field"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        field, _, place = value.partition("=")
        if not place:
            self.fail(f"the form is FIELD=PLACE, not {value!r}")
        if field not in FIELDS:
            self.fail(
                f"a field is one of {', '.join(FIELDS)}, not {field!r}{did_you_mean(field, FIELDS)}"
            )
        return field, place


class SweepParam(click.ParamType):
    """A setting and the values to try: NAME=V,V and so on."""

    name = "sweep"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, list[str]]:
        name, _, values = value.partition("=")
        tried = [one.strip() for one in values.split(",")]
        if not name or not all(tried):
            self.fail(
                "the form is NAME=V,V,… with a setting and what to try, such as"
                f" PETREL_SPIKE_SMALLEST=2,3,5, not {value!r}"
            )
        return name, tried
