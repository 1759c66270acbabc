from collections.abc import Sequence

import aiohttp
import pytest

from petrel.embedded import HOST, free_port
from stream.health import serving


class Worker:
    """What the answers are made of."""

    def __init__(self, complaint: str | None = None, missing: Sequence[str] = ()) -> None:
        self._complaint = complaint
        self._missing = missing

    def complaint(self) -> str | None:
        return self._complaint

    async def missing(self) -> Sequence[str]:
        return self._missing


async def answer(worker: Worker, path: str) -> tuple[int, object]:
    port = free_port()
    async with (
        serving(HOST, port, worker.complaint, worker.missing),
        aiohttp.ClientSession() as client,
        client.get(f"http://{HOST}:{port}{path}") as response,
    ):
        return response.status, await response.json()


async def test_a_worker_that_gets_on_is_healthy() -> None:
    assert await answer(Worker(), "/healthz") == (200, {"healthy": True, "complaint": None})


async def test_a_worker_that_gets_nowhere_says_why() -> None:
    told = await answer(Worker("records are held"), "/healthz")
    assert told == (503, {"healthy": False, "complaint": "records are held"})


async def test_a_worker_that_has_all_it_needs_is_ready() -> None:
    assert await answer(Worker(), "/readyz") == (200, {"ready": True, "missing": []})


async def test_a_worker_that_is_not_ready_says_what_is_missing() -> None:
    told = await answer(Worker(missing=["redis"]), "/readyz")
    assert told == (503, {"ready": False, "missing": ["redis"]})


async def test_a_port_that_is_taken_is_told() -> None:
    port, worker = free_port(), Worker()
    async with serving(HOST, port, worker.complaint, worker.missing):
        with pytest.raises(OSError, match="address already in use"):
            async with serving(HOST, port, worker.complaint, worker.missing):
                pass
