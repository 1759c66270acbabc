"""The worker's answers over HTTP: does it get on, and is it ready."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import orjson
from aiohttp import web

# Stopping waits for answers that are under way.
_STOP_SECONDS = 1.0


@asynccontextmanager
async def serving(
    host: str,
    port: int,
    complaint: Callable[[], str | None],
    missing: Callable[[], Awaitable[Sequence[str]]],
) -> AsyncIterator[None]:
    """Answer `/healthz` and `/readyz` on `host`:`port` while the block runs.

    200 when `complaint` has nothing to say and nothing is `missing`, else 503; JSON either way.

    Raises:
        OSError: the port is taken.
    """

    async def healthz(_: web.Request) -> web.Response:
        found = complaint()
        return _answer({"healthy": found is None, "complaint": found}, fine=found is None)

    async def readyz(_: web.Request) -> web.Response:
        found = await missing()
        return _answer({"ready": not found, "missing": found}, fine=not found)

    application = web.Application()
    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


def _answer(body: dict[str, object], *, fine: bool) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=200 if fine else 503, content_type="application/json"
    )
