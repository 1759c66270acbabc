"""Work that goes on until Ctrl-C, or until the process is told to end."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(work: Coroutine[Any, Any, Result]) -> Result | None:
    """What `work` gives, or None when SIGINT or SIGTERM has cancelled it.

    A second signal ends the process at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)

    def stop() -> None:
        release()
        task.cancel()

    def release() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await asyncio.wait([task])
    finally:
        release()
    return None if task.cancelled() else task.result()
