import asyncio
import os
import signal

import pytest

from stream.clients.until_stopped import until_stopped


async def test_work_that_ends_gives_its_result() -> None:
    async def work() -> int:
        return 3

    assert await until_stopped(work()) == 3


async def test_an_error_of_the_work_is_raised() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until_stopped(work())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_work_in_order(number: signal.Signals) -> None:
    tidy = False

    async def work() -> bool:
        nonlocal tidy
        os.kill(os.getpid(), number)
        try:
            return await asyncio.Event().wait()
        finally:
            tidy = True

    assert await until_stopped(work()) is None
    assert tidy
