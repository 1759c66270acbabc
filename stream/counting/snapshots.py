"""A window key's hash in Redis as the snapshot that closing works on, and back: see REDIS.md."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from schemas.alert import Evidence
from schemas.codec import encode
from stream.windows.alert_states import KeyState
from stream.windows.buckets import Bucket
from stream.windows.closing import Closing
from stream.windows.key_snapshot import KeySnapshot

BUCKET, TEXTS, EVIDENCE = "bucket", "texts", "evidence"


def snapshot(key: str, fields: Mapping[bytes, bytes]) -> KeySnapshot:
    """What the hash of `key` holds."""
    state = fields.get(b"state")
    return KeySnapshot(
        key=key,
        closed_until=_number(fields.get(b"closed_until")),
        version=fields.get(b"version", b"").decode(),
        reads=fields[b"reads"].decode(),
        dirty_from=_number(fields.get(b"dirty_from")),
        buckets={m: Bucket(*map(int, v.split())) for m, v in _by_minute(fields, BUCKET)},
        texts={m: msgspec.msgpack.decode(v, type=list[str]) for m, v in _by_minute(fields, TEXTS)},
        evidence={m: _evidence(v) for m, v in _by_minute(fields, EVIDENCE)},
        state=msgspec.json.decode(state, type=KeyState) if state and state != b"null" else None,
    )


def close_arguments(snapshot: KeySnapshot, closing: Closing, until: int) -> list[Any]:
    """The arguments of `close.lua`."""
    names = (BUCKET, TEXTS, EVIDENCE)
    drop = [f"{name}:{minute}" for minute in closing.expired for name in names]
    return [
        snapshot.key,
        "" if snapshot.closed_until is None else snapshot.closed_until,
        snapshot.version,
        snapshot.reads,
        until,
        msgspec.json.encode(closing.state),
        "" if closing.timer is None else closing.timer,
        closing.grace,
        len(drop),
        *drop,
        *(encode(alert) for alert in closing.alerts),
    ]


def _by_minute(fields: Mapping[bytes, bytes], name: str) -> Iterator[tuple[int, bytes]]:
    prefix = f"{name}:".encode()
    return (
        (int(field.removeprefix(prefix)), value)
        for field, value in fields.items()
        if field.startswith(prefix)
    )


def _evidence(packed: bytes) -> list[Evidence]:
    rows = msgspec.msgpack.decode(packed, type=list[tuple[float, str, str]], strict=False)
    return [msgspec.json.decode(text, type=Evidence) for _, _, text in rows]


def _number(value: bytes | None) -> int | None:
    return None if value is None else int(value)
