"""Places in nested values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mapping.paths import InvalidPath, Path

VALUE = {
    "id": 7,
    "payload": {"after": {"body": "Orvane falls"}},
    "symbols": [{"symbol": "ORV"}, {"other": 1}, {"symbol": "LTGB"}],
    "pages": [{"tags": ["a", "b"]}, {"tags": ["c"]}],
    "content": [{"value": "first"}],
    "flat.name": "a column of a flattened table",
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("id", 7),
        ("payload.after.body", "Orvane falls"),
        ("symbols[].symbol", ["ORV", "LTGB"]),
        ("pages[].tags[]", ["a", "b", "c"]),
        ("pages[].tags", ["a", "b", "c"]),
        ("content[0].value", "first"),
        ("flat.name", "a column of a flattened table"),
        ("content[9].value", None),
        ("payload.after.body.deeper", None),
        ("id[].x", None),
        ("nothing", None),
    ],
)
def test_a_path_finds_what_lies_there(path: str, found: object) -> None:
    assert Path(path).find(VALUE) == found


@pytest.mark.parametrize("text", ["", ".", "a..b", "a.", "a[", "a[x]", "a[0]b", "a]"])
def test_what_is_no_path_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidPath, match=r"`symbols\[\].symbol`; not"):
        Path(text)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=20,
)


@given(value=JSON, path=st.sampled_from(["a", "a.b", "a[].b", "a[0].b[]", "[]", "[].a[].b"]))
def test_a_path_finds_something_or_nothing_in_any_value(value: object, path: str) -> None:
    found = Path(path).find(value)

    assert found is None or "[]" not in path or isinstance(found, list)
