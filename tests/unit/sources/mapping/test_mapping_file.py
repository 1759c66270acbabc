"""The file of mappings."""

from pathlib import Path

import pytest

from sources.mapping.mapper import InvalidMapping
from sources.mapping.mapping_file import read_mappings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sources.yaml"


def test_each_topic_has_its_mapper(path: Path) -> None:
    path.write_text("""
topics:
  tweets.raw: {use: twitter-v1, fields: {author: "-"}}
  wire.raw: {fields: {text: [payload.body, headline]}, lang: zh, timezone: Asia/Shanghai}
""")

    mappers = read_mappings(path)

    assert mappers["tweets.raw"].fields({"full_text": "a", "user": {"screen_name": "b"}}) == {
        "text": "a",
        "source": "twitter",
    }
    assert mappers["wire.raw"].fields({"headline": "跌"}) == {"text": "跌", "lang": "zh"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("topics: {a: {use: telegram}}", "topic a: there is no mapping 'telegram'; there are twit"),
        ("topics: {a: {fields: {titel: x}}}", "topic a: a document has no field 'titel'"),
        ("topics: {a: {feilds: {}}}", r"unknown field `feilds` - at `\$.topics\[...\]`"),
        ("tweets.raw: {}", "unknown field `tweets.raw`; a file of mappings has `topics:`, in it"),
        ("topics: [", "not YAML"),
        ("", "Expected `object`"),
    ],
)
def test_a_file_that_breaks_a_rule_says_which_and_where(path: Path, text: str, rule: str) -> None:
    path.write_text(text)

    with pytest.raises(InvalidMapping, match=rule) as error:
        read_mappings(path)

    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_says_so(path: Path) -> None:
    with pytest.raises(InvalidMapping, match=r"sources.yaml: No such file"):
        read_mappings(path)
