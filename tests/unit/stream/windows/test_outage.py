"""A feed that is down for hours, and what comes when it is back."""

from tests.keys import START, Key, Post, burst, busy, closed_key


def caught_up(days: int) -> list[Post]:
    """A busy key whose feed is down for three hours; then the last of them comes in 20 seconds."""
    back = START + days * 1_440 + 180
    late = [
        post._replace(minute=back, second=post.minute % 20)
        for post in busy(1, start=back - 60)[:60]
    ]
    return [*busy(days), *late, *busy(1, start=back + 1)]


def test_what_is_caught_up_after_an_outage_never_alerts() -> None:
    assert not closed_key(caught_up(7), until=START + 9 * 1_440).alerts


def test_the_same_at_once_without_an_outage_alerts() -> None:
    at_once = burst(START + 7 * 1_440, 20, 1)
    assert closed_key(busy(8), at_once, until=START + 9 * 1_440).transitions()[0] == "open"


def test_burst_long_after_an_outage_alerts() -> None:
    later = START + 7 * 1_440 + 300
    key = closed_key(caught_up(7), burst(later, 60, 3), until=START + 9 * 1_440)
    opened = next(alert.opened_at for alert in key.alerts)
    assert opened.timestamp() // 60 in range(later, later + 4)


def test_outage_is_the_same_in_however_many_pieces() -> None:
    down = START + 4 * 1_440
    posts = sorted([*caught_up(4), *burst(down + 300, 60, 3)], key=lambda post: post.time)
    whole = closed_key(posts, until=down + 1_440)
    pieces = Key(checks=1, minutes=1)
    pieces.add(post for post in posts if post.minute < down)
    for post in posts:
        if down <= post.minute < down + 360:
            pieces.add([post])
            pieces.close(post.minute)
    pieces.add(post for post in posts if post.minute >= down + 360)
    pieces.close(down + 1_440)
    assert whole.alerts
    assert pieces.alerts == whole.alerts
