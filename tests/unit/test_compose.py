"""compose.yaml and the image hand a worker what its user has set, and nothing that he has not."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from stream.settings import described, load
from tests.commands import ROOT

OWN_FILES = ("PETREL_SOURCES", "PETREL_WATCHLIST")
PASSED_ON = (
    "PETREL_TEXT_INPUTS",
    "PETREL_SCHEMA_REGISTRY",
    "PETREL_SCHEMA_REGISTRY_USERNAME",
    "PETREL_SCHEMA_REGISTRY_PASSWORD",
)


def worker(**variables: str) -> Any:
    """The worker of compose.yaml, where these variables are set."""

    def value(match: re.Match[str]) -> str:
        name, when, text = match.groups()
        said = variables.get(name)
        return (text if said else "") if when == "+" else said or text

    text = (ROOT / "compose.yaml").read_text("utf-8")
    return yaml.safe_load(re.sub(r"\$\{(\w+):([-+])(.*?)\}", value, text))["services"]["worker"]


def sources_of(service: Any) -> dict[str, str]:
    """What is mounted from the host, by where."""
    return {one["target"]: one["source"] for one in service["volumes"] if isinstance(one, dict)}


def image() -> str:
    return (ROOT / "docker" / "Dockerfile").read_text("utf-8")


def test_every_variable_of_the_worker_is_a_setting() -> None:
    assert set(worker()["environment"]) <= set(described())


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    default, environment = load(), worker()["environment"]
    names = {"PETREL_INPUTS", *PASSED_ON, *OWN_FILES}
    for name in names:
        monkeypatch.setenv(name, environment[name] or "")

    assert load() == default


@pytest.mark.parametrize("name", PASSED_ON)
def test_what_is_set_is_passed_on(name: str) -> None:
    assert worker(**{name: "value"})["environment"][name] == "value"


@pytest.mark.parametrize("name", OWN_FILES)
def test_a_file_of_the_users_own_is_mounted_where_its_setting_says(name: str) -> None:
    service = worker(**{name: "own.yaml"})

    assert sources_of(service)[service["environment"][name]] == "own.yaml"


def test_nothing_from_the_host_can_be_written() -> None:
    mounts = [one for one in worker()["volumes"] if isinstance(one, dict)]

    assert all(one["read_only"] for one in mounts)


def test_the_image_has_the_extras_of_what_it_runs() -> None:
    found = re.search(r"'\.\[(.+)\]'", image())
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert found
    assert {"model", "avro", "rss"} <= set(found[1].split(",")) <= {*known["optional-dependencies"]}


def test_what_was_polled_outlives_the_container() -> None:
    (folder,) = re.findall(r"XDG_STATE_HOME=(\S+)", image())

    assert f"state:{folder}" in worker()["volumes"]
