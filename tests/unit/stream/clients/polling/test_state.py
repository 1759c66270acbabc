from pathlib import Path

import pytest

from stream.clients.polling.fetch import Validators
from stream.clients.polling.state import FeedState, StateError, default_path, open_state

URL = "https://desk:secret@wire.test/feed?token=secret"


def state_of(path: Path) -> FeedState:
    with open_state(path, "t") as states:
        return states.get(URL)


def test_what_was_sent_is_known_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    with open_state(path, "t") as states:
        states.put(URL, states.get(URL).after(["a", "b"], Validators('"1"', "x")))

    state = state_of(path)

    assert state.unsent(["a", "b", "c"]) == {"c"}
    assert state.validators == Validators('"1"', "x")


def test_the_file_holds_no_login(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with open_state(path, "t") as states:
        states.put(URL, states.get(URL).after(["a"], Validators()))

    assert "secret" not in path.read_text()
    assert "https://wire.test/feed" in path.read_text()


def test_ids_that_left_the_feed_are_forgotten_oldest_first() -> None:
    state = FeedState("u")
    for number in range(0, 4_000, 10):
        state = state.after([str(number + one) for one in range(10)], Validators())

    assert len(state.sent) == 2_010
    assert state.unsent(["1989", "1990", "3999"]) == {"1989"}


def test_an_id_that_stays_in_the_feed_is_never_forgotten() -> None:
    state = FeedState("u").after(["pinned"], Validators())
    for number in range(3_000):
        state = state.after(["pinned", str(number)], Validators())

    assert state.unsent(["pinned"]) == set()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"topic":"t","feeds":{"a":1}}', b"\xff"])
def test_a_broken_file_is_an_error_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)

    with pytest.raises(StateError, match=f"{path} is no state of polled feeds: "):
        state_of(path)
    assert path.read_bytes() == content


def test_the_file_of_another_topic_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"topic":"other","feeds":{}}')

    with pytest.raises(StateError, match="sent to other, not to t: name another file by --state"):
        state_of(path)


def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with open_state(path, "t"), pytest.raises(StateError, match="in use by another"):
        state_of(path)


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be written"):
        state_of(tmp_path / "file" / "state.json")


def test_the_file_lies_below_the_home_of_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/states")
    assert default_path("t") == Path("/states/petrel/poll/t.json")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert default_path("t") == Path.home() / ".local/state/petrel/poll/t.json"
