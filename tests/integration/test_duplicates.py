import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bundle.text import clean
from stream.scoring.duplicates import (
    MIN_SIMILARITY,
    Copy,
    DuplicateQuery,
    Duplicates,
    First,
    Remembered,
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
    return DuplicateQuery(name, sketch(clean(text)), source, offset, at)


def copy(
    first: str,
    seen: int,
    text: str = TEXT,
    scores: bytes | None = None,
    same_id: str | None = None,
) -> Copy:
    """A copy of a first with `text`."""
    return Copy(first, seen, sketch(text).story, scores, same_id)


def scored(number: int, offset: int, scores: bytes, source: str = "social/0") -> Remembered:
    return Remembered(number, source, offset, scores)


async def test_copy_names_its_first_and_brings_its_scores(duplicates: Duplicates) -> None:
    assert await duplicates.look_up([query("a", TEXT, 1)]) == [First(0)]
    await duplicates.remember([scored(0, 1, b"\x00\xff")])

    copies = await duplicates.look_up([query("b", f"RT @desk: {TEXT}", 2)])

    assert copies == [copy("a", 1, scores=b"\x00\xff")]


async def test_copies_within_the_first_batch_are_found(duplicates: Duplicates) -> None:
    batch = [query("a", TEXT, 1), query("x", "Else", 2), query("b", TEXT, 3), query("c", TEXT, 4)]

    assert await duplicates.look_up(batch) == [
        First(0),
        First(1),
        copy("a", 1),
        copy("a", 2),
    ]


async def test_long_text_with_a_word_changed_is_found(duplicates: Duplicates) -> None:
    copies = await duplicates.look_up([query("a", LONG, 1), query("b", LONG_COPY, 2)])

    assert copies == [First(0), copy("a", 1, LONG)]


async def test_redelivered_first_is_not_its_own_copy(duplicates: Duplicates) -> None:
    batch = [query("a", TEXT, 1), query("b", TEXT, 2)]
    before = await duplicates.look_up(batch)

    assert await duplicates.look_up(batch) == before


async def test_redelivered_copy_is_counted_once(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1), query("b", TEXT, 2)])
    await duplicates.look_up([query("b", TEXT, 2)])

    copies = await duplicates.look_up([query("c", TEXT, 1, "news/3")])

    assert copies == [copy("a", 2)]


async def test_what_is_forgotten_is_no_first_of_later_texts(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1), query("b", "Corvane Air flies again", 2)])

    forgotten = await duplicates.forget(["a", "unknown", "i" * 129])

    assert forgotten == 1
    assert await duplicates.look_up([query("c", TEXT, 3), query("d", TEXT, 4)]) == [
        First(2),
        copy("c", 1),
    ]
    assert await duplicates.look_up([query("e", "Corvane Air flies again", 5)]) == [
        copy("b", 1, "Corvane Air flies again")
    ]


async def test_all_texts_of_an_id_are_forgotten(redis: Redis, duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1), query("a", LONG, 2)])
    await duplicates.remember([scored(0, 1, b"scores")])

    assert await duplicates.forget(["a"]) == 2
    await duplicates.remember([scored(1, 2, b"late")])

    found = await duplicates.look_up([query("b", TEXT, 3), query("c", LONG_COPY, 4)])
    assert found == [First(2), First(3)]
    kept = [key async for key in redis.scan_iter(count=1_000) if b":firsts:" in key]
    firsts = b"".join([one for key in kept for one in await redis.lrange(key, 0, 1)])  # type: ignore[misc]
    assert b"scores" not in firsts


async def test_all_texts_of_an_id_are_forgotten_however_many(duplicates: Duplicates) -> None:
    numbers = range(600)
    await duplicates.look_up([query("a", f"text number {number}", number) for number in numbers])

    assert await duplicates.forget(["unknown", "a", "b"]) == len(numbers)
    assert await duplicates.look_up([query("b", "text number 0", 600)]) == [First(600)]


async def test_forgetting_twice_is_forgetting_once(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])

    assert [await duplicates.forget(["a"]), await duplicates.forget(["a"])] == [1, 0]


async def test_each_worker_finds_what_the_other_registered(redis: Redis, unique: str) -> None:
    one, other = Duplicates(redis, unique, TTL, CAPACITY), Duplicates(redis, unique, TTL, CAPACITY)
    await one.look_up([query("a", TEXT, 1)])

    assert await other.look_up([query("b", TEXT, 1, "news/0")]) == [copy("a", 1)]


async def test_texts_with_nothing_to_read_are_no_copies(duplicates: Duplicates) -> None:
    batch = [query("a", "https://t.co/a", 1), query("b", TEXT, 2), query("c", "", 3)]

    assert await duplicates.look_up(batch) == [First(None), First(0), First(None)]
    assert await duplicates.look_up([query("d", "https://t.co/b", 4)]) == [First(None)]
    assert await duplicates.look_up([]) == []


