import gzip
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.raw_rows import found

PIECES = (
    *(
        b'"',
        b'\\"',
        b'""',
        b"\\",
        b"\n",
        b"\r",
        b",",
        b";",
        b"\t",
        b" ",
        b"a",
        b"1",
        b"\0",
        b"\xff",
    ),
    *(b"{", b"}", b"[", b"]", b":", b'{"a":', b'"data":[', b"NaN", rb"\ud83d", b"PAR1"),
    *("海".encode(), "海".encode("gb18030"), b"\xff\xfe", b"\xef\xbb\xbf", b"id,text\n"),
)
CONTENTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=40).map(b"".join)
ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".txt", ".parquet", ".csv.gz", ".json.zst")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=CONTENTS | CONTENTS.map(gzip.compress),
    ending=st.sampled_from(ENDINGS),
    encoding=st.sampled_from([None, "gb18030", "utf-16", "utf-7"]),
    header=st.booleans(),
    records=st.sampled_from([None, "data", "a.data"]),
)
def test_whatever_a_file_holds_only_errors_for_people_come_of_it(
    tmp_path: Path,
    content: bytes,
    ending: str,
    encoding: str | None,
    header: bool,
    records: str | None,
) -> None:
    read = found(tmp_path, f"a{ending}", content, encoding=encoding, header=header, records=records)
    assert all(isinstance(row, dict) for row in read.rows)
