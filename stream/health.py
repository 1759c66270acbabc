"""The worker's health endpoints over HTTP: `/healthz` and `/readyz`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import orjson
from aiohttp import web

# How long stopping waits for requests in progress.
_STOP_SECONDS = 1.0


@asynccontextmanager
async def health_server(
    host: str,
    port: int,
    stall_reason: Callable[[], str | None],
    missing: Callable[[], Awaitable[Sequence[str]]],
) -> AsyncIterator[None]:
    """Serve `/healthz` and `/readyz` on `host`:`port` while the block runs.

    `/healthz` is 200 while `stall_reason` gives None, `/readyz` while `missing` gives nothing, else
    503; the body is JSON either way.

    Raises:
        OSError: the port is taken.
    """

    async def healthz(_: web.Request) -> web.Response:
        reason = stall_reason()
        return _response({"healthy": reason is None, "complaint": reason}, ok=reason is None)

    async def readyz(_: web.Request) -> web.Response:
        found = await missing()
        return _response({"ready": not found, "missing": found}, ok=not found)

    application = web.Application()
    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


def _response(body: dict[str, object], *, ok: bool) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=200 if ok else 503, content_type="application/json"
    )
