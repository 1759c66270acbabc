"""A schema registry on a free port, that answers as it is told."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import fastavro
import orjson
from aiohttp import web


class SchemaServer:
    """Knows `schemas`, and speaks the registry's API.

    answers: statuses to give first, one each. missing: the body of a 404 for a schema that is not
    there. headers: those of the last request. The server waits before each answer until
    `may_answer` is set.
    """

    def __init__(self) -> None:
        self.url = ""
        self.schemas: dict[int, dict[str, Any]] = {}
        self.answers: list[int] = []
        self.missing: dict[str, Any] = {"error_code": 40403, "message": "not found"}
        self.asked: list[int] = []
        self.headers: dict[str, str] = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def register(self, schema_id: int, definition: Any, kind: str | None = None) -> None:
        answer = {"schema": orjson.dumps(definition).decode()}
        self.schemas[schema_id] = answer | ({"schemaType": kind} if kind else {})

    async def answer(self, request: web.Request) -> web.Response:
        schema_id = int(request.match_info["id"])
        self.asked.append(schema_id)
        self.headers = dict(request.headers)
        await self.may_answer.wait()
        if self.answers:
            headers = {"Location": f"{self.url}/elsewhere"}
            return web.Response(status=self.answers.pop(0), headers=headers)
        if schema_id not in self.schemas:
            return web.json_response(self.missing, status=404)
        return web.json_response(self.schemas[schema_id])


@asynccontextmanager
async def schema_server() -> AsyncIterator[SchemaServer]:
    server, app = SchemaServer(), web.Application()
    app.router.add_get("/api/schemas/ids/{id}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/api"
    try:
        yield server
    finally:
        server.may_answer.set()
        await runner.cleanup()


def framed(schema_id: int, definition: Any, value: object) -> bytes:
    """`value` in Avro, in Confluent's framing."""
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(definition), value)
    return struct.pack(">bI", 0, schema_id) + stream.getvalue()
