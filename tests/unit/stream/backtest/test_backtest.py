"""Alerts of placed documents, with literal times."""

from collections.abc import Callable
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from schemas import AnyAlert, Sentiment
from schemas.scored import Entity, Mould
from stream.backtest.backtest import alerts_of
from stream.backtest.time_order import Placed
from stream.settings import load
from tests.records import SCORED

START = int(datetime(2026, 3, 17, tzinfo=UTC).timestamp())
NOON = START + 12 * 3600


def placed(second: int, *, negative: bool = False, company: str = "acme") -> Placed:
    entities = [Entity(company, "Acme", "ORG", "given" if company != "acme" else "watchlist")]
    sentiment = (
        Sentiment("negative", 0.9, 0.1, 0) if negative else Sentiment("neutral", 0.1, 0.9, 0)
    )
    document = replace(
        SCORED, sentiment=sentiment, topics=[], entities=entities, story=f"{second:016x}"
    )
    return Placed(second, document)


# One every ten minutes, then thirty negative ones in five.
QUIET = [placed(START + 600 * n) for n in range(72)]
BURST = [placed(NOON + 10 * n, negative=True) for n in range(30)]


def found(documents: list[Placed], **settings: object) -> list[AnyAlert]:
    return list(alerts_of(documents, load(kinds=("entity",), **settings)))


def test_a_burst_opens_an_alert_that_resolves_though_nothing_comes_after_it() -> None:
    alerts = found(QUIET + BURST)

    assert [alerts[0].transition, alerts[-1].transition] == ["open", "resolve"]
    assert {(one.kind, one.subject) for one in alerts} == {("entity", "acme")}
    assert NOON < alerts[0].at.timestamp() <= NOON + 300


def test_without_a_burst_there_is_no_alert() -> None:
    assert found(QUIET) == []
    assert found([]) == []


@pytest.mark.parametrize("batch", [1, 7, 50])
def test_alerts_do_not_depend_on_how_often_keys_are_judged(batch: int) -> None:
    expected = found(QUIET + BURST)

    with patch("stream.backtest.counted._BATCH", batch):
        assert found(QUIET + BURST) == expected


def test_the_order_within_a_second_does_not_matter() -> None:
    flood = [
        Placed(NOON, replace(one.document, id=f"d{n}", story=f"{n:016x}"))
        for n, one in enumerate(BURST)
    ]

    assert found(QUIET + flood) == found(QUIET + flood[::-1]) != []


def test_a_key_that_was_silent_for_months_begins_anew() -> None:
    later = [Placed(one.second + 60 * 86_400, one.document) for one in BURST]

    # As one that is new, it has no history to alert by.
    assert found(QUIET + later) == []


def test_a_company_that_is_added_to_the_list_learns_first() -> None:
    added = [one for one in QUIET if one.second >= NOON - 3600]

    assert found(added + BURST) == []


def test_an_alert_of_a_company_that_is_taken_from_the_list_resolves() -> None:
    others = [
        placed(NOON + 300 + 60 * n, negative=True, company="watched beside it") for n in range(300)
    ]

    alerts = [one for one in found(QUIET + BURST + others) if one.subject == "acme"]

    assert alerts[-1].transition == "resolve"
    assert alerts[-1].at.timestamp() <= NOON + 2 * 3600


def test_a_record_of_the_next_year_changes_nothing_before_it() -> None:
    ahead = placed(NOON + 365 * 86_400)

    assert found([*QUIET, *BURST, ahead]) == found(QUIET + BURST) != []


def test_keys_of_senders_beyond_the_cap_count_as_others() -> None:
    quiet = [placed(one.second, company=f"c{n}") for n, one in enumerate(QUIET)]
    burst = [placed(one.second, negative=True, company=f"d{n}") for n, one in enumerate(BURST)]

    alerts = found(quiet + burst, shards=1, max_new_keys=1, max_keys=1)

    assert {one.subject for one in alerts} == {"~other"}


def notices(mould: Callable[[int], Mould | None]) -> list[Placed]:
    """200 negative texts in an hour, each about another company, of what `mould` says."""
    return [
        Placed(
            NOON + 18 * n,
            replace(placed(NOON + 18 * n, negative=True, company=f"c{n}").document, mould=mould(n)),
        )
        for n in range(200)
    ]


def test_two_hundred_notices_of_one_mould_are_no_news() -> None:
    market = load(kinds=("all", "entity"))
    quiet = [placed(one.second, company=f"q{n}") for n, one in enumerate(QUIET)]

    told = alerts_of(quiet + notices(lambda _: None), market)
    silent = alerts_of(quiet + notices(lambda n: Mould("0" * 16, min(n, 8)) if n else None), market)

    assert {one.kind for one in told} == {"all"}
    assert list(silent) == []
