"""Which alerts of workers and of a backtest are the same."""

from msgspec.structs import replace

from schemas import encode
from tests.bench.backtest.live import differences, rows
from tests.records import ALERT


def test_alerts_that_only_one_side_raises_or_that_differ_are_named() -> None:
    same, other, missing = (replace(ALERT, id=name) for name in ("same", "other", "missing"))
    live = {"same": encode(same), "other": encode(other), "missing": encode(missing)}
    backtested = {"same": encode(same), "other": encode(replace(other, score=1))}

    found = list(differences(live, backtested))

    assert found == [
        f"live: {encode(missing).decode()}\nbacktest: nothing",
        f"live: {encode(other).decode()}\nbacktest: {encode(replace(other, score=1)).decode()}",
    ]
    assert list(rows(live, backtested)) == [["single, open", 3, 2, 1], ["all", 3, 2, 1]]
