import os
import signal
import socket
import subprocess

import pytest
import redis

from petrel.embedded import HOST, answers_ping
from tests.commands import start
from tests.dev_servers import settings_of

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_servers_run_until_it_is_stopped(number: signal.Signals) -> None:
    with start("dev") as process:
        port = redis_port(process)
        answered = answers_ping(port)
        process.send_signal(number)
        _, told = process.communicate()

    assert (process.returncode, answered, answers_ping(port)) == (0, True, False)
    assert told.endswith(b"Kafka and Redis end; what they held is gone.\n")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with start("dev", "--kafka-port", str(port)) as process:
            printed, told = process.communicate()

    assert (process.returncode, printed) == (1, b"")
    assert told.decode() == (
        f"Error: port {port} of {HOST} cannot be used: Address already in use\n"
    )


def test_a_server_that_dies_ends_it_and_is_named() -> None:
    with start("dev") as process:
        with redis.Redis(HOST, redis_port(process)) as client:
            os.kill(client.info()["process_id"], signal.SIGKILL)
        _, told = process.communicate()

    assert process.returncode == 1
    assert b"Error: redis-server ended by SIGKILL:\n" in told


def redis_port(process: "subprocess.Popen[bytes]") -> int:
    """The port of the Redis of a `petrel dev`, once it is ready."""
    url = settings_of(process)["PETREL_REDIS_URL"]
    return int(url.removesuffix("/0").rsplit(":", 1)[1])
