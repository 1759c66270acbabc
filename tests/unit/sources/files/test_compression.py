import gzip
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from pyarrow import Table, parquet

from tests.raw_rows import Found, found

LINES = b"".join(b'{"number": %d, "text": "%d"}\n' % (n, n * 7919 % 1013) for n in range(20_000))

both = pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".zst", zstandard.compress)]
)
Pack = Callable[[bytes], bytes]


@both
def test_a_compressed_file_is_read(tmp_path: Path, ending: str, pack: Pack) -> None:
    read = found(tmp_path, f"a.jsonl{ending}", pack(LINES))
    assert [row["number"] for row in read.rows] == list(range(20_000))


@both
def test_compressed_files_may_follow_each_other(tmp_path: Path, ending: str, pack: Pack) -> None:
    read = found(tmp_path, f"a.txt{ending}", pack(b"a\n") + pack(b"") + pack(b"b\n") + b"\0\0")
    assert [row["text"] for row in read.rows] == ["a", "b"]


@both
def test_of_a_file_that_is_cut_off_the_rows_before_are_read(
    tmp_path: Path, ending: str, pack: Pack
) -> None:
    read = found(tmp_path, f"a.jsonl{ending}", pack(LINES)[:-4])
    assert read.end == f"a.jsonl{ending}: the compressed file is cut off before its end"
    assert len(read.rows) > 15_000
    assert [row["number"] for row in read.rows] == list(range(len(read.rows)))


@both
def test_what_is_not_compressed_is_damaged(tmp_path: Path, ending: str, pack: Pack) -> None:
    read = found(tmp_path, f"a.csv{ending}", b"id,text\n1,a\n")
    assert read.end is not None
    assert f"a.csv{ending}: the compressed file is damaged" in read.end


@both
def test_a_line_without_end_ends_with_an_error_and_not_with_the_memory(
    tmp_path: Path, ending: str, pack: Pack
) -> None:
    content = pack(b"x" * 200_000_000 + b"\nb\n")
    tracemalloc.start()
    read = found(tmp_path, f"a.txt{ending}", content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.errors == [f"a.txt{ending}, line 1: a line must be shorter than 16777216 bytes"]
    assert [row["text"] for row in read.rows] == ["b"]
    assert peak < 100_000_000


@both
def test_compressed_parquet_is_read(tmp_path: Path, ending: str, pack: Pack) -> None:
    parquet.write_table(Table.from_pylist([{"text": "a"}]), tmp_path / "a.parquet")
    read = found(tmp_path, f"a.parquet{ending}", pack((tmp_path / "a.parquet").read_bytes()))
    assert read.rows == [{"text": "a"}]


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv.zst"
    path.write_bytes(zstandard.compress(b"text\na\n"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    end = Found(path).end
    assert end is not None
    assert end.endswith(".zst needs the package zstandard: pip install 'petrel[files]'")
