import pytest

from schemas import Correction, InvalidRecord, decode
from tests.commands import petrel


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (b'{"id": "n1"}', "A correction needs `sentiment` or `topics`"),
        (b'{"id": "", "sentiment": "neutral"}', "length >= 1"),
        (b'{"id": "n1", "sentiment": "angry"}', "Invalid enum value 'angry'"),
        (b'{"id": "n1", "label": "neutral"}', "unknown field `label`"),
    ],
)
def test_wrong_correction_is_named(value: bytes, rule: str) -> None:
    with pytest.raises(InvalidRecord, match=rule):
        decode(value, Correction)


def test_giving_nothing_is_an_error_without_a_broker() -> None:
    done = petrel("feedback", "give", "n1")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: A correction needs `sentiment` or `topics`")
