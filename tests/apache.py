"""A real Apache Kafka for tests: one KRaft node on free ports of the loopback interface.

`python -m tests.apache` runs one in the foreground and prints its bootstrap address.
"""

import os
import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from stream.embedded import (
    HOST,
    EmbeddedError,
    NotInstalledError,
    answers_metadata,
    free_port,
    server,
)

_HERE = Path(__file__).parent / "kafka"
_POM = _HERE / "pom.xml"
_HEAP = "-Xmx512m"
_MAVEN = ["mvn", "--batch-mode", "--quiet", "--file", str(_POM), "-DincludeScope=runtime"]

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class Installed(NamedTuple):
    """A broker that may be started, and started again: its address, its folder, its command."""

    address: str
    folder: Path
    command: list[str]

    def running(self) -> AbstractContextManager[int]:
        """Run it until the block ends; gives its process id."""
        return server(
            "Kafka", self.command, lambda: answers_metadata(self.address), start_seconds=90
        )


@contextmanager
def apache_kafka() -> Iterator[str]:
    """Run Apache Kafka until the block ends; gives its bootstrap address, `host:port`.

    Raises:
        NotInstalledError: Java or Maven is missing, or Maven cannot fetch the broker.
        EmbeddedError: the broker does not start; its last lines are in the message.
    """
    with installed_kafka() as kafka, kafka.running():
        yield kafka.address


@contextmanager
def installed_kafka() -> Iterator[Installed]:
    """Make a broker ready, which keeps its data until the block ends; raises as `apache_kafka`."""
    java = _java()
    with TemporaryDirectory(prefix="petrel-kafka-", ignore_cleanup_errors=True) as folder:
        address = f"{HOST}:{free_port()}"
        properties = _properties(Path(folder), address)
        _format(java, properties)
        command = [*java, _HEAP, "kafka.Kafka", str(properties)]
        yield Installed(address, Path(folder), command)


def _java() -> list[str]:
    """The start of every Java command: the class path and where to log."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        raise NotInstalledError(f"Apache Kafka needs what is not on the PATH: {', '.join(missing)}")
    logging = f"-Dlog4j2.configurationFile={_HERE / 'log4j2.yaml'}"
    return ["java", "-cp", f"{_jars()}/*", logging]


def _jars() -> Path:
    """The folder of the broker's jars; fetched once, then kept in the user's cache."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "petrel" / f"kafka-{_version()}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _fetch(folder)
    return folder


def _version() -> str:
    match = re.search(r"<kafka\.version>(.+?)<", _POM.read_text("utf-8"))
    assert match, f"{_POM} names no kafka.version"
    return match[1]


def _fetch(folder: Path) -> None:
    # Renamed in one step when complete: a fetch that was cut short is never taken for a whole one.
    with TemporaryDirectory(dir=folder.parent) as partial:
        jars = Path(partial, "jars")
        try:
            _run([*_MAVEN, f"-DoutputDirectory={jars}", "dependency:copy-dependencies"])
        except EmbeddedError as error:
            raise NotInstalledError(f"Apache Kafka cannot be fetched: {error}") from error
        jars.rename(folder)


def _properties(folder: Path, address: str) -> Path:
    path = folder / "server.properties"
    controller = f"{HOST}:{free_port()}"
    data = folder / "data"
    path.write_text(_PROPERTIES.format(broker=address, controller=controller, data=data), "utf-8")
    return path


def _format(java: Sequence[str], properties: Path) -> None:
    tool = [*java, "kafka.tools.StorageTool", "format", "--standalone"]
    _run([*tool, "--cluster-id", uuid.uuid4().hex, "--config", str(properties)])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        output = (done.stdout + done.stderr)[-2000:]
        raise EmbeddedError(f"{command[0]} ended with {done.returncode}:\n{output}")


def _main() -> None:
    # SIGTERM ends it as Ctrl-C does: the broker is stopped and its folder removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), apache_kafka() as address:
        print(address, flush=True)
        signal.pause()


if __name__ == "__main__":
    try:
        _main()
    except EmbeddedError as error:
        raise SystemExit(str(error)) from None
