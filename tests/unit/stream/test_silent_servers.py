"""What takes connections and never answers is told by the setting that names it."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream import kafka
from stream.counting import redis_client
from stream.kafka import Admin, KafkaUnavailable
from stream.refusals import explained
from stream.settings import load


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"
        server.close()


async def test_what_is_no_kafka_is_given_up(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "_CONNECT_SECONDS", 0.1)
    with pytest.raises(
        KafkaUnavailable,
        match=rf"{silent} \(PETREL_KAFKA_BOOTSTRAP\), asked by PLAINTEXT",
    ):
        async with Admin(load(kafka_bootstrap=silent)):
            pass


async def test_what_is_no_redis_is_told_and_given_up(
    silent: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_client, "_TELL_SECONDS", 0.0)
    monkeypatch.setattr(redis_client, "_AWAY_SECONDS", 0.1)
    with caplog.at_level(logging.WARNING), pytest.raises(RedisTimeoutError) as told:
        await redis_client.await_redis(load(redis_url=f"redis://{silent}/0"))
    assert explained(told.value) == "Redis (PETREL_REDIS_URL): no answer in 0 s"
    assert "Redis does not answer (PETREL_REDIS_URL)" in caplog.text
