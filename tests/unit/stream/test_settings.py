import re
from pathlib import Path

import pytest

from stream.settings import (
    SettingsError,
    described,
    environment,
    load,
    masked,
    overrides,
    unknown,
)
from stream.windows.spike_rule import SpikeRule

SECRETS = {
    "PETREL_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "PETREL_KAFKA_USERNAME": "desk",
    "PETREL_KAFKA_PASSWORD": "hunter2",
    "PETREL_HTTP_TOKEN": "hunter2",
    "PETREL_REDIS_URL": "rediss://desk:hunter2@cache:6380/1?password=hunter2&db=2",
    "PETREL_SCHEMA_REGISTRY": "https://registry.example:8081/api",
    "PETREL_SCHEMA_REGISTRY_USERNAME": "desk",
    "PETREL_SCHEMA_REGISTRY_PASSWORD": "hunter2",
}


def put(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_defaults_are_in_force_when_nothing_is_set() -> None:
    assert load().input_topics == ["news.raw.v1", "social.raw.v1"]


def test_the_environment_is_read_and_overrides_win(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, PETREL_STALE="5", PETREL_CLOCK_SLACK="6", PETREL_INPUTS=" a, b,a,")
    settings = load(clock_slack=7)
    assert (settings.stale, settings.clock_slack, settings.inputs) == (5, 7, ("a", "b"))


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, PETREL_WATCHLIST="", PETREL_KAFKA_PASSWORD="", PETREL_STALE="")
    assert load().watchlist is None


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("STALE", "soon", "a valid number"),
        ("STALE", "0", "greater than or equal to 1"),
        ("STALE", "inf", "a finite number"),
        ("CLOCK_SLACK", "nan", "a finite number"),
        ("THREADS", "0", "greater than or equal to 1"),
        ("NAMESPACE", "a b", "match pattern"),
        ("INPUTS", '["a"]', "match pattern"),
        ("KAFKA_BOOTSTRAP", "kafka://localhost:9092", "must be host:port, .* and no URL"),
        ("KAFKA_BOOTSTRAP", "localhost", "must be host:port"),
        ("KAFKA_CA_FILE", "none.pem", "not point to a file"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("ALARMS_PER_DAY", "0", "greater than 0"),
        ("HEALTH_PORT", "0", "greater than or equal to 1"),
        ("HEALTH_PORT", "65536", "less than or equal to 65535"),
    ],
)
def test_an_error_names_setting_rule_and_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, rule: str
) -> None:
    put(monkeypatch, **{f"PETREL_{name}": value})
    with pytest.raises(SettingsError, match=f"^PETREL_{name}: .*{rule}") as caught:
        load()
    assert value.strip('[]"') in str(caught.value)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"PETREL_INPUTS": ","}, "PETREL_INPUTS names no Kafka topic"),
        ({"PETREL_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "SASL needs PETREL_KAFKA_USERNAME"),
        ({"PETREL_REDIS_URL": "http://hunter2@cache"}, "PETREL_REDIS_URL: must be redis://"),
        ({"PETREL_HOP_1H": "7"}, "PETREL_HOP_1H: must divide 60 minutes, not '7'"),
        ({"PETREL_HOP_24H": "90"}, "PETREL_HOP_24H: must be whole hours, in minutes, not '90'"),
        ({"PETREL_KINDS": "company"}, "PETREL_KINDS: Input should be"),
    ],
)
def test_a_rule_is_stated_as_it_is(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], rule: str
) -> None:
    put(monkeypatch, **values)
    with pytest.raises(SettingsError, match=f"^{rule}"):
        load()


def test_every_error_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, PETREL_STALE="x", PETREL_CLOCK_SLACK="y")
    with pytest.raises(SettingsError) as caught:
        load()
    assert len(str(caught.value).splitlines()) == 2


def test_secrets_show_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, **SECRETS)
    settings = load()
    shown = f"{settings} {settings!r} {masked(settings)} {settings.model_dump()}"
    assert "hunter2" not in shown


