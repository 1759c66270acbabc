import asyncio
import gzip
import io
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from petrel.embedded import HOST
from stream.clients import feed, http_endpoint
from stream.clients.http_endpoint import (
    MAX_BODY,
    MAX_REQUESTS,
    MAX_WAITING,
    EndpointError,
    document_endpoint,
)
from stream.clients.kafka_sender import NotAcknowledged, RecordTooLarge
from stream.records import Outgoing
from stream.settings import load

LINES = "application/x-ndjson"
ANYWHERE = "0.0.0.0"  # noqa: S104 - without a token it must be refused
TOKEN = {"http_token": "s3cret-海燕"}


class Topic:
    """Stands for Kafka: takes records at once, or with the error or not before the event."""

    def __init__(self, error: Exception | None = None, *, open_: bool = True) -> None:
        self.records: list[Outgoing] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self._error = error
        if open_:
            self.open.set()

    async def send(self, records: Sequence[Outgoing]) -> None:
        self.asked.set()
        await self.open.wait()
        if self._error is not None:
            raise self._error
        self.records += records


class Client:
    """Sends requests to an endpoint; gives status and JSON of each answer."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self.port = port
        self.headers: dict[str, str] = {}

    async def post(
        self, body: bytes, kind: str = "application/json", **headers: str
    ) -> tuple[int, Any]:
        headers = {"Content-Type": kind, **headers}
        url = f"http://{HOST}:{self.port}/documents"
        async with self._session.post(url, data=io.BytesIO(body), headers=headers) as response:
            self.headers = dict(response.headers)
            return response.status, await response.json()

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._session.get(f"http://{HOST}:{self.port}{path}") as response:
            return response.status, await response.json()


@asynccontextmanager
async def endpoint(topic: Topic, **settings: object) -> AsyncIterator[Client]:
    async with (
        document_endpoint(load(**settings), "t", topic.send, HOST, 0) as port,
        aiohttp.ClientSession() as session,
    ):
        yield Client(session, port)


async def refused(body: bytes, kind: str = "application/json") -> tuple[int, str]:
    topic = Topic()
    async with endpoint(topic) as client:
        status, answer = await client.post(body, kind)
    assert topic.records == []
    return status, answer["error"]


async def test_a_document_is_a_record_with_its_id_as_key() -> None:
    topic = Topic()
    async with endpoint(topic) as client:
        answer = await client.post(b'{"id": "n1", "text": "Acme warns"}')
    assert answer == (202, {"accepted": 1})
    assert topic.records == [Outgoing("t", b"n1", b'{"id":"n1","text":"Acme warns"}')]


@pytest.mark.parametrize("kind", ["application/json", LINES])
async def test_what_json_does_not_know_is_taken(kind: str) -> None:
    topic = Topic()
    async with endpoint(topic) as client:
        answer = await client.post(rb'{"id":"n1","text":"Orvane \ud83d","score":NaN}', kind)
    assert answer == (202, {"accepted": 1})
    assert [record.key for record in topic.records] == [b"n1"]


async def test_an_array_of_many_is_sent_in_order() -> None:
    topic = Topic()
    body = orjson.dumps([{"text": f"text {number}"} for number in range(MAX_WAITING)])
    async with endpoint(topic) as client:
        assert await client.post(body) == (202, {"accepted": MAX_WAITING})
    assert [record.key for record in topic.records] == [None] * MAX_WAITING
    assert orjson.loads(topic.records[-1].value or b"") == {"text": f"text {MAX_WAITING - 1}"}


async def test_lines_are_sent_byte_for_byte() -> None:
    topic = Topic()
    lines = [b'{"text" :  "a"} ', '{"text":"海","id":"2"}'.encode()]
    async with endpoint(topic) as client:
        answer = await client.post(b"\r\n".join([*lines, b"", b""]), LINES)
    assert answer == (202, {"accepted": 2})
    assert topic.records == [Outgoing("t", None, lines[0]), Outgoing("t", b"2", lines[1])]


@pytest.mark.parametrize(
    ("line", "key"),
    [(b'{"id":"x","text":"a"}', b"x"), (b'{"id":7,"text":"a"}', None), (b'{"text":"a"}', None)],
)
async def test_the_key_is_the_one_that_feed_gives(line: bytes, key: bytes | None) -> None:
    topic = Topic()
    async with endpoint(topic) as client:
        await client.post(line, LINES)
    errors: list[object] = []
    fed = list(feed.records(io.BytesIO(line), "t", feed.FeedOptions(), errors.append))
    assert topic.records == fed == [Outgoing("t", key, line)]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"{", "not JSON in UTF-8"),
        (b"", "not JSON in UTF-8"),
        (b'{"text":"\xff"}', "not JSON in UTF-8"),
        (b'{"text":""}', "document 0: there is neither a text nor a title"),
        (b'"text"', "document 0: a document must be an object"),
        (b'[{"text":"a"},{"text":7},{}]', "document 1: "),
        (
            b'{"op":"d","before":{"id":7}}',
            "document 0: a record asks for the deletion of {'id': 7}",
        ),
    ],
)
async def test_what_is_no_document_is_refused_with_its_rule(body: bytes, rule: str) -> None:
    status, error = await refused(body)
    assert status == 400
    assert error.endswith("; nothing is sent")
    assert error.startswith(rule)


async def test_a_line_that_is_no_document_is_refused_with_its_number() -> None:
    status, error = await refused(b'{"text":"a"}\n{"text"', LINES)
    assert status == 400
    assert error.startswith("document 1: not JSON")


@pytest.mark.parametrize(("unknown_fields", "status"), [("ignore", 202), ("reject", 400)])
async def test_fields_are_taken_that_workers_take(unknown_fields: str, status: int) -> None:
    async with endpoint(Topic(), unknown_fields=unknown_fields) as client:
        assert (await client.post(b'{"text":"a","likes":3}'))[0] == status


async def test_records_of_another_shape_are_taken_where_the_topic_has_a_mapping(
    tmp_path: Path,
) -> None:
    mapping = tmp_path / "sources.yaml"
    mapping.write_text("topics: {t: {fields: {text: body.content}}}")
    value = b'{"body":{"content":"a"}}'
    topic = Topic()
    async with endpoint(topic, sources=mapping) as client:
        assert await client.post(value) == (202, {"accepted": 1})
        assert (await client.post(b'{"body":{}}'))[0] == 400
    assert topic.records == [Outgoing("t", None, value)]


async def test_another_type_is_refused() -> None:
    status, error = await refused(b'{"text":"a"}', "text/plain")
    assert (status, error) == (
        415,
        "the Content-Type is application/json or application/x-ndjson",
    )


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
async def test_a_body_that_is_too_large_is_refused(headers: dict[str, str]) -> None:
    body = bytes(MAX_BODY + 1)
    async with endpoint(Topic()) as client:
        status, answer = await client.post(gzip.compress(body) if headers else body, **headers)
    assert (status, answer) == (413, {"error": f"a body has at most {MAX_BODY} bytes"})


async def test_a_body_of_blank_lines_is_refused() -> None:
    status, _ = await refused(b"\n" * (MAX_WAITING + 1), LINES)
    assert status == 413


@pytest.mark.parametrize("kind", ["application/json", LINES])
@pytest.mark.parametrize("depth", [200, 900, 2_000])
async def test_a_text_that_is_nested_deeply_is_refused(kind: str, depth: int) -> None:
    body = b'{"text":' + b"[" * depth + b"]" * depth + b"}"
    assert (await refused(body, kind))[0] == 400


@pytest.mark.parametrize("kind", ["application/json", LINES])
async def test_more_documents_than_may_wait_are_refused(kind: str) -> None:
    many = [b'{"text":"a"}'] * (MAX_WAITING + 1)
    body = b"\n".join(many) if kind == LINES else b"[" + b",".join(many) + b"]"
    status, error = await refused(body, kind)
    assert (status, error) == (413, f"a request has at most {MAX_WAITING} documents, not 10001")


async def test_a_document_that_kafka_would_refuse_for_its_size_is_refused() -> None:
    status, error = await refused(b'{"text":"a"' + b" " * 1_000_000 + b"}", LINES)
    assert status == 413
    assert error.startswith("document 0: at most 1000000 bytes")


async def test_what_kafka_refuses_for_its_size_is_refused() -> None:
    async with endpoint(Topic(RecordTooLarge("too large for Kafka"))) as client:
        assert await client.post(b'{"text":"a"}') == (413, {"error": "too large for Kafka"})


async def test_while_kafka_is_away_a_client_is_told_to_come_again() -> None:
    async with endpoint(Topic(NotAcknowledged("no broker at kafka:9092"))) as client:
        status, answer = await client.post(b'{"text":"a"}')
        assert (status, client.headers["Retry-After"]) == (503, "5")
    assert answer == {"error": "Kafka does not answer; it may have the documents all the same"}


async def test_while_too_many_documents_wait_for_kafka_a_client_is_told_to_come_again() -> None:
    topic = Topic(open_=False)
    body = orjson.dumps([{"text": "a"}] * MAX_WAITING)
    async with endpoint(topic) as client:
        first = asyncio.create_task(client.post(body))
        await topic.asked.wait()
        assert await client.get("/healthz") == (200, {"healthy": True, "waiting": MAX_WAITING})
        answer = await client.post(b'{"text":"b"}')
        assert answer == (429, {"error": f"{MAX_WAITING} documents wait for Kafka"})
        assert client.headers["Retry-After"] == "5"
        topic.open.set()
        assert await first == (202, {"accepted": MAX_WAITING})
        assert await client.post(b'{"text":"b"}') == (202, {"accepted": 1})


async def test_more_requests_at_once_than_fit_in_memory_are_refused() -> None:
    topic = Topic(open_=False)
    async with endpoint(topic) as client:
        requests = [client.post(b'{"text":"a"}') for _ in range(MAX_REQUESTS + 1)]
        answers = asyncio.gather(*requests)
        await topic.asked.wait()
        while (await client.get("/healthz"))[1]["waiting"] < MAX_REQUESTS:
            pass
        topic.open.set()
        statuses = sorted(status for status, _ in await answers)
    assert statuses == [202] * MAX_REQUESTS + [429]


async def test_a_client_that_sends_no_body_loses_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_endpoint, "_BODY_SECONDS", 0.01)
    async with endpoint(Topic()) as client:
        reader, writer = await asyncio.open_connection(HOST, client.port)
        writer.write(
            b"POST /documents HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9\r\n\r\n{"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "s3cret-海燕"},
        {"Authorization": "Bearer s3cret-海燕 "},
        {"Authorization": "Basic czNjcmV0"},
    ],
)
async def test_without_the_token_nothing_is_taken(headers: dict[str, str]) -> None:
    topic = Topic()
    async with endpoint(topic, **TOKEN) as client:
        headers = {name: value.replace("海燕", "x") for name, value in headers.items()}
        status, answer = await client.post(b'{"text":"a"}', **headers)
    assert (status, topic.records) == (401, [])
    assert answer == {"error": "send the token as Authorization: Bearer TOKEN"}


async def test_with_the_token_documents_are_taken() -> None:
    async with endpoint(Topic(), **TOKEN) as client:
        headers = {"Authorization": f"Bearer {TOKEN['http_token']}"}
        assert (await client.post(b'{"text":"a"}', **headers))[0] == 202


@pytest.mark.parametrize("host", [ANYWHERE, "::", "192.0.2.1", "example.org"])
async def test_without_a_token_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(EndpointError, match=f"without PETREL_HTTP_TOKEN .*, not {host}"):
        async with document_endpoint(load(), "t", Topic().send, host, 0):
            pass


async def test_with_a_token_any_address_is_served() -> None:
    async with document_endpoint(load(**TOKEN), "t", Topic().send, ANYWHERE, 0) as port:
        assert port > 0


async def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EndpointError, match=f"cannot listen on {HOST}, port {port}: "):
            async with document_endpoint(load(), "t", Topic().send, HOST, port):
                pass


async def test_a_request_in_progress_is_finished_at_the_end() -> None:
    topic = Topic(open_=False)
    async with aiohttp.ClientSession() as session:
        async with document_endpoint(load(), "t", topic.send, HOST, 0) as port:
            answer = asyncio.create_task(Client(session, port).post(b'{"text":"a"}'))
            await topic.asked.wait()
            asyncio.get_running_loop().call_soon(topic.open.set)
        assert await answer == (202, {"accepted": 1})