async def test_prefixes_are_apart(redis: Redis, duplicates: Duplicates, unique: str) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])
    apart = Duplicates(redis, f"{unique}-replay", TTL, CAPACITY)

    assert await apart.look_up([query("b", TEXT, 2)]) == [First(0)]


async def test_every_key_has_the_prefix_and_expires(
    redis: Redis, duplicates: Duplicates, unique: str
) -> None:
    await duplicates.look_up([query("a", LONG, 1), query("b", LONG, 2)])
    await duplicates.remember([scored(0, 1, b"scores")])

    keys = [key async for key in redis.scan_iter(count=1_000)]

    assert all(key.startswith(unique.encode()) for key in keys)
    assert all([0 < await redis.ttl(key) <= 2 * TTL for key in keys])


async def test_text_of_long_ago_in_event_time_is_new(duplicates: Duplicates) -> None:
    later = TTL * 1000 + 1
    await duplicates.look_up([query("a", TEXT, 1, at=0)])
    await duplicates.remember([scored(0, 1, b"old")])

    copies = await duplicates.look_up(
        [query("b", TEXT, 2, at=later), query("c", TEXT, 3, at=later + 1)]
    )

    assert copies == [First(1), copy("b", 1)]


async def test_texts_with_the_same_id_keep_to_their_own_scores(duplicates: Duplicates) -> None:
    other = "Corvane Air flies again"
    firsts = await duplicates.look_up([query("a", TEXT, 1), query("a", other, 2)])
    await duplicates.remember([scored(0, 1, b"grounded"), scored(1, 2, b"flies")])

    copies = await duplicates.look_up([query("c", TEXT, 3), query("d", other.lower(), 4)])

    assert firsts == [First(0), First(1, "social/0/1")]
    assert copies == [copy("a", 1, TEXT, b"grounded"), copy("a", 1, other, b"flies")]


async def test_near_texts_with_one_id_are_a_first_and_its_copy(duplicates: Duplicates) -> None:
    found = await duplicates.look_up([query("a", LONG, 1), query("a", LONG_COPY, 2)])
    await duplicates.remember([scored(0, 2, b"of the copy"), scored(0, 1, b"of the first")])

    later = await duplicates.look_up([query("b", LONG_COPY, 3)])

    assert found == [First(0), copy("a", 1, LONG, same_id="social/0/1")]
    assert later == [copy("a", 2, LONG, b"of the first")]


async def test_record_that_is_sent_again_is_a_copy_of_itself(duplicates: Duplicates) -> None:
    again = [query("a", TEXT, 1), query("a", TEXT, 2), query("a", TEXT, 1, "news/0")]

    assert await duplicates.look_up(again) == [
        First(0),
        copy("a", 1, same_id="social/0/1"),
        copy("a", 2, same_id="social/0/1"),
    ]


async def test_redelivered_documents_with_one_id_are_what_they_were(
    duplicates: Duplicates,
) -> None:
    batch = [query("a", f"text number {number}", number) for number in range(3)]
    before = await duplicates.look_up(batch)

    assert before == [First(0), First(1, "social/0/0"), First(2, "social/0/1")]
    assert await duplicates.look_up(batch) == before


async def test_first_is_known_again_though_another_id_was_made_for_it(
    duplicates: Duplicates,
) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])

    assert await duplicates.look_up([query("renamed", TEXT, 1)]) == [First(0)]


async def test_redelivered_copies_belong_to_the_same_story(duplicates: Duplicates) -> None:
    batch = [query("a", LONG, 1), query("b", LONG_COPY, 2), query("c", f"{LONG} end", 3)]
    await duplicates.look_up(batch)

    again = await duplicates.look_up(batch[::-1])

    assert again == [copy("a", 2, LONG), copy("a", 2, LONG), First(0)]


async def test_source_far_behind_is_told_by_name(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 2**40, "news.raw.v1/11")])

    (found,) = await duplicates.look_up([query("a", LONG, 1)])

    assert found.same_id == f"news.raw.v1/11/{2**40}"


async def test_deleted_document_shares_its_id_with_none(duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1), query("a", LONG, 2)])
    await duplicates.forget(["a"])

    assert await duplicates.look_up([query("a", "Corvane Air flies again", 3)]) == [First(2)]


