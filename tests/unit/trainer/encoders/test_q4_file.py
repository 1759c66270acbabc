import struct
from pathlib import Path

from trainer.encoders.q4_file import read_q4


def packed(pieces: list[str], block: bytes) -> bytes:
    """A file with `pieces`, scored 0, -1 and so on, a plain tensor of two and one of `block`."""
    text = "".join(pieces).encode()
    ends = [len("".join(pieces[:end]).encode()) for end in range(len(pieces) + 1)]
    head = struct.pack("<4sI7ifi", b"E5S1", 1, *[0] * 7, 0.0, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(text))
    head += struct.pack(f"<{len(ends)}I", *ends)
    head += struct.pack(f"<{len(pieces)}f", *(-float(number) for number in range(len(pieces))))
    head += text + struct.pack("<iI", 1, 3) + b"abc" + struct.pack("<i", 2)
    plain_at = len(head) + 2 * (2 + 1 + 1 + 4 + 8 + 8)
    head += struct.pack("<H1sBIQQ", 1, b"p", 0, 2, plain_at, 8)
    head += struct.pack("<H1sBIQQ", 1, b"b", 1, 32, plain_at + 8, len(block))
    return head + struct.pack("<2f", 1.5, -2.5) + block


def test_pieces_scores_and_tensors(tmp_path: Path) -> None:
    # The low bits of each byte are the first sixteen weights, the high ones the last.
    block = struct.pack("<e", 0.5) + bytes([0x9A] * 16)
    path = tmp_path / "q4.bin"
    path.write_bytes(packed(["<s>", "跌", "▁up"], block))
    found = read_q4(path)
    assert (found.pieces, found.scores) == (["<s>", "跌", "▁up"], [0.0, -1.0, -2.0])
    assert found.vector("p").tolist() == [1.5, -2.5]
    assert found.matrix("b", 32).tolist() == [[1.0] * 16 + [0.5] * 16]


def test_rows_of_a_tensor(tmp_path: Path) -> None:
    blocks = [struct.pack("<e", scale) + bytes([0x99] * 16) for scale in (1.0, 2.0, 4.0)]
    path = tmp_path / "q4.bin"
    path.write_bytes(packed(["<s>"], b"".join(blocks)))
    rows = read_q4(path).matrix("b", 32, [2, 0])
    assert rows.tolist() == [[4.0] * 32, [1.0] * 32]
