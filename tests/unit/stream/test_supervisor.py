from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from stream import supervisor
from stream.supervisor import Supervisor, WorkersFailed


class Process:
    """Stands for a worker's process: fails as often as `failing` says."""

    pid = 1
    returncode = 70
    started: list[Mapping[str, str]]
    failing: list[int]

    def __init__(self, _: object, env: Mapping[str, str], **__: Any) -> None:
        self._fails = bool(self.failing) and self.failing.pop(0) == 1
        self.started.append(env)

    def poll(self) -> int | None:
        return self.returncode if self._fails else None

    def send_signal(self, _: int) -> None: ...

    def wait(self, _: float) -> None: ...


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> type[Process]:
    monkeypatch.setattr(supervisor.subprocess, "Popen", Process)  # type: ignore[attr-defined]
    Process.started, Process.failing = [], []
    return Process


def test_each_worker_answers_on_a_port_of_its_own(processes: type[Process]) -> None:
    with Supervisor(3, {"PETREL_HEALTH_PORT": "8080"}, None):
        pass

    assert [own["PETREL_HEALTH_PORT"] for own in processes.started] == ["8080", "8081", "8082"]


@pytest.mark.parametrize("environment", [{}, {"PETREL_HEALTH_PORT": ""}])
def test_without_a_port_none_is_set(processes: type[Process], environment: dict[str, str]) -> None:
    with Supervisor(2, environment, None):
        pass

    assert [own.get("PETREL_HEALTH_PORT", "") for own in processes.started] == ["", ""]


def test_each_worker_knows_which_one_it_is(processes: type[Process]) -> None:
    processes.failing = [0, 1]
    with Supervisor(2, {"PETREL_WORKER": ""}, None) as running:
        running.check()

    assert [own["PETREL_WORKER"] for own in processes.started] == ["1", "2", "2"]


def test_a_worker_that_fails_is_started_again_with_its_port(processes: type[Process]) -> None:
    processes.failing = [0, 1]
    with Supervisor(2, {"PETREL_HEALTH_PORT": "8080"}, None) as running:
        running.check()

    assert running.failures == 1
    assert processes.started[-1]["PETREL_HEALTH_PORT"] == "8081"


def test_workers_that_all_fail_at_once_are_started_again(processes: type[Process]) -> None:
    processes.failing = [1] * 8
    with Supervisor(8, {}, None) as running:
        running.check()

    assert running.failures == 8


def test_a_worker_that_keeps_failing_ends_the_supervisor(processes: type[Process]) -> None:
    processes.failing = [1] * 6
    with Supervisor(1, {}, None) as running:
        for _ in range(5):
            running.check()
        with pytest.raises(WorkersFailed, match="failed 6 times"):
            running.check()


def test_a_worker_takes_no_module_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stream.py").write_text("raise SystemExit('not ours')\n")

    with Supervisor(1, {}, Path("log")) as running:
        psutil.Process(running.pids[0]).wait(15)

    assert "models/starter is not a bundle" in Path("log").read_text()
