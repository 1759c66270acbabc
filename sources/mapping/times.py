"""Times as feeds write them."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.codec import shown
from schemas.errors import PetrelError
from schemas.times import EPOCH

# Seconds, milliseconds, microseconds and nanoseconds since 1970 differ by a thousand: a number is
# the first of them that lies before the year 2286.
_MAX_SECONDS = 10**10
_UNITS = (1, 10**3, 10**6, 10**9)

# Before this a number with a date's digits is taken for the date: 20261125 as seconds is 1970.
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}(?:\.\d{1,9})?", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*([A-Za-z]{1,5}|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
# Wed Nov 25 18:44:28 +0000 2026
_YEAR_LAST = re.compile(
    r"[A-Za-z]{3} ([A-Za-z]{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-]\d{4}) (\d{4})", re.ASCII
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ZONE_NAME = re.compile(r"\b([A-Za-z]+)\)?$", re.ASCII)
_UTC_NAMES = ("Z", "UTC", "GMT")
# Those that RFC 2822 defines; others are of several places, or of none.
_MAIL_ZONES = (*_UTC_NAMES, "UT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT")
_YEARS = range(1970, 2100)
_FORMS = (
    "2026-11-25T18:44:28Z, 2026-11-25, 20261125T184428Z, Wed, 25 Nov 2026 18:44:28 GMT,"
    " Wed Nov 25 18:44:28 +0000 2026, or seconds, ms or us since 1970"
)


class InvalidTime(PetrelError):
    """What is no time; the message states the rule and the value."""


def zone(name: str) -> tzinfo:
    """The time zone `name`, such as `America/New_York` or `UTC`.

    Raises:
        InvalidTime: there is none.
    """
    try:
        return UTC if name in _UTC_NAMES else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidTime(
            f"a time zone is a name such as Europe/Berlin or UTC; not {shown(name)}"
        ) from None


def parse_time(value: Any, default: tzinfo | None) -> datetime:
    """The time that `value` says, with a zone; one without is of the zone `default`.

    Raises:
        InvalidTime: it is no time, or has no zone that is known.
    """
    try:
        found = _time(value)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise InvalidTime(f"a time is like {_FORMS}; not {shown(value)}")
    if found.tzinfo is not None:
        return found
    if default is None:
        raise InvalidTime(
            f"{shown(value)} has no time zone: --timezone, or `timezone` of the mapping, says which"
        )
    return found.replace(tzinfo=default)


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_digits(str(value)) or _of_number(value)
    return _of_text(value.strip()) if isinstance(value, str) else None


def _of_text(text: str) -> datetime | None:
    if _NUMBER.fullmatch(text):
        return _of_digits(text) or _of_number(float(text) if "." in text else int(text))
    if text[:1].isdigit() and (found := _of_iso(text) or _of_digits(text)):
        return found
    return _of_words(text)


def _of_iso(text: str) -> datetime | None:
    # As it comes with most records; all else is slower.
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    found = _YEAR_FIRST.fullmatch(text)
    if not found:
        return None
    *parts, fraction, zone_name = found.groups()
    at = datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001
    at += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    return at if zone_name is None else at.replace(tzinfo=_offset(zone_name))


def _offset(name: str) -> tzinfo:
    if name[0] not in "+-":
        if name.upper() not in _UTC_NAMES:
            raise InvalidTime(f"the zone {shown(name)} may mean several: write an offset, +01:00")
        return UTC
    hours, minutes = int(name[1:3]), int(name[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if name[0] == "-" else offset)


def _of_digits(text: str) -> datetime | None:
    """`text` as a date, and a time of day, without anything between."""
    found = _COMPACT.fullmatch(text)
    if not found or int(found[1]) not in _YEARS:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _of_number(value: float) -> datetime | None:
    unit = next((unit for unit in _UNITS if abs(value) < _MAX_SECONDS * unit), None)
    if unit is None or value != value:  # noqa: PLR0124
        return None
    if isinstance(value, int):
        return EPOCH + timedelta(microseconds=value * 10**6 // unit)
    return EPOCH + timedelta(seconds=value / unit)


def _of_words(text: str) -> datetime | None:
    if found := _YEAR_LAST.fullmatch(text):
        month, day, hour, minute, second, offset, year = found.groups()
        on = int(year), _MONTHS.index(month.title()) + 1, int(day)
        return datetime(*on, int(hour), int(minute), int(second), tzinfo=_offset(offset))
    name = _ZONE_NAME.search(text)
    if name and name[1].upper() not in _MAIL_ZONES:
        return None
    return parsedate_to_datetime(text)