async def test_ids_used_twice_are_told_once_by_kafka_topic(
    duplicates: Duplicates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for offset in range(3):
        await duplicates.look_up([query("a", f"text number {offset}", offset, "news.raw.v1/3")])

    told = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert told == [{"documents": 1, "kafka_topics": {"news.raw.v1": 1}}]


async def test_id_that_is_written_like_a_band_finds_no_text(duplicates: Duplicates) -> None:
    (band, *_) = sketch(LONG).bands
    await duplicates.look_up([query(band, TEXT, 1), query("b", LONG, 2)])

    assert await duplicates.look_up([query("c", TEXT, 3)]) == [copy(band, 1)]
    assert await duplicates.forget([band]) == 1
    assert await duplicates.look_up([query("d", LONG, 4)]) == [copy("b", 1, LONG)]


async def test_scores_of_before_a_loss_are_no_others(redis: Redis, duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])
    await redis.flushdb()
    await duplicates.look_up([query("b", "Corvane Air flies again", 2)])
    await duplicates.remember([scored(0, 1, b"old"), scored(7, 1, b"old")])

    copies = await duplicates.look_up([query("c", "Corvane Air flies again", 3)])

    assert copies == [copy("b", 1, "Corvane Air flies again")]


async def test_a_page_that_expired_half_full_is_not_gone_on_with(
    redis: Redis, duplicates: Duplicates, unique: str
) -> None:
    await duplicates.look_up([query("a", TEXT, 1)])
    await redis.delete(f"{unique}:{{near}}:firsts:0")

    found = await duplicates.look_up(
        [query("b", "Corvane Air flies again", 2), query("c", TEXT, 3), query("d", TEXT, 4)]
    )

    assert found == [First(64), First(65), copy("c", 1)]


async def test_redis_judges_as_similarity_does(duplicates: Duplicates) -> None:
    draw = random.Random(7)
    for trial in range(200):
        words = [f"t{trial}w{i}" for i in range(draw.randrange(28, 150))]
        other = list(words)
        for _ in range(draw.randrange(8)):
            other[draw.randrange(len(words))] = "changed"
        one = query(f"{trial}a", " ".join(words), 2 * trial)
        two = query(f"{trial}b", " ".join(other), 2 * trial + 1)
        alike = similarity(one.sketch, two.sketch)
        meet = bool(set(one.sketch.bands) & set(two.sketch.bands))

        second = (await duplicates.look_up([one, two]))[1]

        # Redis holds half of each hash: one pair of the 64 may look alike that is not.
        if abs(alike - MIN_SIMILARITY) > 1 / 32:
            assert isinstance(second, Copy) == (alike > MIN_SIMILARITY and meet)


async def test_oldest_texts_make_room_and_it_is_told(
    duplicates: Duplicates, caplog: pytest.LogCaptureFixture
) -> None:
    await duplicates.look_up([query(str(i), f"text number {i}", i) for i in range(CAPACITY + 64)])

    copies = await duplicates.look_up(
        [query("old", "text number 0", 1), query("new", f"text number {CAPACITY}", 2)]
    )

    assert copies == [First(CAPACITY + 64), copy(str(CAPACITY), 1, f"text number {CAPACITY}")]
    assert "PETREL_DUPLICATE_DOCUMENTS" in caplog.text


async def test_long_id_is_no_first_and_finds_its_own(duplicates: Duplicates) -> None:
    copies = await duplicates.look_up(
        [query("i" * 129, TEXT, 1), query("a", TEXT, 2), query("j" * 129, TEXT, 3)]
    )

    assert copies == [First(None), First(0), copy("a", 1)]


@pytest.mark.parametrize("size", [200, 301])
async def test_scores_that_make_a_first_too_long_are_not_kept(
    duplicates: Duplicates, size: int
) -> None:
    name = "i" * 100
    await duplicates.look_up([query(name, TEXT, 1)])
    await duplicates.remember([scored(0, 1, bytes(size))])

    assert await duplicates.look_up([query("b", TEXT, 2)]) == [copy(name, 1)]


async def test_largest_first_stays_within_its_bound(
    redis: Redis, duplicates: Duplicates, unique: str
) -> None:
    name, now = "i" * 128, 1_790_000_000_000
    texts = [" ".join(f"{start}word{i}" for i in range(60)) for start in range(2)]
    await duplicates.look_up([query(name, text, 2**40 + n, at=now) for n, text in enumerate(texts)])

    sizes = [len(one) for one in await redis.lrange(f"{unique}:{{near}}:firsts:0", 0, 1)]

    assert max(sizes) <= 300


async def test_finders_of_dropped_texts_do_not_pile_up(redis: Redis, unique: str) -> None:
    duplicates = Duplicates(redis, unique, TTL, 64)
    for start in range(0, 6_400, 64):
        numbers = range(start, start + 64)
        await duplicates.look_up([query(str(i), f"text number {i}", i) for i in numbers])

    held = [await redis.hlen(key) async for key in redis.scan_iter(match=f"{unique}:*:finder:*")]

    assert len(held) == 4
    assert sum(held) <= 2 * 64


async def test_all_keys_are_in_one_slot(redis: Redis, duplicates: Duplicates) -> None:
    await duplicates.look_up([query("a", LONG, 1)])

    assert all([b":{near}:" in key async for key in redis.scan_iter()])
