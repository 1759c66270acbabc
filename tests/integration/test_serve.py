import asyncio
import re
import signal

import aiohttp
import orjson
import pytest

from stream.clients.kafka_sender import RecordTooLarge, kafka_sender
from stream.kafka import Admin, Producer, read_to_end
from stream.records import Outgoing
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
    with start("serve", unique, "--port", "0", "--create") as process:
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

    assert process.returncode == 0
    assert errors.decode().splitlines()[1:] == []
    records = [record async for record in read_to_end(settings, unique)]
    expected = [(str(one["id"]).encode(), orjson.dumps(one)) for one in documents]
    assert sorted((record.key, record.value) for record in records) == sorted(expected)


async def test_after_a_record_that_kafka_refuses_for_its_size_others_are_taken(
    kafka: str, unique: str
) -> None:
    settings = load(kafka_bootstrap=kafka, partitions=1)
    async with Admin(settings) as admin:
        await admin.ensure({unique: {"max.message.bytes": "2000"}})
    async with kafka_sender(lambda: Producer(settings)) as sender:
        await sender.send([Outgoing(unique, None, b"one")])
        with pytest.raises(RecordTooLarge):
            await sender.send([Outgoing(unique, None, bytes(4_000))])
        await sender.send([Outgoing(unique, None, b"two")])

    assert [record.value async for record in read_to_end(settings, unique)] == [b"one", b"two"]


def test_another_host_needs_a_token(settings: Settings, unique: str) -> None:
    done = petrel("serve", unique, "--host", "192.0.2.1", "--port", "0")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: without PETREL_HTTP_TOKEN only ")