def test_errors_show_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, **SECRETS, PETREL_STALE="x")
    put(monkeypatch, PETREL_KAFKA_USERNAME="", PETREL_REDIS_URL="hunter2")
    with pytest.raises(SettingsError) as caught:
        load()
    assert "hunter2" not in f"{caught.value} {caught.value.__context__}"


@pytest.mark.parametrize(
    "url", ["http://desk:hunter2@registry", "registry:8081/hunter2", "https://registry/?hunter2"]
)
def test_url_of_a_registry_holds_no_login(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    put(monkeypatch, PETREL_SCHEMA_REGISTRY=url)
    with pytest.raises(SettingsError, match="PETREL_SCHEMA_REGISTRY must be http") as caught:
        load()
    assert "hunter2" not in f"{caught.value} {caught.value.__context__}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("redis://:p@cache", "redis://:********@cache"),
        ("redis://desk:p%40@cache:1/2", "redis://desk:********@cache:1/2"),
        ("redis://cache?password=p", "redis://cache?********"),
        ("redis://p@:x@cache", "redis://p@:********@cache"),
    ],
)
def test_the_redis_password_is_masked(
    monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    put(monkeypatch, PETREL_REDIS_URL=url)
    assert masked(load())["PETREL_REDIS_URL"] == shown


def test_every_setting_is_described() -> None:
    assert described().keys() == masked(load()).keys()
    assert all(described().values())


def test_unknown_names_are_told_with_the_nearest() -> None:
    told = unknown(["PETREL_STALE", "petrel_clock_slack", "PETREL_STLE", "PETREL_ZZZ", "PATH"])
    assert told == [
        "PETREL_STLE is no setting; did you mean PETREL_STALE?",
        "PETREL_ZZZ is no setting",
    ]


def test_a_child_process_gets_the_same_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put(monkeypatch, **SECRETS, PETREL_WATCHLIST=str(tmp_path), PETREL_INPUTS="a,b")
    settings = load(stale=1.5, namespace="x")
    put(monkeypatch, PETREL_HEALTH_PORT="8080", **SECRETS)
    put(monkeypatch, **environment(settings))
    assert load() == settings


def test_kafka_topics_carry_the_namespace() -> None:
    settings = load(namespace="replay", inputs=("a",))
    assert settings.input_topics == ["replay.a"]
    assert settings.topics.alerts == "replay.sentiment.alerts.v1"


def test_each_field_of_the_spike_rule_is_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, PETREL_SPIKE_HISTORY="5", PETREL_SPIKE_CRITICAL="90")

    rule = load().spike

    assert (rule.history, rule.critical, rule.smallest) == (5, 90, SpikeRule().smallest)


@pytest.mark.parametrize("name", ["PETREL_SPIKE", "PETREL_SPIKE_FOO", "PETREL_INPUTS_FOO"])
def test_what_is_no_setting_changes_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    put(monkeypatch, **{name: '{"history": 5}'})

    assert (load().spike, load().inputs) == (SpikeRule(), ("news.raw.v1", "social.raw.v1"))
    assert unknown([name])


def test_every_number_says_what_it_counts() -> None:
    units = r"(seconds|minutes|hours|number of|chance \(0 to 1\)|score \(0 to 100\)|TCP port) "
    numbers = [
        name for name, one in masked(load()).items() if re.fullmatch(r"\d+|\d+[.e][\d-]+", one)
    ]
    assert len(numbers) >= 20
    for name in (*numbers, "PETREL_THREADS", "PETREL_HEALTH_PORT"):
        assert re.search(rf"\b{units}", described()[name]), name


def test_variables_stand_in_place_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_SPIKE_CRITICAL", "60")
    monkeypatch.setenv("PETREL_STALE", "60")

    settings = load(**overrides({"PETREL_STALE": "90", "PETREL_KINDS": "all"}))
    group = load(**overrides({"PETREL_SPIKE_CALM": "7"}))

    assert (settings.stale, settings.kinds, settings.spike.critical) == (90, ("all",), 60)
    assert (group.spike.calm, group.spike.critical) == (7, 60)


def test_a_variable_that_is_no_setting_is_an_error() -> None:
    with pytest.raises(SettingsError, match="PETREL_STAL is no setting; did you mean PETREL_STALE"):
        overrides({"PETREL_STAL": "90"})
