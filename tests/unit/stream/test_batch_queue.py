import asyncio

from stream.batch_queue import BatchQueue


async def test_takes_what_queued_up_to_the_limit() -> None:
    batch_queue: BatchQueue[int] = BatchQueue(10, 3)
    for number in range(5):
        await batch_queue.put(number)

    assert [await batch_queue.take(), await batch_queue.take()] == [[0, 1, 2], [3, 4]]


async def test_takes_one_without_waiting_for_more() -> None:
    batch_queue: BatchQueue[int] = BatchQueue(10, 3)
    taking = asyncio.create_task(batch_queue.take())
    await batch_queue.put(1)

    assert await taking == [1]


async def test_a_full_inbox_makes_the_sender_wait() -> None:
    batch_queue: BatchQueue[int] = BatchQueue(1, 1)
    await batch_queue.put(1)
    sending = asyncio.create_task(batch_queue.put(2))
    await asyncio.sleep(0)

    assert not sending.done()
    assert await batch_queue.take() == [1]
    await sending


async def test_the_first_waits_a_little_for_others() -> None:
    batch_queue: BatchQueue[int] = BatchQueue(10, 3, seconds=0.02)
    taking = asyncio.create_task(batch_queue.take())
    await batch_queue.put(1)
    await asyncio.sleep(0)
    await batch_queue.put(2)

    assert await taking == [1, 2]


async def test_a_full_batch_waits_for_nothing() -> None:
    batch_queue: BatchQueue[int] = BatchQueue(10, 2, seconds=60)
    for number in range(2):
        await batch_queue.put(number)

    async with asyncio.timeout(1):
        assert await batch_queue.take() == [0, 1]
