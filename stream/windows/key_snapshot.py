"""What the store holds of one window key."""

from collections.abc import Mapping

from msgspec import Struct

from schemas.alert import Evidence
from stream.windows.alert_states import KeyState
from stream.windows.buckets import Bucket


class KeySnapshot(Struct, frozen=True, kw_only=True):
    """What the store holds of one key. Minutes count from the epoch.

    closed_until: all windows that end at or before it were emitted; dirty_from: the earliest
    minute that late documents changed since; version: changes with every write of documents;
    reads: with every read; texts: the distinct negative texts of a minute; evidence: its most
    negative documents; both on time only.
    """

    key: str
    closed_until: int | None
    version: str
    reads: str
    dirty_from: int | None
    buckets: Mapping[int, Bucket]
    texts: Mapping[int, list[str]]
    evidence: Mapping[int, list[Evidence]]
    state: KeyState | None
