from collections.abc import Sequence

import aiohttp
import pytest

from petrel.embedded import HOST, free_port
from stream.health import health_server


class Worker:
    """Stands for a worker: stalled for a reason or not, lacking something or not."""

    def __init__(self, stall_reason: str | None = None, missing: Sequence[str] = ()) -> None:
        self._stall_reason = stall_reason
        self._missing = missing

    def stall_reason(self) -> str | None:
        return self._stall_reason

    async def missing(self) -> Sequence[str]:
        return self._missing


async def get(worker: Worker, path: str) -> tuple[int, object]:
    port = free_port()
    async with (
        health_server(HOST, port, worker.stall_reason, worker.missing),
        aiohttp.ClientSession() as client,
        client.get(f"http://{HOST}:{port}{path}") as response,
    ):
        return response.status, await response.json()


async def test_a_worker_that_makes_progress_is_healthy() -> None:
    assert await get(Worker(), "/healthz") == (200, {"healthy": True, "complaint": None})


async def test_a_stalled_worker_says_why() -> None:
    response = await get(Worker("records are held"), "/healthz")
    assert response == (503, {"healthy": False, "complaint": "records are held"})


async def test_a_worker_that_has_all_it_needs_is_ready() -> None:
    assert await get(Worker(), "/readyz") == (200, {"ready": True, "missing": []})


async def test_a_worker_that_is_not_ready_says_what_is_missing() -> None:
    response = await get(Worker(missing=["redis"]), "/readyz")
    assert response == (503, {"ready": False, "missing": ["redis"]})


async def test_a_port_that_is_taken_is_an_error() -> None:
    port, worker = free_port(), Worker()
    async with health_server(HOST, port, worker.stall_reason, worker.missing):
        with pytest.raises(OSError, match="address already in use"):
            async with health_server(HOST, port, worker.stall_reason, worker.missing):
                pass
