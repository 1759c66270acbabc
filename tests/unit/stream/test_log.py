"""A line of the log says which of several workers wrote it."""

import logging

import orjson
import pytest

from stream.log import JsonFormatter, TextFormatter

RECORD = logging.makeLogRecord(
    {"name": "stream.worker", "levelname": "INFO", "msg": "ready", "fields": {"lag": 3}}
)


@pytest.mark.parametrize(("worker", "said"), [(None, {}), (2, {"worker": 2})])
def test_an_object_has_its_worker(worker: int | None, said: dict[str, int]) -> None:
    line = orjson.loads(JsonFormatter(worker).format(RECORD))

    assert {name: line[name] for name in line if name == "worker"} == said
    assert (line["message"], line["lag"]) == ("ready", 3)


@pytest.mark.parametrize(("worker", "said"), [(None, " "), (2, " worker 2 ")])
def test_a_line_for_people_has_its_worker(worker: int | None, said: str) -> None:
    assert TextFormatter(worker).format(RECORD)[8:] == f"{said}INFO    ready lag=3"
