import asyncio
import re
import signal

import aiohttp
import orjson
import pytest

from stream.kafka import read_to_end
from stream.settings import Settings, load
from tests.commands import petrel, start


@pytest.fixture
def settings(embedded_kafka: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    return load()


async def test_documents_over_http_arrive_and_ctrl_c_ends_in_order(
    settings: Settings, unique: str
) -> None:
    documents = [{"id": str(number), "text": f"text {number}"} for number in range(2_000)]
    with start("serve", unique, "--port", "0") as process:
        assert process.stdout is not None
        line = (await asyncio.to_thread(process.stdout.readline)).decode()
        found = re.fullmatch(rf"(http://\S+) takes documents for {unique}; Ctrl-C ends\n", line)
        assert found
        async with (
            aiohttp.ClientSession() as client,
            client.post(found[1], json=documents) as response,
        ):
            assert (response.status, await response.json()) == (202, {"accepted": 2_000})
        process.send_signal(signal.SIGINT)
        _, errors = await asyncio.to_thread(process.communicate, timeout=60)

    assert (process.returncode, errors) == (0, b"")
    records = [record async for record in read_to_end(settings, unique)]
    expected = [(str(one["id"]).encode(), orjson.dumps(one)) for one in documents]
    assert sorted((record.key, record.value) for record in records) == sorted(expected)


def test_another_host_needs_a_token(settings: Settings, unique: str) -> None:
    done = petrel("serve", unique, "--host", "192.0.2.1", "--port", "0")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: without PETREL_HTTP_TOKEN only ")
