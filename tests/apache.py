"""A real Apache Kafka for tests: KRaft nodes on free ports of the loopback interface.

`python -m tests.apache` runs one in the foreground and prints its bootstrap address.
"""

import os
import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from petrel.embedded import (
    HOST,
    EmbeddedError,
    NotInstalledError,
    Server,
    answers_metadata,
    free_port,
    server,
)

_HERE = Path(__file__).parent / "kafka"
_POM = _HERE / "pom.xml"
_HEAP = "-Xmx512m"

# On a busy machine a JVM takes its time.
START_SECONDS = 90

_MAVEN = ["mvn", "--batch-mode", "--quiet", "--file", str(_POM), "-DincludeScope=runtime"]

_PROPERTIES = """\
process.roles=broker,controller
node.id={number}
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
controller.listener.names=CONTROLLER
controller.quorum.voters={voters}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
min.insync.replicas={least}
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor={copies}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={least}
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={least}
"""


class Installed(NamedTuple):
    """A broker that may be started, and started again: its address, its folder, its command."""

    address: str
    folder: Path
    command: list[str]

    def answers(self) -> bool:
        """Whether it answers a metadata request."""
        return answers_metadata(self.address)

    def running(self, ready: Callable[[], bool] | None = None) -> AbstractContextManager[Server]:
        """Run it until the block ends, which begins once it answers, or is `ready`."""
        return server("Kafka", self.command, ready or self.answers, start_seconds=START_SECONDS)


@contextmanager
def apache_kafka() -> Iterator[str]:
    """Run Apache Kafka until the block ends; gives its bootstrap address, `host:port`.

    Raises:
        NotInstalledError: Java or Maven is missing, or Maven cannot fetch the broker.
        EmbeddedError: the broker does not start; its last lines are in the message.
    """
    with installed_kafka() as (kafka,), kafka.running():
        yield kafka.address


@contextmanager
def installed_kafka(nodes: int = 1, version: str = "") -> Iterator[list[Installed]]:
    """Make the nodes of a cluster ready, which keep their data until the block ends.

    Each is broker and controller, and records have a copy on up to three. Without a version it is
    that of the POM. Raises as `apache_kafka`.
    """
    java = _java(version or _version())
    with TemporaryDirectory(prefix="petrel-kafka-", ignore_cleanup_errors=True) as folder:
        places = {n: (_free_address(), _free_address()) for n in range(1, nodes + 1)}
        voters = ",".join(f"{number}@{own}" for number, (_, own) in places.items())
        shared = {"voters": voters, "copies": min(nodes, 3), "least": min(nodes, 2)}
        cluster = uuid.uuid4().hex
        installed = []
        for number, (broker, controller) in places.items():
            own = Path(folder, str(number))
            properties = _properties(
                own, shared | {"number": number, "broker": broker, "controller": controller}
            )
            _format(java, properties, cluster)
            command = [*java, _HEAP, "kafka.Kafka", str(properties)]
            installed.append(Installed(broker, own, command))
        yield installed


def _java(version: str) -> list[str]:
    """The start of every Java command: the class path and where to log."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        raise NotInstalledError(f"Apache Kafka needs what is not on the PATH: {', '.join(missing)}")
    logging = f"-Dlog4j2.configurationFile={_HERE / 'log4j2.yaml'}"
    return ["java", "-cp", f"{_jars(version)}/*", logging]


def _jars(version: str) -> Path:
    """The folder of the broker's jars; fetched once, then kept in the user's cache."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "petrel" / f"kafka-{version}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _fetch(folder, version)
    return folder


def _version() -> str:
    match = re.search(r"<kafka\.version>(.+?)<", _POM.read_text("utf-8"))
    assert match, f"{_POM} names no kafka.version"
    return match[1]


def _fetch(folder: Path, version: str) -> None:
    # Renamed in one step when complete: a fetch that was cut short is never taken for a whole one.
    with TemporaryDirectory(dir=folder.parent) as partial:
        jars = Path(partial, "jars")
        try:
            wanted = [f"-Dkafka.version={version}", f"-DoutputDirectory={jars}"]
            _run([*_MAVEN, *wanted, "dependency:copy-dependencies"])
        except EmbeddedError as error:
            raise NotInstalledError(f"Apache Kafka cannot be fetched: {error}") from error
        try:
            jars.rename(folder)
        except OSError:
            # Processes that begin at once fetch at once; whoever is first is as good as we.
            if not folder.exists():
                raise


def _free_address() -> str:
    return f"{HOST}:{free_port()}"


def _properties(folder: Path, values: Mapping[str, object]) -> Path:
    folder.mkdir()
    path = folder / "server.properties"
    path.write_text(_PROPERTIES.format(data=folder / "data", **values), "utf-8")
    return path


def _format(java: Sequence[str], properties: Path, cluster: str) -> None:
    tool = [*java, "kafka.tools.StorageTool", "format"]
    _run([*tool, "--cluster-id", cluster, "--config", str(properties)])


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
