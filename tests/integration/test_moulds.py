"""Moulds in a real Redis: looked up with near-duplicates, by any worker."""

import random
from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from schemas.scored import Mould
from stream.counting.updates import ROUTINE
from stream.scoring.duplicates import (
    MAX_SUBJECTS,
    Copy,
    DuplicateQuery,
    Duplicates,
    First,
    Remembered,
    sketch,
)
from stream.watchlist.words.ordinary_words import ORDINARY_WORDS
from tests.moulds import announcement, notice, sketched

TTL = 3_600
CAPACITY = 1_024
DAY = 86_400_000


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def duplicates(redis: Redis, unique: str) -> Duplicates:
    return Duplicates(redis, unique, TTL, CAPACITY)


def query(text: str, offset: int, at: int = 0, name: str | None = None) -> DuplicateQuery:
    return DuplicateQuery(name or f"d{offset}", sketch(text), "n/0", offset, at, sketched(text))


# By one firm, each about another company.
NOTICES = [query(notice(3 * n), n) for n in range(20)]


def seen(found: Iterable[Copy | First]) -> list[int]:
    """Of how many other companies each came before."""
    return [one.mould.seen if one.mould else 0 for one in found]


async def test_each_notice_tells_of_how_many_other_companies_such_came(
    duplicates: Duplicates,
) -> None:
    found = await duplicates.look_up(NOTICES)

    assert seen(found) == [*range(MAX_SUBJECTS), *[MAX_SUBJECTS] * (20 - MAX_SUBJECTS)]
    assert {one.mould.id for one in found if one.mould} == {NOTICES[0].sketch.story.hex()}
    assert all(isinstance(one, First) for one in found)


async def test_chinese_announcements_have_a_mould_too(duplicates: Duplicates) -> None:
    assert seen(await duplicates.look_up([query(announcement(n), n) for n in range(4)])) == [
        *range(4)
    ]


async def test_of_two_hundred_notices_of_some_firms_few_are_news(duplicates: Duplicates) -> None:
    found = await duplicates.look_up([query(notice(n), n) for n in range(200)])

    assert sum(one < ROUTINE for one in seen(found)) <= 4 * ROUTINE


async def test_one_event_in_other_words_has_no_mould(duplicates: Duplicates) -> None:
    texts = [
        f"{start} Kelvarra (KVR) Halts Production at Its Largest Plant After a Fire Overnight"
        for start in ("BREAKING:", "Report:", "Update:", "Chief Says", "Live:")
    ]

    assert seen(await duplicates.look_up([query(t, n) for n, t in enumerate(texts)])) == [0] * 5


async def test_two_workers_join_one_mould(redis: Redis, unique: str) -> None:
    one, other = (Duplicates(redis, unique, TTL, CAPACITY) for _ in range(2))
    await one.look_up(NOTICES[:2])

    assert seen(await other.look_up(NOTICES[2:3])) == [2]


async def test_copy_of_a_notice_is_told_what_its_first_is(duplicates: Duplicates) -> None:
    await duplicates.look_up(NOTICES[:3])

    (copy,) = await duplicates.look_up([query(notice(6), 50)])

    assert isinstance(copy, Copy)
    assert copy.mould == Mould(NOTICES[0].sketch.story.hex(), 2)


async def test_what_is_looked_up_twice_is_told_the_same(duplicates: Duplicates) -> None:
    before = await duplicates.look_up(NOTICES[:3])

    assert seen(await duplicates.look_up(NOTICES[:1])) == [0]
    assert seen(await duplicates.look_up(NOTICES[2:3])) == seen(before[2:])


async def test_mould_is_forgotten_when_nothing_of_it_came_for_long(duplicates: Duplicates) -> None:
    await duplicates.look_up(NOTICES[:5])

    assert seen(await duplicates.look_up([query(notice(60), 60, at=DAY)])) == [0]


async def test_mould_that_goes_on_coming_is_known_for_longer(duplicates: Duplicates) -> None:
    hours = [query(notice(3 * n), n, at=n * TTL * 700) for n in range(10)]

    found = await duplicates.look_up(hours)

    assert seen(found) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert len({one.mould.id for one in found if one.mould}) == 1


async def test_forgotten_document_begins_no_mould(duplicates: Duplicates) -> None:
    await duplicates.look_up([query(notice(0), 0, name="deleted")])
    await duplicates.forget(["deleted"])

    assert seen(await duplicates.look_up(NOTICES[1:2])) == [0]


async def test_scores_of_a_first_and_its_mould_are_both_kept(duplicates: Duplicates) -> None:
    await duplicates.look_up(NOTICES[:1])
    await duplicates.remember([Remembered(0, "n/0", 0, b"scores")])

    one, copy = await duplicates.look_up([NOTICES[1], query(notice(0), 50)])

    assert seen([one]) == [1]
    assert isinstance(copy, Copy)
    assert copy.scores == b"scores"


async def test_moulds_of_dropped_texts_do_not_pile_up(redis: Redis, unique: str) -> None:
    duplicates, draw = Duplicates(redis, unique, TTL, 64), random.Random(7)
    words = sorted(ORDINARY_WORDS)
    for start in range(0, 6_400, 64):
        texts = [" ".join(draw.sample(words, 12)) for _ in range(64)]
        await duplicates.look_up([query(text, start + n) for n, text in enumerate(texts)])

    held = [await redis.hlen(key) async for key in redis.scan_iter(match=f"{unique}:*:mould:*")]

    assert len(held) == 4
    assert sum(held) <= 2 * 64


async def test_moulds_expire_with_the_texts(
    redis: Redis, duplicates: Duplicates, unique: str
) -> None:
    await duplicates.look_up(NOTICES)

    times = [await redis.ttl(key) async for key in redis.scan_iter(match=f"{unique}:*:mould:*")]

    assert times
    assert all(0 < one <= TTL for one in times)
