"""Servers of feeds on free ports, and feeds for them to serve."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from petrel.embedded import HOST

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def web_server(handler: Handler) -> AsyncIterator[str]:
    """Serve every path by `handler` while the block runs; gives the URL of one."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    # What a client has left is not waited for.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}/feed"
    finally:
        await runner.cleanup()


def rss(*items: str, head: str = "") -> bytes:
    """An RSS 2.0 feed of `items`, each the inside of an `item`."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Desk</title>{head}{inside}</channel></rss>'.encode()


def entry(name: str) -> str:
    """An item with the guid `name`."""
    guid = f"<guid isPermaLink='false'>{name}</guid>"
    return f"{guid}<title>Title of {name}</title><description>{name}</description>"
