"""At what time each record of a replay is sent, and what a replay may remove."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import orjson
import pytest
from aiokafka import ConsumerRecord

from schemas.deadletter import Headers
from schemas.times import EPOCH, to_millis
from sources.files.file_format import FileFormat
from stream import heartbeat
from stream.clients.replay import source
from stream.clients.replay.clean_up import NamespaceError, clean_up
from stream.clients.replay.options import ReplayError, ReplayOptions
from stream.clients.replay.source import read_source
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.settings import Settings, load

NOON = 1_773_748_800_000
HOUR = 3_600_000
# Key, value and headers of a record.
Message = tuple[bytes | None, bytes | None, Headers]
NOON_TEXT, ONE_TEXT = "2026-03-17T12:00:00Z", "2026-03-17T13:00:00Z"


def times(folder: Path, rows: Sequence[dict[str, str]], **options: object) -> list[int]:
    """When each of `rows` is sent, in order."""
    path = folder / "rows.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps({"text": "Acme", **row}) for row in rows))
    given = ReplayOptions(source=str(path), workers=1, **options)  # type: ignore[arg-type]
    with Spool() as spool:
        asyncio.run(read_source(spool, load(), given))
        return [record.time for record in spool]


def test_row_is_sent_when_it_was_published(tmp_path: Path) -> None:
    assert times(tmp_path, [{"published_at": NOON_TEXT}]) == [NOON]


def test_row_is_sent_when_it_arrived_where_that_is_known(tmp_path: Path) -> None:
    row = {"published_at": NOON_TEXT, "arrived_at": ONE_TEXT}

    assert times(tmp_path, [row]) == [NOON + HOUR]


def test_range_goes_by_the_arrival(tmp_path: Path) -> None:
    rows = [{"published_at": NOON_TEXT, "arrived_at": ONE_TEXT}, {"published_at": NOON_TEXT}]
    half_past = EPOCH.fromtimestamp(NOON / 1000 + 1800, EPOCH.tzinfo)

    assert times(tmp_path, rows, start=half_past) == [NOON + HOUR]
    assert times(tmp_path, rows, end=half_past) == [NOON]


def test_row_without_a_time_is_sent_with_the_one_before_it(tmp_path: Path) -> None:
    rows = [{"published_at": NOON_TEXT}, {}, {"published_at": ONE_TEXT}]

    assert times(tmp_path, rows) == [NOON, NOON, NOON + HOUR]


def test_row_whose_time_is_none_is_not_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"published_at": NOON_TEXT}, {"published_at": "noon"}]

    assert times(tmp_path, rows) == [NOON]
    assert "not replayed: rows.jsonl, line 2: a time is like" in caplog.text


def test_rows_without_times_need_a_rate(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"the first row has no time: .*--rate 10 replays"):
        times(tmp_path, [{}, {"published_at": NOON_TEXT}])


def test_rows_are_sent_in_their_order_at_a_rate(tmp_path: Path) -> None:
    before = int(time.time() * 1000)

    found = times(tmp_path, [{"published_at": ONE_TEXT}, {}, {"published_at": "noon"}], rate=2)

    assert [at - found[0] for at in found] == [0, 500, 1000]
    assert before <= found[-1] <= time.time() * 1000


def test_no_row_is_sent_later_than_now(tmp_path: Path) -> None:
    before = int(time.time() * 1000)

    (at,) = times(tmp_path, [{"published_at": "9999-12-31T23:59:59Z"}])

    assert before <= at <= time.time() * 1000


def test_row_before_1970_is_sent_first(tmp_path: Path) -> None:
    assert times(tmp_path, [{"published_at": "1931-05-11T00:00:00Z"}]) == [to_millis(EPOCH)]


def spooled(monkeypatch: pytest.MonkeyPatch, *records: Message) -> list[SpooledRecord]:
    """What is sent of a Kafka topic that holds `records`."""

    async def read_to_end(_: Settings, topic: str) -> AsyncIterator[ConsumerRecord]:
        for at, (key, value, headers) in enumerate(records):
            yield ConsumerRecord(topic, 0, at, at, 0, key, value, None, 0, 0, headers)

    monkeypatch.setattr(source, "read_to_end", read_to_end)
    with Spool() as spool:
        options = ReplayOptions(source="kafka:news", workers=1)
        asyncio.run(read_source(spool, load(), options))
        return list(spool)


def test_what_is_no_document_is_not_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    deletion = b'{"op": "d", "before": {"id": "b"}}'
    found = spooled(
        monkeypatch,
        (b"a", None, []),
        (b"b", deletion, []),
        (None, None, heartbeat.headers(5)),
        (b"c", b"broken", [("trace", b"1")]),
    )

    assert [(one.key, one.value, one.headers) for one in found] == [
        (b"c", b"broken", [("trace", b"1")])
    ]


def test_copies_go_to_one_partition_whatever_their_format(monkeypatch: pytest.MonkeyPatch) -> None:
    document = b'{"text": "Acme falls"}'
    copies = (document, gzip.compress(document), b'{"schema": 0, "payload": "Acme falls"}')

    found = spooled(monkeypatch, *((None, value, []) for value in copies))

    assert len({one.partition_hash for one in found}) == 1


def test_nothing_but_a_replay_is_removed() -> None:
    with pytest.raises(NamespaceError, match="begins with 'replay-'; it is 'live'"):
        asyncio.run(clean_up(load(), "live"))


def test_rows_that_cannot_be_read_are_counted_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"text,published_at\nAcme,{NOON_TEXT}\na,b,c\nAcme,noon\nAcme,{ONE_TEXT}\n")
    with Spool() as spool:
        unread = asyncio.run(read_source(spool, load(), ReplayOptions(source=str(path), workers=1)))
        assert (unread, len(spool)) == (2, 2)
    assert [message.partition(" a ")[0] for message in caplog.messages] == [
        "not replayed: rows.csv, line 3:",
        "not replayed: rows.csv, line 4:",
    ]


def test_what_json_does_not_know_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(rf'{{"text":"Orvane \ud83d","published_at":"{NOON_TEXT}","score":NaN}}')
    with Spool() as spool:
        asyncio.run(read_source(spool, load(), ReplayOptions(source=str(path), workers=1)))
        (found,) = spool
    assert orjson.loads(found.value or b"")["text"] == "Orvane \ufffd"


def test_the_file_is_read_as_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(f"text;published_at\n海燕;{NOON_TEXT}\n".encode("gb18030"))
    options = ReplayOptions(
        source=str(path), workers=1, file_format=FileFormat(encoding="gb18030", delimiter=";")
    )
    with Spool() as spool:
        asyncio.run(read_source(spool, load(), options))
        (record,) = spool
    assert orjson.loads(record.value or b"")["text"] == "海燕"
