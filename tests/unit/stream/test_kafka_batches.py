"""Batches that aiokafka cannot decode: what is fetched with them is read all the same."""

from collections.abc import Iterable

import pytest
from aiokafka import ConsumerRecord
from aiokafka.consumer import fetcher
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import InvalidRecord
from stream import kafka  # noqa: F401 (sets the reader up)
from stream.records import RawRecord
from tests.batches import RAW_NAME, batch

_CRC_AT = 17
_ATTRIBUTES_AT = 22


def read(*batches: bytes | bytearray, start: int = 0) -> list[ConsumerRecord]:
    """What a consumer gets that has fetched `batches`, from the offset `start` on."""
    fetched = fetcher.MemoryRecords(b"".join(batches))
    records: Iterable[ConsumerRecord] = fetcher.PartitionRecords(
        TopicPartition("news", 3), fetched, [], start, None, None, True, 0
    )
    return list(records)


def raw(message: ConsumerRecord) -> RawRecord:
    return RawRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=message.timestamp,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )


def corrupt(data: bytearray) -> bytearray:
    data[_CRC_AT] ^= 0xFF
    return data


def test_a_header_whose_name_is_not_utf_8_is_read() -> None:
    (record,) = read(batch(7, [b"a"], [(RAW_NAME, b"1"), ("name", None)]))

    assert (record.offset, record.value) == (7, b"a")
    assert list(record.headers) == [("caf\\xe9", b"1"), ("name", None)]


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_no_record_around_such_a_name_is_lost_or_read_twice(codec: int) -> None:
    batches = (
        batch(0, [b"a", b"b"], codec=codec),
        batch(2, [b"c", b"d"], [(RAW_NAME, b"")], codec=codec),
        batch(4, [b"e"], codec=codec),
    )

    assert [r.value for r in read(*batches)] == [b"a", b"b", b"c", b"d", b"e"]
    assert [r.value for r in read(*batches[1:], start=3)] == [b"d", b"e"]


def test_a_batch_that_is_broken_comes_as_one_record_and_the_next_is_read() -> None:
    broken = corrupt(batch(2, [b"c", b"d"]))

    records = read(batch(0, [b"a", b"b"]), broken, batch(4, [b"e"]))

    assert [r.offset for r in records] == [0, 1, 2, 4]
    assert records[2].value == broken
    with pytest.raises(InvalidRecord, match=r"offsets 2 to 3 cannot be decoded.*Invalid CRC"):
        raw(records[2]).check_readable()


def test_an_unknown_compression_says_so() -> None:
    unknown = batch(5, [b"a"])
    unknown[_ATTRIBUTES_AT] |= 7

    (record,) = read(without_checksum(unknown))

    with pytest.raises(InvalidRecord, match="offsets 5 to 5 cannot be decoded"):
        raw(record).check_readable()


def without_checksum(data: bytearray) -> bytes:
    """The batch with the checksum that its bytes have now."""
    from aiokafka.record.util import calc_crc32c

    data[_CRC_AT : _CRC_AT + 4] = calc_crc32c(bytes(data[_CRC_AT + 4 :])).to_bytes(4, "big")
    return bytes(data)


@given(places=st.dictionaries(st.integers(_CRC_AT + 4, 70), st.integers(0, 255), max_size=4))
def test_whatever_a_batch_holds_the_one_behind_it_is_read(places: dict[int, int]) -> None:
    hostile = batch(0, [b"abc", b"def"], [("name", b"value")])
    for place, byte in places.items():
        hostile[min(place, len(hostile) - 1)] = byte

    # Not the offset of the batch's last record, which says where the next begins.
    hostile[23:27] = (1).to_bytes(4, "big")
    records = read(without_checksum(hostile), batch(2, [b"last"]))

    assert (records[-1].offset, records[-1].value) == (2, b"last")
