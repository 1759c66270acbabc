import asyncio

from stream.batch_queue import BatchQueue


async def test_takes_what_queued_up_to_the_most() -> None:
    inbox: BatchQueue[int] = BatchQueue(10, 3)
    for number in range(5):
        await inbox.put(number)

    assert [await inbox.take(), await inbox.take()] == [[0, 1, 2], [3, 4]]


async def test_takes_one_without_waiting_for_more() -> None:
    inbox: BatchQueue[int] = BatchQueue(10, 3)
    taking = asyncio.create_task(inbox.take())
    await inbox.put(1)

    assert await taking == [1]


async def test_a_full_inbox_makes_the_sender_wait() -> None:
    inbox: BatchQueue[int] = BatchQueue(1, 1)
    await inbox.put(1)
    sending = asyncio.create_task(inbox.put(2))
    await asyncio.sleep(0)

    assert not sending.done()
    assert await inbox.take() == [1]
    await sending
