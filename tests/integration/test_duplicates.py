import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from stream.scoring.duplicates import (
    MIN_SIMILARITY,
    Copy,
    DuplicateQuery,
    Duplicates,
    similarity,
    sketch,
)

TTL = 3_600
CAPACITY = 1_024
TEXT = "Corvane Air grounds its fleet after a warning light"
LONG = " ".join(f"word{i}" for i in range(60))
LONG_COPY = LONG.replace("word30", "other")


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def duplicates(redis: Redis, unique: str) -> Duplicates:
    return Duplicates(redis, unique, TTL, CAPACITY)


def query(
    name: str, text: str, offset: int = 0, source: str = "social/0", at: int = 0
) -> DuplicateQuery:
    return DuplicateQuery(name, sketch(text), source, offset, at)


async def test_copy_names_its_first_and_brings_its_scores(duplicates: Duplicates) -> None:
    assert await duplicates.look_up([query("a", TEXT, 1)]) == [None]
    await duplicates.remember({"a": b"\x00\xff"})

    copies = await duplicates.look_up([query("b", f"RT @desk: {TEXT}", 2)])

    assert copies == [Copy("a", 1, b"\x00\xff")]


async def test_copies_within_the_first_batch_are_found(duplicates: Duplicates) -> None:
    batch = [query("a", TEXT, 1), query("x", "Else", 2), query("b", TEXT, 3), query("c", TEXT, 4)]

    assert await duplicates.look_up(batch) == [None, None, Copy("a", 1, None), Copy("a", 2, None)]


async def test_long_text_with_a_word_changed_is_found(duplicates: Duplicates) -> None:
    copies = await duplicates.look_up([query("a", LONG, 1), query("b", LONG_COPY, 2)])

    assert copies == [None, Copy("a", 1, None)]


async def test_redelivered_first_is_not_its_own_copy(duplicates: Duplicates) -> None:
    batch = [query("a", TEXT, 1), query("b", TEXT, 2)]
    before = await duplicates.look_up(batch)

    assert await duplicates.look_up(batch) == before


async def test_redelivered_copy_is_counted_once(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1), query("b", TEXT, 2)])
    await duplicates.look_up([query("b", TEXT, 2)])

    copies = await duplicates.look_up([query("c", TEXT, 1, "news/3")])

    assert copies == [Copy("a", 2, None)]


async def test_each_worker_finds_what_the_other_registered(redis: Redis, unique: str) -> None:
    one, other = Duplicates(redis, unique, TTL, CAPACITY), Duplicates(redis, unique, TTL, CAPACITY)
    await one.look_up([query("a", TEXT, 1)])

    assert await other.look_up([query("b", TEXT, 1, "news/0")]) == [Copy("a", 1, None)]


async def test_texts_with_nothing_to_read_are_no_copies(duplicates: Duplicates) -> None:
    batch = [query("a", "https://t.co/a", 1), query("b", TEXT, 2), query("c", "", 3)]

    assert await duplicates.look_up(batch) == [None, None, None]
    assert await duplicates.look_up([query("d", "https://t.co/b", 4)]) == [None]
    assert await duplicates.look_up([]) == []


async def test_prefixes_are_apart(redis: Redis, duplicates: Duplicates, unique: str) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])
    apart = Duplicates(redis, f"{unique}-replay", TTL, CAPACITY)

    assert await apart.look_up([query("b", TEXT, 2)]) == [None]


async def test_every_key_has_the_prefix_and_expires(
    redis: Redis, duplicates: Duplicates, unique: str
) -> None:
    await duplicates.look_up([query("a", LONG, 1), query("b", LONG, 2)])
    await duplicates.remember({"a": b"scores"})

    keys = [key async for key in redis.scan_iter(count=1_000)]

    assert all(key.startswith(unique.encode()) for key in keys)
    assert all([0 < await redis.ttl(key) <= 2 * TTL for key in keys])


async def test_text_of_long_ago_in_event_time_is_new(duplicates: Duplicates) -> None:
    later = TTL * 1000 + 1
    await duplicates.look_up([query("a", TEXT, 1, at=0)])
    await duplicates.remember({"a": b"old"})

    copies = await duplicates.look_up(
        [query("b", TEXT, 2, at=later), query("c", TEXT, 3, at=later + 1)]
    )

    assert copies == [None, Copy("b", 1, None)]


async def test_id_that_comes_with_another_text_stands_for_that(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1), query("b", TEXT, 2)])
    await duplicates.remember({"a": b"old"})
    await duplicates.look_up([query("a", "Corvane Air flies again", 3)])

    copies = await duplicates.look_up(
        [query("c", TEXT, 4), query("d", "corvane air flies again", 5)]
    )

    assert copies == [None, Copy("a", 1, None)]


async def test_redis_judges_as_similarity_does(duplicates: Duplicates) -> None:
    draw = random.Random(7)
    for trial in range(200):
        words = [f"t{trial}w{i}" for i in range(draw.randrange(28, 150))]
        other = list(words)
        for _ in range(draw.randrange(8)):
            other[draw.randrange(len(words))] = "changed"
        one, two = query(f"{trial}a", " ".join(words)), query(f"{trial}b", " ".join(other))
        alike = similarity(one.sketch, two.sketch)
        meet = bool(set(one.sketch.bands) & set(two.sketch.bands))

        copy = (await duplicates.look_up([one, two]))[1]

        # Redis holds half of each hash: one pair of the 64 may look alike that is not.
        if abs(alike - MIN_SIMILARITY) > 1 / 32:
            assert (copy is not None) == (alike > MIN_SIMILARITY and meet)


async def test_oldest_texts_make_room_and_it_is_told(
    duplicates: Duplicates, caplog: pytest.LogCaptureFixture
) -> None:
    await duplicates.look_up([query(str(i), f"text number {i}", i) for i in range(CAPACITY + 64)])

    copies = await duplicates.look_up(
        [query("old", "text number 0", 1), query("new", f"text number {CAPACITY}", 2)]
    )

    assert copies == [None, Copy(str(CAPACITY), 1, None)]
    assert "PETREL_DUPLICATE_DOCUMENTS" in caplog.text


async def test_long_id_is_no_first_and_finds_its_own(duplicates: Duplicates) -> None:
    copies = await duplicates.look_up(
        [query("i" * 129, TEXT, 1), query("a", TEXT, 2), query("j" * 129, TEXT, 3)]
    )

    assert copies == [None, None, Copy("a", 1, None)]


async def test_scores_that_are_too_long_are_not_kept(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])
    await duplicates.remember({"a": bytes(257)})

    assert await duplicates.look_up([query("b", TEXT, 2)]) == [Copy("a", 1, None)]


async def test_all_keys_are_in_one_slot(redis: Redis, duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", LONG, 1)])

    assert all([b":{near}:" in key async for key in redis.scan_iter()])
