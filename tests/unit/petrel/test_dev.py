from petrel.dev import settings_for
from stream.settings import unknown


def test_what_is_exported_are_settings() -> None:
    assert unknown(settings_for(9092, 6379)) == []
