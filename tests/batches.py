"""Record batches as a broker keeps them, also such as aiokafka would not write."""

from collections.abc import Sequence
from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

Header = tuple[str, bytes | None]

_BATCH_BYTES = 1_000_000


class RawName(str):
    """The name of a header whose bytes are no UTF-8."""

    def encode(self, *_: object) -> bytes:
        return b"caf\xe9"


RAW_NAME = RawName("raw")


def builder(codec: int = 0) -> Any:
    """A builder of batches in Python, which takes names of headers in any encoding."""
    return _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=_BATCH_BYTES,
    )


def batch(
    base_offset: int, values: Sequence[bytes], headers: Sequence[Header] = (), codec: int = 0
) -> bytearray:
    """The records `values`, from `base_offset` on, each with `headers`."""
    built = builder(codec)
    for number, value in enumerate(values):
        built.append(number, timestamp=1_000, key=None, value=value, headers=list(headers))
    data = bytearray(built.build())
    data[:8] = base_offset.to_bytes(8, "big")
    return data
